"""Any doubt ends without a single step, and the reason names the device (SAFETY S9, S10, S14)."""

from __future__ import annotations

import pytest

from models.point import Dbpos
from models.quality import STALE, Quality
from models.switching import Purpose
from substation.grid.topology import Topology
from substation.image import Mode
from substation.mv.fdir import Fdir
from substation.placements.placement import Placement, PlacementKind
from substation.tags import Tag, TagKind
from tests.substation.mv.scene import START_NS, Scene, Times, bay, oberrhein

FAULT = "L163/W163"  # in the middle of OBR1/K1/E03


def refused(scene: Scene, feeder: str, *words: str) -> str:
    """No order at all; the published reason holds the words."""
    assert scene.settle() is None
    case = scene.case(feeder)
    assert case["state"] == "handed over to people"
    assert case["order"] == ""
    for word in words:
        assert word in case["reason"], case["reason"]
    assert any(word in event for event in scene.events for word in words)
    return case["reason"]


def test_without_doubt_there_is_an_order(scene: Scene) -> None:
    feeder = scene.fault(FAULT)
    order = scene.settle()
    assert order is not None
    assert order.zone == (FAULT,)
    located, *others = scene.case(feeder)["candidates"]
    assert (located["zone"], located["rejected_by"]) == ([FAULT], "")
    assert located["probability"] > 0.9
    assert all(each["rejected_by"] for each in others)
    assert all(each["probability"] is None or each["probability"] < 0.1 for each in others)


def _placed(kind: PlacementKind, element: str, other: str = "") -> Placement:
    return Placement(7, kind, element, "Bo", START_NS, other)


FAR = "ST221/K1/BB1/N1"
"""On another feeder."""


@pytest.mark.parametrize(
    "placement",
    [
        _placed(PlacementKind.EARTH, FAULT),
        _placed(PlacementKind.CUT, FAULT),
        _placed(PlacementKind.JUMPER, FAR, FAULT),
        _placed(PlacementKind.JUMPER, FAULT, FAR),
        _placed(PlacementKind.MOBILE_GENERATOR, FAULT),
    ],
)
def test_s17_where_people_have_rebuilt_the_feeder_people_switch(scene: Scene, placement: Placement) -> None:
    scene.placements = (placement,)
    reason = refused(scene, scene.fault(FAULT), "S17: ", "placed/7")
    assert "people switch there until it is taken away" in reason


def test_s17_what_stands_elsewhere_is_planned_around(scene: Scene) -> None:
    scene.placements = (_placed(PlacementKind.EARTH, FAR),)
    scene.fault(FAULT)
    assert scene.settle() is not None


def indicators_on_the_way() -> list[str]:
    return sorted(Scene(oberrhein(), Fdir(Topology(oberrhein()), Times())).indications(FAULT))


WAY = indicators_on_the_way()


@pytest.mark.parametrize("location", WAY[:-1] + WAY[-1:])
def test_one_missing_indication_on_the_way(scene: Scene, location: str) -> None:
    """Silent on the way: contradiction, unless it is the last before the fault (see docs/decisions/0010)."""
    last = bay(scene.way(FAULT)[-1][0].id)
    variable = scene.indications(FAULT)[location]
    feeder = scene.fault(FAULT)
    scene.put(location, variable, False)
    scene.put(location, "SFPI1.FwdFlt", False)
    handle_time = scene.time_ns
    scene.time_ns = START_NS - 10**12
    scene.put(location, variable, False)
    scene.time_ns = handle_time
    if location == last:
        order = scene.settle()
        assert order is not None
        assert order.zone != (FAULT,)
        return
    refused(scene, feeder, location)


@pytest.mark.parametrize("quality", [Quality.INVALID, STALE, Quality.QUESTIONABLE, Quality.SUBSTITUTED, Quality.TEST])
@pytest.mark.parametrize("position", [0, 5, 23])
def test_unusable_indicator_anywhere_on_the_feeder(scene: Scene, quality: Quality, position: int) -> None:
    feeder = scene.fault(FAULT)
    location = sorted(feeder_indicators(scene, feeder))[position]
    scene.put(location, "SFPI1.RvFlt", False, quality)
    refused(scene, feeder, location)


def feeder_indicators(scene: Scene, feeder: str) -> list[str]:
    breaker = next(each.breaker for each in scene.network.feeders if each.id == feeder)
    loads = {load.partition("/")[0] for load in scene.dead_loads(breaker)}
    if not loads:
        scene.position(breaker, Dbpos.ON)
        loads = {load.partition("/")[0] for load in scene.dead_loads(breaker)}
        scene.position(breaker, Dbpos.OFF)
    return [bay(each.switch) for each in scene.network.indicators if each.switch.partition("/")[0] in loads]


@pytest.mark.parametrize("position", range(0, 60, 7))
def test_one_false_indication_on_the_feeder(scene: Scene, position: int) -> None:
    feeder = scene.fault(FAULT)
    clear = sorted(set(feeder_indicators(scene, feeder)) - set(WAY))
    scene.put(clear[position % len(clear)], "SFPI1.FwdFlt", True)
    order = scene.settle()
    if order is not None:
        # The one false flag that is no contradiction continues the way: it cannot be told from a fault further on.
        beyond = [each for each in clear if order.zone != (FAULT,)]
        assert beyond
        return
    assert clear[position % len(clear)] in scene.case(feeder)["reason"]


def test_wrong_direction_and_both_directions(scene: Scene) -> None:
    feeder = scene.fault(FAULT)
    for variable in ("SFPI1.FwdFlt", "SFPI1.RvFlt"):
        scene.put(WAY[2], variable, True)
    refused(scene, feeder, WAY[2], "both directions")


def test_old_flag_from_an_earlier_event(scene: Scene) -> None:
    scene.put(WAY[2], scene.indications(FAULT)[WAY[2]], True)
    scene.quiet(5)
    breaker = scene.feeder_of(FAULT)
    old = {WAY[2]}
    shown = {each: variable for each, variable in scene.indications(FAULT).items() if each not in old}
    feeder = scene.fault(FAULT, flags=False)
    for location, variable in shown.items():
        scene.put(location, variable, True)
    assert breaker.startswith(feeder)
    refused(scene, feeder, WAY[2], "before this event")


def test_dead_rtu_is_named(scene: Scene) -> None:
    feeder = scene.fault(FAULT)
    station = sorted(feeder_indicators(scene, feeder))[10].partition("/")[0]
    scene.put(station, "LCCH1.ChLiv", False)
    refused(scene, feeder, f"the RTU of {station} is not alive")


def test_low_battery_beside_the_fault_is_no_evidence(scene: Scene) -> None:
    last = scene.way(FAULT)[-1][0].id.partition("/")[0]
    feeder = scene.fault(FAULT)
    scene.put(last, "ZBAT1.BatLo", True)
    refused(scene, feeder, f"battery of {last}")


@pytest.mark.parametrize("value", [Dbpos.INTERMEDIATE, Dbpos.BAD])
@pytest.mark.parametrize("switch", ["ST57/K1/E02/Q0", "ST45/K1/E02/Q0"])
def test_s14_switch_in_doubt_on_the_feeder(scene: Scene, value: Dbpos, switch: str) -> None:
    feeder = scene.fault(FAULT)
    scene.position(switch, value)
    refused(scene, feeder, switch, "S14")


def test_s14_stale_position(scene: Scene) -> None:
    feeder = scene.fault(FAULT)
    scene.position("ST57/K1/E02/Q0", Dbpos.ON, STALE)
    refused(scene, feeder, "ST57/K1/E02/Q0", "old data")


def test_s14_doubt_before_the_fault(scene: Scene) -> None:
    scene.position("ST192/K1/E01/Q0", Dbpos.INTERMEDIATE)
    scene.quiet(1)
    feeder = scene.fault(FAULT)
    scene.position("ST192/K1/E01/Q0", Dbpos.ON)
    refused(scene, feeder, "before the fault", "ST192/K1/E01/Q0")


def test_s10_any_earth_fault_indication_stops_automation(scene: Scene) -> None:
    feeder = scene.fault(FAULT)
    scene.put("ST0/K1/E01", "SFPI2.FwdFlt", True)
    refused(scene, feeder, "S10", "ST0/K1/E01/SFPI2.FwdFlt")


def test_s9_busbar_trip_stops_automation(scene: Scene) -> None:
    feeder = scene.fault(FAULT)
    scene.put("OBR1/K1/E01", "PTRC1.Tr", True)
    refused(scene, feeder, "S9", "OBR1/K1/E01")
    assert scene.case("OBR1/K1/E01")["reason"].startswith("S9: transformer or busbar trip")


def test_s9_a_trip_of_the_other_transformer_does_not(scene: Scene) -> None:
    scene.fault(FAULT)
    scene.put("OBR2/K1/E01", "PTRC1.Tr", True)
    assert scene.settle() is not None


def test_s9_local_control(scene: Scene) -> None:
    feeder = scene.fault(FAULT)
    scene.put(feeder, "LLN0.Loc", True)
    refused(scene, feeder, "local control", feeder)


def test_disabled_feeder_is_explained_but_not_switched(scene: Scene) -> None:
    feeder = bay(scene.feeder_of(FAULT))
    scene.modes[feeder] = Mode.DISABLED
    scene.fault(FAULT)
    refused(scene, feeder, "disabled")
    assert scene.case(feeder)["zone"] == [FAULT]
    assert scene.case(feeder)["concluded"] == f"the fault lies in {FAULT}"


def test_loads_that_nobody_knows(scene: Scene) -> None:
    """Too much of the interrupted load was never measured: doubt; a little is taken at its rated peak and named."""
    fresh = Scene(scene.network, scene.fdir)
    breaker = fresh.feeder_of(FAULT)
    loads = fresh.dead_loads(breaker)
    for load in loads[:2]:
        fresh.remove(load, "MMXU1.TotW")
    fresh.quiet()
    fresh.fault(FAULT)
    order = fresh.settle()
    assert order is not None
    assert any(loads[0] in line and "rated peak" in line for line in order.explanation)
    unknown = Scene(scene.network, scene.fdir)
    for load in loads[: len(loads) // 2]:
        unknown.remove(load, "MMXU1.TotW")
    unknown.quiet()
    feeder = unknown.fault(FAULT)
    refused(unknown, feeder, "not known from before the fault", loads[0])


def test_a_tagged_zone_is_not_energised(scene: Scene) -> None:
    """A work permit inside the healthy part: the part stays dark, and nothing is closed towards it."""
    scene.tags = (Tag(1, TagKind.WORK_PERMIT, "ST36/K1/BB1", "Miller", START_NS, "P7"),)
    scene.fault(FAULT)
    order = scene.settle()
    assert order is not None
    assert "ST36" in order.unrestored_reason
    assert all("ST36" not in step.element for step in order.steps if step.value is Dbpos.ON)


def test_a_tagged_tie_is_not_used(scene: Scene) -> None:
    scene.tags = (Tag(1, TagKind.DO_NOT_OPERATE, "ST190/K1/E01/Q0", "Miller", START_NS),)
    scene.fault(FAULT)
    order = scene.settle()
    assert order is not None
    assert all(step.element != "ST190/K1/E01/Q0" for step in order.steps)
    assert any("ST190/K1/E01/Q0 is tagged 'do not operate' by Miller" in line for line in order.explanation)


@pytest.mark.parametrize(
    ("location", "variable", "value", "words"),
    [
        ("OBR2/K1/E03", "PTOC1.Str", True, "OBR2/K1/E03 has a fault of its own"),
        ("ST190/K1/E01/Q0", "CSWI1.Pos", Dbpos.INTERMEDIATE, "S14"),
        ("OBR2/T1", "YLTC1.TapPos", None, "OBR2/T1/YLTC1.TapPos"),
    ],
)
def test_donors_in_doubt_are_not_used(scene: Scene, location: str, variable: str, value, words: str) -> None:
    feeder = scene.fault(FAULT)
    quality = Quality.GOOD if value is not None else Quality.INVALID
    scene.put(location, variable, 0 if value is None else value, quality)
    order = scene.settle()
    if order is None:
        assert words in scene.case(feeder)["reason"]
        return
    assert all(step.element != "ST190/K1/E01/Q0" for step in order.steps)
    assert any(words in line for line in order.explanation), order.explanation


def test_blocked_reclosing_is_left_as_it_was(scene: Scene) -> None:
    scene.put("OBR2/K1/E03", "RREC1.BlkRec", True)
    scene.fault(FAULT)
    order = scene.settle()
    assert order is not None
    assert any(step.element == "ST190/K1/E01/Q0" for step in order.steps)
    assert all(step.element != "OBR2/K1/E03" for step in order.steps)


def test_breaker_that_has_just_reclosed_is_planned_with(scene: Scene) -> None:
    """Its stored energy comes back while the order isolates; the executor waits for it (S5)."""
    breaker = scene.feeder_of(FAULT)
    scene.put(breaker, "XCBR1.CBOpCap", 1)
    scene.fault(FAULT)
    order = scene.settle()
    assert order is not None
    assert any(step.purpose is Purpose.RESTORE_UPSTREAM for step in order.steps)


def test_breaker_with_a_health_alarm_is_not_used(scene: Scene) -> None:
    breaker = scene.feeder_of(FAULT)
    scene.put(breaker, "XCBR1.EEHealth", 3)
    scene.fault(FAULT)
    order = scene.settle()
    assert order is not None
    assert all(step.purpose is not Purpose.RESTORE_UPSTREAM for step in order.steps)
    assert any("health problem" in line for line in order.explanation)
