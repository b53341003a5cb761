"""Opening, doubt, limits, tags, authority, journal (S13 to S22): each broken precondition refuses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.command import Originator
from models.point import Dbpos, PointName
from models.quality import Quality
from models.switching import AssumedLoad, OrderState
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
    CB2,
    DISCONNECTOR,
    EARTH1,
    F1,
    F2,
    ISOLATING,
    NOW_NS,
    STATIONS,
    TIE,
    World,
    isolated,
    pos,
    tripped,
)

# -- S13


def test_s13_no_opening_in_the_dead_time() -> None:
    world = tripped()
    world.set(F1, "RREC1.AutoRecSt", 2)
    assert "S13: " in opening(world)
    assert "S13: " in opening(world, who=PERSON)
    world.silent.add(PointName(F1, "RREC1.AutoRecSt"))
    assert "S13: " in opening(world)


def test_s13_no_opening_on_fault_current() -> None:
    world = World()
    world.set(F1, "PTOC1.Str", True)
    assert "S13: " in opening(world, who=PERSON)


def test_s13_load_below_the_breaking_current() -> None:
    world = World()
    assert opening(world, who=PERSON) == ""
    world.set("ST1/K1/E02", "MMXU1.A.phsB", 400.0)
    assert "S13: " in opening(world, who=PERSON)
    world.silent.add(PointName("ST1/K1/E02", "MMXU1.A.phsB"))
    assert "S13: " in opening(world, who=PERSON)


def test_s13_the_feeder_breaker_confirmed_open_or_the_current_known() -> None:
    world = tripped()
    world.silent.add(PointName("ST1/K1/E02", "MMXU1.A.phsB"))
    assert opening(world) == ""
    world.position(CB1, Dbpos.INTERMEDIATE)
    assert "S13: " in opening(world)


@pytest.mark.parametrize("value", [Dbpos.ON, Dbpos.OFF])
def test_s13_disconnectors_never_under_load(value: Dbpos) -> None:
    world = isolated()
    if value is Dbpos.ON:
        world.position(DISCONNECTOR, Dbpos.OFF)
        world.position("ST1/K1/E01/Q0", Dbpos.OFF)
    assert asked(world, request(DISCONNECTOR, value, PERSON)) == ""
    world.position(CB1, Dbpos.INTERMEDIATE)
    assert "S13: " in asked(world, request(DISCONNECTOR, value, PERSON))


# -- S14


@pytest.mark.parametrize("who", [FDIR, PERSON])
def test_s14_a_switch_in_doubt_is_not_closed(who: Originator) -> None:
    world = isolated()
    world.position(TIE, Dbpos.INTERMEDIATE)
    assert "S14: " in closing(world, TIE, who)


@pytest.mark.parametrize("who", [FDIR, PERSON])
def test_s14_a_feeding_path_in_doubt_counts_as_open(who: Originator) -> None:
    world = isolated()
    world.qualities[pos(CB2)] = int(Quality.INVALID | Quality.OLD_DATA)
    assert "S14: " in closing(world, TIE, who)


def test_s14_doubt_counts_as_closed_when_isolating() -> None:
    """An opening is wanted all the more when the position is not known."""
    world = tripped()
    world.position(ISOLATING[0], Dbpos.INTERMEDIATE)
    assert opening(world) == ""


# -- S16


def test_s16_limits_hold_with_the_loads_that_come_back() -> None:
    heavy = replace(ORDER, loads=tuple(AssumedLoad(f"{name}/T1", 6e6, 1e6) for name in STATIONS))
    refused = closing(isolated(), context=replace(CONTEXT, order=heavy))
    assert "S16: " in refused
    assert "L4/W4" in refused


def test_s16_needs_the_tap_position() -> None:
    world = isolated()
    world.silent.add(PointName("OBR2/T1", "YLTC1.TapPos"))
    assert "S16: " in closing(world)
    assert closing(world, CB1) == ""  # the other transformer's


# -- S17


@pytest.mark.parametrize("who", [FDIR, PERSON])
@pytest.mark.parametrize("kind", [TagKind.DO_NOT_OPERATE, TagKind.WORK_PERMIT, TagKind.TEMPORARY_EARTH])
@pytest.mark.parametrize("element", [TIE, "L4/W4", "ST2/K1/BB1", "L3/W3"])
def test_s17_tags_forbid_closing(who: Originator, kind: TagKind, element: str) -> None:
    """At the switch, in the zones beside it, and on all that it would feed."""
    assert "S17: " in closing(tagged(kind, element), TIE, who)


def test_s17_a_work_permit_at_a_switch_of_the_target_forbids_voltage() -> None:
    assert "S17: " in closing(tagged(TagKind.WORK_PERMIT, "ST2/K1/E02/Q0"), TIE, PERSON)


def test_s17_a_caution_forbids_nothing() -> None:
    assert closing(tagged(TagKind.CAUTION, TIE)) == ""


@pytest.mark.parametrize("kind", [TagKind.DO_NOT_OPERATE, TagKind.WORK_PERMIT])
def test_s17_tags_forbid_opening(kind: TagKind) -> None:
    world = tripped()
    world.tags = (Tag(1, kind, ISOLATING[0], "Bo", NOW_NS),)
    assert "S17: " in opening(world)
    assert opening(world, ISOLATING[1]) == ""


def test_s17_live_line_work_keeps_automation_and_reclosing_away() -> None:
    world = tagged(TagKind.LIVE_LINE_WORK, "L4/W4")
    assert "S17: " in closing(world, TIE, FDIR)
    assert "S17: " in asked(world, request(F2, False))
    assert asked(world, request(F2, True)) == ""
    assert asked(world, request(F1, False)) == ""


@pytest.mark.parametrize("position", [Dbpos.ON, Dbpos.INTERMEDIATE])
def test_s17_nothing_is_fed_onto_an_earth(position: Dbpos) -> None:
    world = isolated()
    world.values[pos(EARTH1)] = position
    assert "S17: " in closing(world, CB1)
    assert "S17: " in closing(world, CB1, PERSON)
    assert closing(world, TIE) == ""


# -- S18


@pytest.mark.parametrize(
    ("element", "location", "variable"),
    [(CB1, CB1, "XCBR1.Loc"), (CB1, F1, "LLN0.Loc"), (TIE, "ST3", "LLN0.Loc"), (ISOLATING[0], "ST1", "LLN0.Loc")],
)
@pytest.mark.parametrize("who", [FDIR, PERSON, CENTRE])
def test_s18_local_control_excludes_every_remote_source(
    element: str, location: str, variable: str, who: Originator
) -> None:
    world = isolated()
    world.set(location, variable, True)
    assert "S18: " in closing(world, element, who)
    world = isolated()
    world.qualities[PointName(location, variable)] = int(Quality.INVALID)
    assert "S18: " in closing(world, element, who)


# -- S19


@pytest.mark.parametrize("leased", [TIE, F1, F2, "OBR2/T1"])
def test_s19_a_lease_keeps_everyone_else_away(leased: str) -> None:
    context = Context(leases={leased: "FDIR-9"})
    refused = closing(isolated(), TIE, PERSON, context)
    assert "S19: " in refused
    assert "FDIR-9" in refused


def test_s19_other_feeders_stay_free() -> None:
    world = isolated()
    world.position(TIE, Dbpos.OFF)
    assert opening(world, CB2, PERSON, Context(leases={F1: "FDIR-9"})) == ""


# -- S21, S22


def test_s21_an_unknown_outcome_is_not_repeated_by_automation() -> None:
    context = replace(CONTEXT, unresolved="close ST3")
    assert "S21: " in closing(isolated(), context=context)
    assert closing(isolated(), TIE, PERSON, Context(unresolved="close ST3")) == ""


@pytest.mark.parametrize("who", [FDIR, PERSON, CENTRE])
def test_s22_after_a_crash_everything_stays_blocked(who: Originator) -> None:
    context = Context(order=ORDER if who is FDIR else None, open_intents=("open ST1",))
    assert "S22: " in opening(tripped(), who=who, context=context)


@pytest.mark.parametrize("state", OrderState)
def test_s22_only_an_order_under_way_gives_commands(state: OrderState) -> None:
    said = opening(tripped(), context=replace(CONTEXT, order=replace(ORDER, state=state)))
    assert ("gives no command" in said) == (state not in (OrderState.APPROVED, OrderState.EXECUTING))


def test_s22_an_order_that_nobody_knows_gives_no_commands() -> None:
    assert "S22: order FDIR-1 is not known" in closing(isolated(), context=replace(CONTEXT, order=None))
