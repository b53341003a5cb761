"""What devices of the simulated world show of earth faults, and how faults and coils behave in time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.config import Table
from models.errors import ConfigError
from models.network.elements import Network, Neutral
from models.point import Dbpos, PointName, Value
from sim_ied.disturbance import read_disturbance
from sim_ied.earth.settings import EarthFaultSettings, NeutralSettings, read_earth_faults
from sim_ied.fault import Fault, FaultKind
from tests.sim_ied.small_grid import small_grid
from tests.sim_ied.small_world import Run, settings

SENSITIVE = EarthFaultSettings(sensitive_a=0.02, transient_a=0.3, pickup_a=60.0, passage_a=60.0)
"""The small grid has 1.3 A of capacitive current."""
LINE = "L02/W02"


def network_of(kind: Neutral) -> Network:
    network = small_grid()
    coil = {each.id: f"{each.id}/K1/E01/EFN1" if kind is Neutral.RESONANT else "" for each in network.galvanic_networks}
    changed = tuple(replace(each, neutral=kind, coil=coil[each.id]) for each in network.galvanic_networks)
    return replace(network, galvanic_networks=changed)


def run_of(kind: Neutral, earth: EarthFaultSettings = SENSITIVE) -> Run:
    return Run(network_of(kind), replace(settings(), earth_faults=earth))


def shown(run: Run, location: str, variable: str) -> Value:
    return run.world.board.present[PointName(location, variable)].value


def inject(run: Run, element: str = LINE, name: str = "F1", **more: object) -> None:
    run.world.inject(Fault(name, element, FaultKind.TO_EARTH, **more), run.now_ns)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [Neutral.RESONANT, Neutral.ISOLATED])
def test_networks_operated_with_an_earth_fault_tell_its_direction_and_trip_nothing(kind: Neutral) -> None:
    run = run_of(kind)
    inject(run)
    run.forward(5.0)
    assert (shown(run, "OBR1/K1/E01", "PTOV1.Op"), shown(run, "OBR2/K1/E01", "PTOV1.Str")) == (True, False)
    assert shown(run, "OBR1/K1/E03", "PSDE1.Op") is True
    assert shown(run, "OBR1/K1/E04", "PSDE1.Str") is False
    assert shown(run, "ST1/K1/E02", "SFPI2.FwdFlt") is True
    assert shown(run, "ST1/K1/E02", "SFPI1.FwdFlt") is False
    assert shown(run, "OBR1/K1/E03", "MMXU1.PhV.res") == pytest.approx(3**0.5 * 20e3, rel=0.02)
    assert not any("trip" in each.text for each in run.world.history.transitions)


@pytest.mark.parametrize("kind", [Neutral.RESISTANCE, Neutral.SOLID])
def test_networks_that_do_not_are_tripped_by_the_earth_fault_stage(kind: Neutral) -> None:
    run = run_of(kind)
    inject(run)
    run.forward(0.7)
    trips = [each.text for each in run.world.history.transitions if each.text.endswith("trip")]
    assert trips == ["OBR1/K1/E03: trip"]
    assert "PTEF1.Str" in {each.point.variable for each in run.events if each.value is True}


def test_a_coil_is_tuned_to_what_hangs_on_it_and_stays_while_a_fault_stands() -> None:
    run = run_of(Neutral.RESONANT)
    before_a = shown(run, "OBR1/K1/E01/EFN1", "YEFN1.ECA")
    run.world.operate_by_hand("OBR1/K1/E04/Q0", Dbpos.OFF, run.now_ns)
    inject(run)
    run.forward(60.0)
    assert shown(run, "OBR1/K1/E01/EFN1", "YEFN1.ECA") == before_a
    run.world.repair("F1", run.now_ns)
    run.forward(60.0)
    after_a = shown(run, "OBR1/K1/E01/EFN1", "YEFN1.ECA")
    assert float(after_a) == pytest.approx(float(before_a) * 6.0 / 10.5, rel=0.02)
    assert shown(run, "OBR1/K1/E01/EFN1", "ANCR1.Auto") is True


@pytest.mark.parametrize(("coil_a", "gone"), [(None, True), (100.0, False)])
def test_an_arc_goes_out_by_itself_unless_the_coil_is_mistuned(coil_a: float | None, gone: bool) -> None:
    mistuned = {each: NeutralSettings(coil_a=coil_a) for each in ("OBR1", "OBR2")}
    run = run_of(Neutral.RESONANT, replace(SENSITIVE, neutrals=mistuned))
    inject(run, permanent=False)
    run.forward(5.0)
    assert (not any(fault.exists for fault in run.world.truth().faults)) is gone
    assert shown(run, "OBR1/K1/E01", "PTOV1.Str") is not gone


def test_an_intermittent_fault_comes_and_goes() -> None:
    run = run_of(Neutral.ISOLATED)
    inject(run, strikes_s=(0.5, 1.0))
    run.forward(4.0)
    starts = [each for each in run.events if str(each.point) == "OBR1/K1/E01/PTOV1.Str" and each.value is True]
    assert len(starts) == 3


def test_a_second_fault_in_another_phase_is_a_short_circuit_over_earth() -> None:
    run = run_of(Neutral.RESONANT)
    inject(run, "L02/W02")
    run.forward(5.0)
    inject(run, "L09/W09", "F2", phase=1)
    run.forward(3.0)
    trips = {each.text for each in run.world.history.transitions if each.text.endswith("trip")}
    assert trips <= {"OBR1/K1/E03: trip", "OBR1/K1/E04: trip"}
    assert trips
    assert shown(run, "ST1/K1/E02", "SFPI1.FwdFlt") is True


def test_what_cannot_be_is_refused_with_a_remedy() -> None:
    network = replace(network_of(Neutral.ISOLATED), galvanic_networks=())
    run = Run(network, settings())
    with pytest.raises(ConfigError, match="neutral of L02/W02 is not known"):
        inject(run)
    with pytest.raises(ConfigError, match="choose from A, B, C"):
        read_disturbance(Table({"kind": "fault", "id": "F", "element": "L", "phase": "D"}, "request", []))
    with pytest.raises(ConfigError, match="write a number from"):
        read_earth_faults(Table({"sensitive_a": 0.0}, "world.toml", []), Table({}, "world.toml", []))
    with pytest.raises(ConfigError, match="write \\[burning, pausing\\]"):
        read_disturbance(Table({"kind": "fault", "id": "F", "element": "L", "strikes_s": [1.0]}, "request", []))
