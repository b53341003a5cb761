"""Fault locators tell the distance by what the relay sees, within the error of instruments and line data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.network.elements import Network
from sim_ied.fault import Fault, FaultKind
from sim_ied.fault_locator import LineData
from sim_ied.locator_settings import FaultLocatorSettings
from tests.sim_ied.small_grid import small_grid
from tests.sim_ied.small_world import Run, settings, without_generators

FEEDER = "OBR1/K1/E03"
EXACT = replace(settings(()), fault_locators=FaultLocatorSettings(error_pu=0.0))


def _told(fault: Fault, network: Network | None = None, setting=EXACT, after_s: float = 3.0) -> tuple[float, float]:
    """Distance in km and impedance in ohms that the relay of FEEDER tells."""
    run = Run(network, setting)
    run.world.inject(fault, run.now_ns)
    run.forward(after_s)
    return run.value(f"{FEEDER}/RFLO1.FltDiskm"), run.value(f"{FEEDER}/RFLO1.FltZ")


@pytest.mark.parametrize("kind", [FaultKind.THREE_PHASE, FaultKind.TWO_PHASE])
@pytest.mark.parametrize(
    ("line", "fraction", "km"), [("L01/W01", 0.25, 0.5), ("L01/W01", 1.0, 2.0), ("L02/W02", 0.5, 2.75)]
)
def test_distance_is_that_of_the_fault(line: str, fraction: float, km: float, kind: FaultKind) -> None:
    assert _told(Fault("F1", line, kind, fraction), without_generators())[0] == pytest.approx(km, abs=0.005)


def test_an_arc_is_in_the_impedance_and_not_in_the_distance() -> None:
    distance_km, impedance_ohm = _told(Fault("F1", "L02/W02", resistance_ohm=2.0), without_generators())
    line = next(each for each in small_grid().lines if each.id == "L02/W02")
    per_m = complex(line.resistance_ohm, line.reactance_ohm) / line.length_m
    assert distance_km == pytest.approx(2.75, abs=0.005)
    assert impedance_ohm == pytest.approx(abs(2.0 + 2750 * per_m), rel=0.01)


def test_instruments_and_line_data_err() -> None:
    noisy = replace(EXACT, fault_locators=FaultLocatorSettings(error_pu=0.02))
    biased = replace(EXACT, fault_locators=FaultLocatorSettings(0.0, {FEEDER: 0.5}))
    told = {_told(Fault("F1", "L02/W02"), without_generators(), replace(noisy, seed=seed))[0] for seed in range(4)}
    assert len(told) == 4
    assert all(abs(each / 2.75 - 1.0) <= 0.06 for each in told)
    assert _told(Fault("F1", "L02/W02"), without_generators(), biased)[0] == pytest.approx(1.5 * 2.75, abs=0.01)


def test_every_trip_is_told_anew_with_its_own_time() -> None:
    run = Run(without_generators(), replace(EXACT, reclosing=settings((0.5,)).reclosing))
    run.world.inject(Fault("F1", "L02/W02"), run.now_ns)
    run.forward(20.0)
    told = [each for each in (*run.events, *run.measured) if str(each.point) == f"{FEEDER}/RFLO1.FltDiskm"]
    assert len(told) == 2
    assert told[1].time_ns > told[0].time_ns


def test_nothing_is_told_of_earth_faults_and_of_other_feeders() -> None:
    assert _told(Fault("F1", "L02/W02", FaultKind.TO_EARTH)) == (0.0, 0.0)
    assert _told(Fault("F1", "L09/W09")) == (0.0, 0.0)


def test_beyond_the_end_of_its_line_data_it_goes_on_as_on_the_last_section() -> None:
    data = LineData(np.array([0.0, 0.2, 0.5]), np.array([0.0, 2000.0, 3000.0]))
    assert data.distance_m(0.1) == pytest.approx(1000.0)
    assert data.distance_m(0.35) == pytest.approx(2500.0)
    assert data.distance_m(0.8) == pytest.approx(4000.0)
