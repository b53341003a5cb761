"""One bay out of a drawn station, with the pieces of the busbars it hangs on: what fits into a small picture."""

from __future__ import annotations

from dataclasses import replace

from hmi.diagram.shapes import Place
from models.drawing import Drawing, Trace

_MARGIN = 1.5
"""Cells around the bay's symbols."""

Box = tuple[float, float, float, float]


def bay_drawing(drawing: Drawing, element: str) -> Drawing:
    """The part around the bay of an element; the whole drawing for what lies in no drawn bay."""
    bay = element.rpartition("/")[0]
    symbols = tuple(each for each in drawing.symbols if each.element.startswith(f"{bay}/"))
    if not symbols or bay.count("/") < 2:  # substation, voltage level, bay
        return drawing
    box = _around([each.at for each in symbols])
    own = {trace.node for trace in drawing.traces if trace.node.startswith(f"{bay}/")}
    touching = {each.node for each in drawing.traces if not each.bus and _touches(each, [s.at for s in symbols])}
    traces = [clipped for each in drawing.traces if each.node in own | touching and (clipped := _clipped(each, box))]
    return Drawing(
        station=drawing.station,
        symbols=symbols,
        traces=tuple(traces),
        labels=tuple(each for each in drawing.labels if each.text == bay.rpartition("/")[2] and _inside(each.at, box)),
        joints=tuple((node, at) for node, at in drawing.joints if node in own | touching and _inside(at, box)),
    )


def _around(places: list[Place]) -> Box:
    xs, ys = [x for x, _ in places], [y for _, y in places]
    return min(xs) - _MARGIN, min(ys) - 3 * _MARGIN, max(xs) + _MARGIN, max(ys) + _MARGIN


def _inside(at: Place, box: Box) -> bool:
    return box[0] <= at[0] <= box[2] and box[1] <= at[1] <= box[3]


def _touches(trace: Trace, places: list[Place]) -> bool:
    """It ends in the middle of one of the bay's symbols."""
    return trace.points[-1] in places


def _clipped(trace: Trace, box: Box) -> Trace | None:
    """What of it is in the box: a bar is cut, a way that leaves the box is left out."""
    if not trace.bus:
        return trace if all(_inside(point, box) for point in trace.points) else None
    points = tuple((min(max(x, box[0]), box[2]), min(max(y, box[1]), box[3])) for x, y in trace.points)
    shown = points[0] != points[-1] and all(_inside(point, box) for point in points)
    return replace(trace, points=points) if shown else None
