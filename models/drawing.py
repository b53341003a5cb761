"""A single-line diagram as a file draws it: symbols, traces of conductors, labels, in the grid of the drawing.

x to the right, y downwards; a symbol fills one cell around its middle. It travels as plain values in `Model`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.errors import RemoteProtocolError
from models.plain import PlainFields

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class DrawnSymbol:
    """element: its SCL path. type: of equipment ('CBR'), 'PTR' for a transformer, 'earth' beside an earthing switch.

    lies: its terminals are left and right. node: whose energisation colours it, '' for a switch.
    """

    element: str
    type: str
    at: Point
    lies: bool
    node: str


@dataclass(frozen=True, slots=True)
class Trace:
    """A piece of a conductor: corner points. bus: a busbar."""

    node: str
    points: tuple[Point, ...]
    bus: bool = False


@dataclass(frozen=True, slots=True)
class Label:
    text: str
    at: Point


@dataclass(frozen=True, slots=True)
class Drawing:
    """Of one substation. joints: where three pieces of one conductor meet, with the node."""

    station: str
    symbols: tuple[DrawnSymbol, ...]
    traces: tuple[Trace, ...]
    labels: tuple[Label, ...]
    joints: tuple[tuple[str, Point], ...] = ()


def drawing_to_plain(drawing: Drawing) -> dict[str, object]:
    """For the variable `Model`."""
    return {
        "station": drawing.station,
        "symbols": [[each.element, each.type, *each.at, each.lies, each.node] for each in drawing.symbols],
        "traces": [[each.node, each.bus, [list(point) for point in each.points]] for each in drawing.traces],
        "labels": [[each.text, *each.at] for each in drawing.labels],
        "joints": [[node, *at] for node, at in drawing.joints],
    }


def drawing_from_plain(value: object) -> Drawing:
    """Raises RemoteProtocolError for anything else than drawing_to_plain makes."""
    fields = PlainFields(value, "Model.drawings")
    return Drawing(
        station=fields.text("station"),
        symbols=tuple(_symbol(each) for each in _rows(value, "symbols", 6)),
        traces=tuple(_trace(each) for each in _rows(value, "traces", 3)),
        labels=tuple(Label(_text(each[0]), _point(each[1:])) for each in _rows(value, "labels", 3)),
        joints=tuple((_text(each[0]), _point(each[1:])) for each in _rows(value, "joints", 3)),
    )


def _rows(value: object, key: str, length: int) -> Sequence[Sequence[object]]:
    rows = value.get(key) if isinstance(value, Mapping) else None
    if not isinstance(rows, list) or not all(isinstance(each, list) and len(each) == length for each in rows):
        raise RemoteProtocolError(f"Model.drawings: '{key}' is no list of rows with {length} values")
    return rows


def _symbol(row: Sequence[object]) -> DrawnSymbol:
    element, kind, x, y, lies, node = row
    return DrawnSymbol(_text(element), _text(kind), _point((x, y)), lies is True, _text(node))


def _trace(row: Sequence[object]) -> Trace:
    node, bus, points = row
    if not isinstance(points, list) or len(points) < 2:
        raise RemoteProtocolError("Model.drawings: a trace has less than two points")
    return Trace(_text(node), tuple(_point(each) for each in points), bus is True)


def _text(item: object) -> str:
    if not isinstance(item, str):
        raise RemoteProtocolError(f"Model.drawings: {item!r:.80} is no text")
    return item


def _point(item: object) -> Point:
    if isinstance(item, list | tuple) and len(item) == 2:
        x, y = item
        if isinstance(x, int | float) and isinstance(y, int | float):
            return float(x), float(y)
    raise RemoteProtocolError(f"Model.drawings: {item!r:.80} is no place")
