"""The smallest area around places of a tree that can be cut off with the switches at hand."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Area:
    """places: the area. to_open: switches at its boundary, in the order of the places below them. with_top: the tripped
    device, which is open, bounds it."""

    places: frozenset[int]
    to_open: tuple[str, ...]
    with_top: bool


def smallest_area(parent: tuple[int, ...], switch: Mapping[int, str], wanted: Collection[int]) -> Area:
    """parent: -1 at the top. switch: operable and closed ones by the place that is entered through them."""
    part = _parts(parent, switch)
    chosen = {part[place] for place in wanted}
    places = frozenset(place for place, of in enumerate(part) if of in chosen)
    crossing = [place for place, above in enumerate(parent) if above >= 0 and (place in places) != (above in places)]
    to_open = dict.fromkeys(switch[place] for place in crossing)
    return Area(places, tuple(to_open), with_top=0 in places)


def _parts(parent: tuple[int, ...], switch: Mapping[int, str]) -> list[int]:
    """Per place the uppermost place that no switch stands between."""
    part: list[int] = []
    for place, above in enumerate(parent):
        part.append(place if above < 0 or place in switch else part[above])
    return part
