"""What may be closed (S1 to S8): the good command passes, each broken precondition refuses.

The first tests show the passing cases; every other takes one of them and breaks exactly one thing.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.command import Originator
from models.point import Dbpos, PointName
from models.quality import Quality
from models.switching import OrderKind
from substation.control.situation import Context
from substation.tags import Tag, TagKind
from tests.substation.control.asking import (
    CENTRE,
    CONTEXT,
    FDIR,
    ORDER,
    PERSON,
    asked,
    closing,
    opening,
    request,
    tagged,
)
from tests.substation.control.world import (
    CB1,
    EARTH1,
    F1,
    F2,
    FAULT,
    ISOLATING,
    NOW_NS,
    TIE,
    World,
    isolated,
    pos,
    tripped,
)

# -- the good commands


@pytest.mark.parametrize("element", [CB1, TIE])
def test_restoring_closes_pass(element: str) -> None:
    assert closing(isolated(), element) == ""


@pytest.mark.parametrize("element", ISOLATING)
def test_isolating_openings_pass(element: str) -> None:
    assert opening(tripped(), element) == ""


@pytest.mark.parametrize("who", [PERSON, CENTRE])
def test_a_person_energises_a_dead_part(who: Originator) -> None:
    assert closing(isolated(), TIE, who) == ""


def test_blocking_and_releasing_reclosing_pass() -> None:
    assert asked(isolated(), request(F1, True)) == ""
    assert asked(isolated(), request(F1, False)) == ""


# -- S1


@pytest.mark.parametrize("who", [FDIR, PERSON])
@pytest.mark.parametrize("value", [Dbpos.ON, Dbpos.OFF])
def test_s1_earthing_switches_are_not_operated_remotely(who: Originator, value: Dbpos) -> None:
    assert "S1: " in asked(tripped(), request(EARTH1, value, who))


# -- S3


def test_s3_a_breaker_that_did_not_trip_is_not_closed() -> None:
    other = replace(CONTEXT, order=replace(ORDER, tripped=()))
    assert "S3: " in closing(isolated(), CB1, context=other)


def test_s3_a_tie_must_be_open_in_the_normal_diagram() -> None:
    world = isolated()
    world.position("ST3/K1/E01/Q0", Dbpos.OFF)
    assert "S3: " in closing(world, "ST3/K1/E01/Q0")


def test_s3_a_tie_must_have_been_open_before_the_fault() -> None:
    other = replace(CONTEXT, order=replace(ORDER, open_before=()))
    assert "S3: " in closing(isolated(), context=other)


@pytest.mark.parametrize("element", ["L4/W4", "ST3/K1/BB1"])
def test_s3_a_tie_must_not_bound_another_fault(element: str) -> None:
    other = replace(CONTEXT, faults={**CONTEXT.faults, "FDIR-2": (element,)})
    assert "S3: " in closing(isolated(), context=other)


@pytest.mark.parametrize("kind", [TagKind.WORK_PERMIT, TagKind.TEMPORARY_EARTH])
def test_s3_a_tie_must_not_bound_work_or_earth(kind: TagKind) -> None:
    assert "S3: " in closing(tagged(kind, "L4/W4"))


def test_s3_automation_closes_only_for_an_order_of_the_right_kind() -> None:
    assert "S3: " in closing(isolated(), context=replace(CONTEXT, order=None))
    manual = replace(CONTEXT, order=replace(ORDER, kind=OrderKind.MANUAL))
    assert "S3: " in closing(isolated(), context=manual)


def test_s3_return_to_normal_closes_what_a_person_approved_and_is_normally_closed() -> None:
    home = replace(ORDER, kind=OrderKind.RETURN_TO_NORMAL, approved_by="Ada", zone=(), steps=())
    context = replace(CONTEXT, order=home, faults={})
    world = isolated()
    assert closing(world, CB1, context=context) == ""
    assert "S3: " in closing(world, CB1, context=replace(context, order=replace(home, approved_by="")))
    assert "S3: " in closing(world, TIE, context=context)


# -- S4


@pytest.mark.parametrize("who", [FDIR, PERSON, CENTRE])
def test_s4_a_boundary_switch_is_closed_by_nobody(who: Originator) -> None:
    world = tagged(TagKind.FAULT_ISOLATION, ISOLATING[0])
    assert "S4: " in closing(world, ISOLATING[0], who)


def test_s4_the_tag_on_the_boundary_does_not_hinder_restoration() -> None:
    world = isolated()
    world.tags = tuple(Tag(n, TagKind.FAULT_ISOLATION, e, "FDIR", NOW_NS, ORDER.id) for n, e in enumerate(ISOLATING, 1))
    assert closing(world, TIE) == ""
    assert closing(world, CB1) == ""


# -- S5


@pytest.mark.parametrize("element", ISOLATING)
@pytest.mark.parametrize("position", [Dbpos.ON, Dbpos.INTERMEDIATE, Dbpos.BAD])
def test_s5_isolating_positions_are_confirmed_open(element: str, position: Dbpos) -> None:
    world = isolated()
    world.position(element, position)
    assert "S5: " in closing(world, TIE)


@pytest.mark.parametrize("element", ISOLATING)
@pytest.mark.parametrize("quality", [Quality.INVALID | Quality.OLD_DATA, Quality.SUBSTITUTED, Quality.QUESTIONABLE])
def test_s5_a_stale_or_substituted_position_confirms_nothing(element: str, quality: Quality) -> None:
    world = isolated()
    world.qualities[pos(element)] = int(quality)
    assert "S5: " in closing(world, TIE)


@given(
    positions=st.lists(st.sampled_from(Dbpos), min_size=len(ISOLATING), max_size=len(ISOLATING)),
    doubts=st.lists(st.sampled_from([Quality.GOOD, Quality.GOOD, Quality.OLD_DATA | Quality.QUESTIONABLE,
                                     Quality.SUBSTITUTED]), min_size=len(ISOLATING), max_size=len(ISOLATING)),
    voltage_v=st.sampled_from([0.0, 900.0, 1_100.0, 20_000.0]),
)  # fmt: skip
def test_s5_only_a_dead_target_behind_confirmed_isolation_is_energised(
    positions: list[Dbpos], doubts: list[Quality], voltage_v: float
) -> None:
    world = isolated()
    for element, position, doubt in zip(ISOLATING, positions, doubts, strict=True):
        world.position(element, position)
        world.qualities[pos(element)] = int(doubt)
    world.set("ST3/K1/BB1", "MMXU1.PPV.phsAB", voltage_v)
    isolation = all(position is Dbpos.OFF for position in positions) and not any(doubts)
    dead = voltage_v < 1_000.0
    assert ("S5: " in closing(world, TIE)) is not (isolation and dead)


def test_s5_a_fault_is_never_fed_even_without_an_order() -> None:
    """A person, no steps to look at: topology with doubt counted as closed still knows."""
    world = isolated()
    world.position(ISOLATING[1], Dbpos.INTERMEDIATE)
    context = Context(faults={ORDER.id: FAULT})
    assert "S5: " in closing(world, TIE, PERSON, context)
    world.position(ISOLATING[1], Dbpos.OFF)
    assert closing(world, TIE, PERSON, context) == ""


def test_s5_the_target_is_measured_dead() -> None:
    world = isolated()
    world.set("ST2/K1/BB1", "MMXU1.PPV.phsBC", 1_100.0)
    assert "S5: " in closing(world)
    world.set("ST2/K1/BB1", "MMXU1.PPV.phsBC", 900.0)
    assert closing(world) == ""


def test_s5_one_busbar_measured_dead_stands_for_what_closed_switches_join() -> None:
    world = isolated()
    world.silent |= {PointName("ST3/K1/BB1", f"MMXU1.PPV.{phase}") for phase in ("phsAB", "phsBC", "phsCA")}
    assert closing(world) == ""


def test_s5_without_voltage_a_generator_must_be_known_idle() -> None:
    world = isolated()
    for station in ("ST2", "ST3"):
        world.silent |= {PointName(f"{station}/K1/BB1", f"MMXU1.PPV.{phase}") for phase in ("phsAB", "phsBC", "phsCA")}
    assert "S5" not in closing(world)  # S11 lets its loss-of-mains time pass
    world.set("ST3/K1/G1", "MMXU1.TotW", 5_000.0)
    assert "S5: " in closing(world)
    world.silent.add(PointName("ST3/K1/G1", "MMXU1.TotW"))
    assert "S5: " in closing(world)


@pytest.mark.parametrize(("variable", "value"), [("XCBR1.EEHealth", 2), ("XCBR1.EEHealth", 3), ("XCBR1.CBOpCap", 2)])
@pytest.mark.parametrize("who", [FDIR, PERSON])
def test_s5_the_breaker_is_healthy(variable: str, value: int, who: Originator) -> None:
    world = isolated()
    world.set(CB1, variable, value)
    assert "S5: " in closing(world, CB1, who)


@pytest.mark.parametrize("variable", ["XCBR1.EEHealth", "XCBR1.CBOpCap"])
def test_s5_a_breaker_whose_health_is_not_known_is_not_closed(variable: str) -> None:
    world = isolated()
    world.silent.add(PointName(CB1, variable))
    assert "S5: " in closing(world, CB1)


def test_s5_a_breaker_without_energy_for_an_open_is_not_opened() -> None:
    world = World()
    world.set(CB1, "XCBR1.CBOpCap", 2)
    assert opening(world, CB1, PERSON) == ""
    world.set(CB1, "XCBR1.CBOpCap", 1)
    assert "S5: " in opening(world, CB1, PERSON)


# -- S6


def test_s6_one_attempt() -> None:
    assert "S6: " in closing(isolated(), context=replace(CONTEXT, attempted=True))


@pytest.mark.parametrize("feeder", [F1, F2])
def test_s6_reclosing_is_blocked_on_source_and_target(feeder: str) -> None:
    world = isolated()
    world.set(feeder, "RREC1.BlkRec", False)
    assert "S6: " in closing(world)
    world = isolated()
    world.silent.add(PointName(feeder, "RREC1.BlkRec"))
    assert "S6: " in closing(world)


@pytest.mark.parametrize("variable", ["PTOC1.Str", "PTOC2.Str"])
def test_s6_nothing_is_closed_while_protection_has_picked_up(variable: str) -> None:
    world = isolated()
    world.set(F2, variable, True)
    assert "S6: " in closing(world)
    assert closing(world, TIE, PERSON) == ""


# -- S7, S8


def test_s7_automation_makes_no_parallel() -> None:
    world = World()
    for feeder in (F1, F2):
        world.set(feeder, "RREC1.BlkRec", True)
    context = replace(CONTEXT, order=replace(ORDER, steps=()), faults={})
    assert "S7: " in closing(world, TIE, context=context)


def test_s7_doubt_counts_as_closed() -> None:
    """The breaker open but not confirmed: the dead side may be live."""
    world = isolated()
    world.position(ISOLATING[0], Dbpos.ON)
    world.position(ISOLATING[1], Dbpos.ON)
    world.qualities[pos(CB1)] = int(Quality.INVALID)
    assert "S7: " in closing(world, context=replace(CONTEXT, order=replace(ORDER, steps=()), faults={}))


@pytest.mark.parametrize("who", [PERSON, CENTRE])
def test_s8_parallels_by_people_are_not_released(who: Originator) -> None:
    refused = closing(World(), TIE, who)
    assert "S8: " in refused
    assert "not released" in refused
