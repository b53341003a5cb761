"""What a diagram consists of, in scene units with y downwards; no Qt, no colours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from math import hypot

from models.network.elements import SwitchKind

Place = tuple[float, float]


class StationKind(Enum):
    """What stands at a place; those from LINE_END on stand in single-line diagrams, BOX for what has no symbol."""

    PRIMARY = "primary"
    STATION = "station"
    JOINT = "joint"
    LINE_END = "line end"
    LOAD = "load"
    GENERATOR = "generator"
    TRANSFORMER = "transformer"
    CURRENT_TRANSFORMER = "current transformer"
    VOLTAGE_TRANSFORMER = "voltage transformer"
    INFEED = "infeed"
    BATTERY = "battery"
    CONVERTER = "converter"
    MOTOR = "motor"
    CAPACITOR = "capacitor"
    REACTOR = "reactor"
    ARRESTER = "arrester"
    EARTH = "earth"
    BOX = "box"


class Side(Enum):
    RIGHT = (1.0, 0.0)
    LEFT = (-1.0, 0.0)
    ABOVE = (0.0, -1.0)
    BELOW = (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Conductor:
    """A line, busbar or connection; element: the id whose energisation colours it.

    heavy: a busbar. tie: a line that the normal diagram leaves open, dashed.
    """

    element: str
    points: tuple[Place, ...]
    heavy: bool = False
    tie: bool = False


@dataclass(frozen=True, slots=True)
class StationSymbol:
    """name: '' for a joint. element: the node whose energisation colours it. leads_to: picked with it where it has no
    name, such as the transformer at the end of a bay. lies: its terminals are to the left and right.
    """

    name: str
    kind: StationKind
    at: Place
    element: str
    leads_to: str = ""
    lies: bool = False


@dataclass(frozen=True, slots=True)
class SwitchSymbol:
    """The symbol stands offset_px (screen) along `path`, which begins at its station, whatever the zoom.

    normally_open: None where the normal diagram is not known.
    """

    switch: str
    kind: SwitchKind
    path: tuple[Place, ...]
    offset_px: float
    normally_open: bool | None
    largest_share: float = 0.45  # of the path's length: a switch never stands in the other half

    @property
    def at(self) -> Place:
        return self.path[0]


@dataclass(frozen=True, slots=True)
class Caption:
    """A fixed text beside a place: below, right of it or above it."""

    text: str
    at: Place
    side: Side = Side.BELOW


@dataclass(frozen=True)
class Diagram:
    """pitch: typical distance of neighbouring stations (scene units); it decides which details have room."""

    conductors: tuple[Conductor, ...]
    stations: tuple[StationSymbol, ...]
    switches: tuple[SwitchSymbol, ...]
    pitch: float
    captions: tuple[Caption, ...] = ()
    always_detailed: bool = False
    metres_per_unit: float | None = None

    def bounds(self) -> tuple[float, float, float, float]:
        """left, top, right, bottom; a diagram without anything has no extent."""
        places = [place for conductor in self.conductors for place in conductor.points]
        places += [station.at for station in self.stations]
        if not places:
            return 0.0, 0.0, 0.0, 0.0
        xs, ys = [x for x, _ in places], [y for _, y in places]
        return min(xs), min(ys), max(xs), max(ys)


def shifted(diagram: Diagram, right: float) -> Diagram:
    """The same, moved to the right."""

    def move(place: Place) -> Place:
        return place[0] + right, place[1]

    return replace(
        diagram,
        conductors=tuple(replace(each, points=tuple(map(move, each.points))) for each in diagram.conductors),
        stations=tuple(replace(each, at=move(each.at)) for each in diagram.stations),
        switches=tuple(replace(each, path=tuple(map(move, each.path))) for each in diagram.switches),
        captions=tuple(replace(each, at=move(each.at)) for each in diagram.captions),
    )


def along(path: tuple[Place, ...], distance: float, largest_share: float = 1.0) -> tuple[Place, Place]:
    """The place at that distance from the path's beginning, at most at that share of its length, and the direction.

    Beyond its end a path goes straight on.
    """
    left = min(distance, length(path) * largest_share)
    towards = (1.0, 0.0)
    for (x, y), end in zip(path, path[1:], strict=False):
        step = hypot(end[0] - x, end[1] - y)
        if step > 0:
            towards = (end[0] - x) / step, (end[1] - y) / step
        if left <= step:
            return (x + towards[0] * left, y + towards[1] * left), towards
        left -= step
    return (path[-1][0] + towards[0] * left, path[-1][1] + towards[1] * left), towards


def length(path: tuple[Place, ...]) -> float:
    return sum(hypot(end[0] - start[0], end[1] - start[1]) for start, end in zip(path, path[1:], strict=False))
