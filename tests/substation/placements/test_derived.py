"""S17: earths, cuts, jumpers and mobile generators take part in topology and in every rule."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.point import Dbpos
from models.quality import Quality
from substation.control.request import Refusal
from substation.image import ProcessImage
from substation.placements.derived import UnplacedError, with_placements
from substation.placements.judgement import not_placeable, not_removable
from substation.placements.placement import Placement, PlacementKind
from tests.substation.control.asking import ALONE, CONTEXT, FDIR, PERSON, request
from tests.substation.control.world import (
    CB1,
    CB2,
    FAULT,
    INTERLOCKING,
    ISOLATING,
    NETWORK,
    NOW_NS,
    NUMERICS,
    TIE,
    World,
    isolated,
    pos,
)

ST3 = "ST3/K1/BB1/N1"
KIND = PlacementKind


def placed(kind: PlacementKind, element: str, other: str = "", number: int = 7, power_w: float = 0.0) -> Placement:
    return Placement(number, kind, element, "Bo", NOW_NS, other, "P-7", power_w)


def image(world: World, *placements: Placement) -> ProcessImage:
    return replace(world.image(), placements=placements)


def refused(shown: ProcessImage, element: str, value: Dbpos, person: bool = True) -> str:
    who, context = (PERSON, ALONE) if person else (FDIR, CONTEXT)
    asked: tuple[Refusal, ...] = INTERLOCKING.refusals(request(element, value, who), shown, context)
    return "; ".join(str(each) for each in asked)


def dead_ring() -> World:
    """Both ends of the ring are open: nothing between them is fed, and the tie is open."""
    world = World()
    for breaker in (CB1, CB2):
        world.position(breaker, Dbpos.OFF)
    world.measure()
    return world


def test_s17_nothing_is_closed_towards_a_placed_earth() -> None:
    world = isolated()
    assert refused(world.image(), CB1, Dbpos.ON, person=False) == ""
    for element in ("L1/W1", "ST1/K1/BB1/N1", "ST1/K1/E01/N1"):
        said = refused(image(world, placed(KIND.EARTH, element)), CB1, Dbpos.ON)
        assert "S17: the earthing switch placed/7/earth is closed" in said


def test_s17_a_dead_part_is_not_joined_with_an_earth_by_a_load_break_switch() -> None:
    earthed = image(dead_ring(), placed(KIND.EARTH, "L3/W3"))
    open_switch = isolated_switch(earthed, "ST3/K1/E01/Q0")
    assert "placed/7/earth is closed, and ST3/K1/E01/Q0 leads to it" in refused(open_switch, "ST3/K1/E01/Q0", Dbpos.ON)


def isolated_switch(shown: ProcessImage, switch: str) -> ProcessImage:
    handle = shown.register.handle(pos(switch))
    assert handle is not None
    return replace(shown, samples={**shown.samples, handle: shown.samples[handle]._replace(value=Dbpos.OFF)})


def test_s17_a_cut_opens_a_conductor_at_one_end_or_in_its_middle() -> None:
    line = next(each for each in NETWORK.lines if each.id == "L3/W3")
    for other in (line.from_node, line.to_node, ""):
        grid = NUMERICS.with_placements((placed(KIND.CUT, "L3/W3", other),)).grid
        closed = {each.id for each in NETWORK.switches if each.to_node}
        apart = grid.islands(closed - {TIE})
        assert not apart.joined("ST2/K1/BB1/N1", "ST3/K1/BB1/N1"), other
        assert len(grid.nodes_of("L3/W3")) == (2 if other else 4)
    with pytest.raises(UnplacedError, match="does not end at"):
        with_placements(NETWORK, (placed(KIND.CUT, "L3/W3", "ST1/K1/BB1/N1"),))


def test_s17_what_a_jumper_joins_counts_as_joined() -> None:
    world = isolated()
    bypass = placed(KIND.JUMPER, ISOLATING[0])
    said = refused(image(world, bypass), CB1, Dbpos.ON, person=False)
    assert "S5" in said
    assert "would feed L2/W2, faulted" in said


def test_s8_a_mobile_generator_is_a_source_that_nothing_is_joined_with() -> None:
    world = isolated()
    fed = image(world, placed(KIND.MOBILE_GENERATOR, ST3, power_w=250e3))
    assert refused(world.image(), TIE, Dbpos.ON, person=False) == ""
    assert "S7" in refused(fed, TIE, Dbpos.ON, person=False)
    assert "S8" in refused(fed, TIE, Dbpos.ON)


def test_s17_automation_stays_away_from_feeders_with_placements() -> None:
    world = isolated()
    for placement in (placed(KIND.CUT, "L1/W1", "ST1/K1/E01/N1"), placed(KIND.JUMPER, "ST1/K1/E01/Q0")):
        said = refused(image(world, placement), CB1, Dbpos.ON, person=False)
        assert "people switch there until it is taken away" in said
        assert "people switch there" not in refused(image(world, placement), CB1, Dbpos.ON)


def test_s14_a_position_set_by_hand_is_a_doubt_with_a_name() -> None:
    world = isolated()
    world.qualities[pos(TIE)] = int(Quality.INVALID)
    for kind in (KIND.POSITION_OPEN, KIND.POSITION_CLOSED):
        shown = image(world, placed(kind, TIE))
        assert "set by Bo, which the field does not confirm" in refused(shown, TIE, Dbpos.ON)
        assert "never one for automation" in refused(shown, TIE, Dbpos.ON, person=False)
        feeding = refused(shown, CB1, Dbpos.ON, person=False)
        assert feeding == ""  # the doubt lies beyond what the breaker feeds, as without it


def test_s1_an_earth_is_recorded_on_what_is_dead_alone() -> None:
    earth = placed(KIND.EARTH, "L1/W1", number=0)
    assert "S1: L1/W1 may be fed" in not_placeable(earth, NUMERICS, World().image(), {})
    assert not_placeable(earth, NUMERICS, dead_ring().image(), {}) == ""
    doubtful = dead_ring()
    doubtful.qualities[pos(CB1)] = int(Quality.INVALID)
    assert "S1" in not_placeable(earth, NUMERICS, doubtful.image(), {})
    assert "no node or line" in not_placeable(replace(earth, element="L99"), NUMERICS, World().image(), {})


def test_s8_a_jumper_joins_no_two_feeds_and_feeds_no_danger() -> None:
    over_tie = placed(KIND.JUMPER, TIE, number=0)
    assert "S8" in not_placeable(over_tie, NUMERICS, World().image(), {})
    world = isolated()
    assert not_placeable(over_tie, NUMERICS, world.image(), {"FDIR-1": FAULT}) == ""
    assert "S4" in not_placeable(
        placed(KIND.JUMPER, ISOLATING[1], number=0), NUMERICS, closed_tie(world), {"FDIR-1": FAULT}
    )
    earthed = image(isolated(), placed(KIND.EARTH, "L3/W3"))
    assert "S17: it would feed the earth placed/7/earth" in not_placeable(over_tie, NUMERICS, earthed, {})


def closed_tie(world: World) -> ProcessImage:
    world.position(TIE, Dbpos.ON)
    return world.image()


def test_s17_a_cut_is_made_dead_and_taken_away_without_joining_feeds() -> None:
    cut = placed(KIND.CUT, "L3/W3")
    assert "S13" in not_placeable(replace(cut, id=0), NUMERICS, World().image(), {})
    world = World()
    world.position(TIE, Dbpos.ON)  # the cut holds the ring open
    assert "S8" in not_removable(cut, NUMERICS, image(world, cut), {})
    earth = placed(KIND.EARTH, "placed/7/end", number=8)
    dead = image(dead_ring(), cut, earth)
    assert "something still stands at its ends" in not_removable(cut, NUMERICS, dead, {})
    assert not_removable(earth, NUMERICS, dead, {}) == ""
    assert not_removable(cut, NUMERICS, image(dead_ring(), cut), {}) == ""


def test_what_cannot_be_placed_any_more_stops_every_command() -> None:
    lost = placed(KIND.EARTH, "gone")
    assert refused(image(isolated(), lost), CB1, Dbpos.ON).startswith("S17: earth placed/7 on gone")


def test_the_derived_grid_is_made_once() -> None:
    placements = (placed(KIND.EARTH, "L3/W3"),)
    assert NUMERICS.with_placements(placements) is NUMERICS.with_placements(tuple(placements))
    assert NUMERICS.with_placements(()) is NUMERICS
