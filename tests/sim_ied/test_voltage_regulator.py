"""Automatic regulators of the simulated primary transformers: the voltage follows its set-point, in steps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.command import AddCause
from models.config import read_toml
from models.errors import ConfigError
from models.point import PointName
from sim_ied.fault import Fault
from sim_ied.regulator_settings import VoltageRegulator, read_voltage_regulators
from sim_ied.voltage_regulator import SET_POINT
from tests.sim_ied.small_world import Run, settings

T1, BAY = "OBR1/T1", "OBR1/K1/E01"


def _run() -> Run:
    return Run(setting=replace(settings(), voltage_regulators={T1: VoltageRegulator(20_400.0)}))


def _value(run: Run, location: str, variable: str) -> float:
    return float(run.world.board.present[PointName(location, variable)].value)


def _voltage_v(run: Run) -> float:
    return _value(run, BAY, "MMXU1.PPV.phsAB")


def test_taps_bring_the_voltage_into_the_band_after_the_delay() -> None:
    run = _run()
    run.forward(5.0)
    assert _value(run, T1, "YLTC1.TapPos") == 0  # not before its delay
    run.forward(60.0)
    assert _value(run, T1, "YLTC1.TapPos") == -1
    assert abs(_voltage_v(run) - 20_400.0) < 300.0
    taken = run.world.command(PointName(T1, SET_POINT), 19_500.0, run.now_ns)
    assert taken.accepted
    assert [each.point for each in run.world.take_completions()] == [PointName(T1, SET_POINT)]
    run.forward(120.0)
    assert abs(_voltage_v(run) - 19_500.0) < 300.0
    assert _value(run, T1, "YLTC1.TapPos") > 0


def test_taps_without_a_regulator_stay_and_a_failed_changer_is_told() -> None:
    run = Run()
    assert _value(run, T1, "ATCC1.Auto") == 0
    run.world.command(PointName(T1, SET_POINT), 21_000.0, run.now_ns)
    run.forward(60.0)
    assert _value(run, T1, "YLTC1.TapPos") == 0
    run = _run()
    run.world.voltage_regulators.set_blocked(T1, True, run.now_ns)
    run.forward(60.0)
    assert (_value(run, T1, "ATCC1.LTCBlk"), _value(run, T1, "YLTC1.TapPos")) == (1, 0)


def test_the_taps_stay_through_a_fault() -> None:
    """The physical grid is built anew with every fault."""
    run = _run()
    run.forward(60.0)
    before_v = _voltage_v(run)
    run.world.inject(Fault("F1", "L10/W10"), run.now_ns)
    run.forward(60.0)
    assert _value(run, T1, "YLTC1.TapPos") == -1
    assert _voltage_v(run) == pytest.approx(before_v, rel=7e-3)


@pytest.mark.parametrize("value", [10_000.0, 25_000.0, float("nan"), True])
def test_set_points_out_of_reason_are_refused(value: float | bool) -> None:
    refused = _run().world.check(PointName(T1, SET_POINT), value)
    assert refused.add_cause is AddCause.INCONSISTENT_PARAMETERS


def test_the_table_of_world_toml() -> None:
    table = read_toml('schema = 1\n[v."OBR1/T1"]\nset_point_v = 20400.0\ndelay_s = 5.0\n', "world.toml").table("v")
    assert read_voltage_regulators(table) == {T1: VoltageRegulator(20_400.0, delay_s=5.0)}
    table = read_toml('schema = 1\n[v."OBR1/T1"]\nset_point_v = 20400.0\nband_pu = 2.0\n', "world.toml").table("v")
    with pytest.raises(ConfigError, match="band_pu"):
        read_voltage_regulators(table)
