"""Positions of many switches at once are what each of them is by itself."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from models.point import Dbpos
from models.quality import Quality
from substation.grid.positions import position_of, positions_of
from substation.placements.placement import Placement, PlacementKind
from tests.substation.control.world import CB1, ISOLATING, TIE, World, pos

PLACES = (CB1, TIE, *ISOLATING)
READINGS = st.tuples(
    st.sampled_from([*Dbpos, 1, 2, 2.0, True, 7, "on"]),
    st.sampled_from([0, *map(int, (Quality.INVALID, Quality.SUBSTITUTED, Quality.CLOCK_NOT_SYNCHRONISED))]),
)


@given(
    readings=st.lists(READINGS, min_size=len(PLACES), max_size=len(PLACES)),
    silent=st.sets(st.sampled_from(PLACES)),
    moving=st.sets(st.sampled_from(PLACES)),
    by_hand=st.booleans(),
)
def test_s14_of_many_switches_the_same_is_known_as_of_one(
    readings: list[tuple[bool | int | float | str, int]], silent: set[str], moving: set[str], by_hand: bool
) -> None:
    world = World(silent={pos(each) for each in silent})
    for place, (value, quality) in zip(PLACES, readings, strict=True):
        world.values[pos(place)], world.qualities[pos(place)] = value, quality
    manual = (Placement(1, PlacementKind.POSITION_OPEN, TIE, "Bo", 1),) if by_hand else ()
    image = replace(world.image(), in_flight=dict.fromkeys(moving, "on its way"), placements=manual)
    asked = [*PLACES, "placed/1/cut", "nowhere/Q0"]
    assert positions_of(image, asked) == {each: position_of(image, each) for each in asked}
