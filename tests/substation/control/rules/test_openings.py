"""S13: loop, cable-charging and earth-fault currents have ratings of their own."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from models.network.elements import Indicator
from models.point import Dbpos, PointName
from tests.substation.control.rules.scenario import Scenario, each, one
from tests.substation.control.world import NETWORK, TIE, World

FAR = "ST3/K1/E02/Q0"
SHOWN = PointName("ST2/K1/E01", "SFPI2.FwdFlt")


def _parallel(current_a: float) -> World:
    world = World()
    world.position(TIE, Dbpos.ON)
    for phase in ("phsA", "phsB", "phsC"):
        world.set("ST3/K1/E02", f"MMXU1.A.{phase}", current_a)
    return world


@given(current_a=st.floats(0.0, 600.0), rating_a=st.floats(0.0, 600.0))
@settings(max_examples=30, deadline=None)
def test_s13_a_loop_is_opened_below_its_own_rating(current_a: float, rating_a: float) -> None:
    network = each(NETWORK, "switch_types", loop_breaking_current_a=rating_a)
    refused = Scenario(_parallel(current_a), network).refused(FAR, Dbpos.OFF)
    assert ("S13" in refused) == (current_a >= rating_a)


def test_s13_a_loop_is_opened_by_nothing_whose_rating_is_not_known() -> None:
    assert "S13" in Scenario(_parallel(1.0), each(NETWORK, "switches", type="")).refused(FAR, Dbpos.OFF)


def _open_end() -> World:
    """The breaker of the second feeder is open, the tie closed: it feeds the unloaded L4."""
    world = _parallel(0.5)
    world.position("OBR2/K1/E03/Q0", Dbpos.OFF)
    return world


@given(capacitance_f=st.floats(0.0, 2e-5))
@settings(max_examples=30, deadline=None)
def test_s13_unloaded_cables_are_opened_below_the_charging_rating(capacitance_f: float) -> None:
    network = one(NETWORK, "lines", "L4/W4", capacitance_f=capacitance_f)
    charging_a = 314.1592653589793 * capacitance_f * 20_000.0 / 3**0.5
    for rated, limit_a in ((network, 50.0), (each(network, "switches", type=""), 10.0)):
        refused = Scenario(_open_end(), rated).refused(FAR, Dbpos.OFF)
        assert ("S13" in refused) == (charging_a >= limit_a)


def test_s13_under_earth_fault_only_what_is_rated_for_it_opens() -> None:
    network = replace(NETWORK, indicators=(Indicator("ST2/K1/E01", "ST2/K1/E01/Q0"),))
    assert Scenario(World(), network, extra={SHOWN: True}).refused("ST1/K1/E02/Q0", Dbpos.OFF) == {}
    weak = each(network, "switch_types", earth_fault_breaking_current_a=0.0)
    assert "earth fault" in Scenario(World(), weak, extra={SHOWN: True}).refused("ST1/K1/E02/Q0", Dbpos.OFF)["S13"]
    unknown = each(network, "switches", type="")
    assert "S13" in Scenario(World(), unknown, extra={SHOWN: True}).refused("ST1/K1/E02/Q0", Dbpos.OFF)
    assert Scenario(World(), weak, extra={SHOWN: False}).refused("ST1/K1/E02/Q0", Dbpos.OFF) == {}
