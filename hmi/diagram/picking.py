"""What stands under the pointer: a switch before a station before a line."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot

from hmi.diagram.camera import Camera
from hmi.diagram.shapes import Conductor, Place

SWITCH_PX, STATION_PX, LINE_PX = 10.0, 12.0, 6.0

Placed = Sequence[tuple[str, Place]]


def nearest(at: Place, switches: Placed, stations: Placed, conductors: Sequence[Conductor], camera: Camera) -> str:
    """The element's id, or station's name; '' when nothing is near enough."""
    for placed, reach in ((switches, SWITCH_PX), (stations, STATION_PX)):
        distance, name = min(((_distance(at, place), name) for name, place in placed), default=(reach, ""))
        if distance < reach:
            return name
    distance, element = min(((_to_line(at, each, camera), each.element) for each in conductors), default=(LINE_PX, ""))
    return element if distance < LINE_PX else ""


def _distance(first: Place, second: Place) -> float:
    return hypot(first[0] - second[0], first[1] - second[1])


def _to_line(at: Place, conductor: Conductor, camera: Camera) -> float:
    places = [camera.to_screen(place) for place in conductor.points]
    return min((_to_segment(at, start, end) for start, end in zip(places, places[1:], strict=False)), default=1e9)


def _to_segment(at: Place, start: Place, end: Place) -> float:
    dx, dy = end[0] - start[0], end[1] - start[1]
    square = dx * dx + dy * dy
    share = 0.0 if square == 0 else max(0.0, min(1.0, ((at[0] - start[0]) * dx + (at[1] - start[1]) * dy) / square))
    return _distance(at, (start[0] + share * dx, start[1] + share * dy))
