"""S12: no opening and no close leaves generation feeding a part without its source."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.network.unstated import unstated
from models.point import Dbpos, PointName
from models.quality import Quality
from models.scl.grid import OUTGOING
from tests.substation.control.rules.scenario import Scenario, one
from tests.substation.control.world import CB1, CB2, NETWORK, TIE, World, pos

POWER = PointName("ST3/K1/G1", "MMXU1.TotW")
UNPROTECTED = one(NETWORK, "generators", "ST3/K1/G1/GEN1", loss_of_mains_s=None)
UNRATED = one(
    UNPROTECTED, "generators", "ST3/K1/G1/GEN1", rated_power_w=unstated("float", "rated_power_w", "ST3/K1/G1/GEN1")
)
"""As an SCD alone describes it."""
BESIDE = "ST3/K1/E01/Q0"
"""Opened in the normal state it cuts ST3 off, with its generator of 100 kW and its load of 200 kW."""


def _producing(power_w: float, load_w: float = 200_000.0) -> World:
    world = World()
    world.set("ST3/K1/G1", "MMXU1.TotW", power_w)
    world.set("ST3/T1", "MMXU1.TotW", load_w)
    return world


def test_s12_generation_that_is_idle_makes_no_island() -> None:
    assert Scenario(_producing(500.0), network=UNPROTECTED).refused(BESIDE, Dbpos.OFF) == {}


def test_s12_generation_without_declared_protection_is_not_cut_off() -> None:
    refused = Scenario(_producing(20_000.0), network=UNPROTECTED).refused(BESIDE, Dbpos.OFF)
    assert "loss_of_mains_s" in refused["S12"]


@given(power_w=st.floats(1_500.0, 100_000.0), load_w=st.floats(0.0, 400_000.0))
@settings(max_examples=40, deadline=None)
def test_s12_near_to_balance_nobody_cuts_off(power_w: float, load_w: float) -> None:
    refused = Scenario(_producing(power_w, load_w)).refused(BESIDE, Dbpos.OFF)
    assert ("S12" in refused) == (0.7 * load_w <= power_w <= 1.3 * load_w)


@given(power_w=st.floats(1_500.0, 100_000.0), breaker=st.sampled_from((CB1, "ST1/K1/E02/Q0", "ST2/K1/E01/Q0", BESIDE)))
@settings(max_examples=40, deadline=None)
def test_s12_no_opening_anywhere_cuts_off_what_no_protection_disconnects(power_w: float, breaker: str) -> None:
    assert "S12" in Scenario(_producing(power_w), network=UNPROTECTED).refused(breaker, Dbpos.OFF)


@pytest.mark.parametrize("state", ["silent", "invalid"])
def test_s12_what_cannot_be_read_may_be_at_work(state: str) -> None:
    world = _producing(0.0)
    if state == "silent":
        world.silent.add(POWER)
    else:
        world.qualities[POWER] = int(Quality.INVALID)
    assert "perhaps" in Scenario(world, network=UNPROTECTED).refused(BESIDE, Dbpos.OFF)["S12"]


def test_s12_a_load_that_cannot_be_read_may_balance() -> None:
    world = _producing(50_000.0)
    assert "S12" not in Scenario(world).refused(BESIDE, Dbpos.OFF)
    world.silent.add(PointName("ST3/T1", "MMXU1.TotW"))
    assert "S12" in Scenario(world).refused(BESIDE, Dbpos.OFF)


def test_s12_what_stays_fed_from_elsewhere_is_no_island_and_doubt_counts_against() -> None:
    world = _producing(90_000.0, 90_000.0)
    world.position(TIE, Dbpos.ON)  # a parallel: ST3 stays fed over the tie
    assert "S12" not in Scenario(world).refused(BESIDE, Dbpos.OFF)
    world.qualities[pos(CB2)] = int(Quality.INVALID)
    assert "S12" in Scenario(world).refused(BESIDE, Dbpos.OFF)


def test_s12_a_close_between_dead_parts_extends_no_island() -> None:
    world = _producing(20_000.0)
    for switch in (CB1, CB2, BESIDE):
        world.position(switch, Dbpos.OFF)
    assert "S12" in Scenario(world).refused(BESIDE)
    world.set("ST3/K1/G1", "MMXU1.TotW", 0.0)
    assert "S12" not in Scenario(world).refused(BESIDE)
    world.silent.add(POWER)
    assert "S12" in Scenario(world).refused(BESIDE)


@pytest.mark.parametrize(("power_w", "words"), [(0.0, ""), (100.0, ""), (101.0, "stop or disconnect it first")])
def test_s12_without_a_rating_only_what_is_measured_as_nothing_is_opened(power_w: float, words: str) -> None:
    refused = Scenario(_producing(power_w), network=UNRATED).refused(BESIDE, Dbpos.OFF)
    assert ("S12" in refused, words in refused.get("S12", "")) == (bool(words), True)


def test_s12_without_a_rating_nothing_is_opened_that_is_not_measured_and_nothing_closed() -> None:
    world = _producing(0.0)
    for switch in (CB1, CB2, BESIDE):
        world.position(switch, Dbpos.OFF)
    assert "the rated power of ST3/K1/G1/GEN1 is not stated" in Scenario(world, network=UNRATED).refused(BESIDE)["S12"]
    world = _producing(0.0)
    world.silent.add(POWER)
    assert "perhaps" in Scenario(world, network=UNRATED).refused(BESIDE, Dbpos.OFF)["S12"]


def test_s12_a_line_that_leaves_the_drawing_is_told_as_such() -> None:
    network = one(UNRATED, "generators", "ST3/K1/G1/GEN1", kind=OUTGOING)
    world = _producing(0.0)
    for switch in (CB1, CB2, BESIDE):
        world.position(switch, Dbpos.OFF)
    refused = Scenario(world, network=replace(network, topology_only=True)).refused(BESIDE)
    assert "ST3/K1/G1/GEN1 leaves the drawing" in refused["S12"]
    assert "MMXU1" not in refused["S12"]
