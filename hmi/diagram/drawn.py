"""The single-line diagram of a station as its SCD draws it: the file's places, our symbols."""

from __future__ import annotations

from collections.abc import Iterator

from hmi.diagram.bay_view import bay_drawing
from hmi.diagram.shapes import (
    Caption,
    Conductor,
    Diagram,
    Place,
    Side,
    StationKind,
    StationSymbol,
    SwitchSymbol,
    shifted,
)
from hmi.diagram.single_line import single_line
from hmi.site_model import SiteModel
from models.drawing import Drawing, DrawnSymbol

CELL = 40.0
"""Scene units of one cell of the drawing's grid."""
STATION_GAP = 4 * CELL

_KINDS = {
    "PTR": StationKind.TRANSFORMER,
    "CTR": StationKind.CURRENT_TRANSFORMER,
    "VTR": StationKind.VOLTAGE_TRANSFORMER,
    "IFL": StationKind.INFEED,
    "LIN": StationKind.LINE_END,
    "CAB": StationKind.LINE_END,
    "GIL": StationKind.LINE_END,
    "GEN": StationKind.GENERATOR,
    "SMC": StationKind.GENERATOR,
    "BAT": StationKind.BATTERY,
    "CON": StationKind.CONVERTER,
    "MOT": StationKind.MOTOR,
    "PMP": StationKind.MOTOR,
    "FAN": StationKind.MOTOR,
    "CAP": StationKind.CAPACITOR,
    "REA": StationKind.REACTOR,
    "EFN": StationKind.REACTOR,
    "PSH": StationKind.REACTOR,
    "SAR": StationKind.ARRESTER,
    "AXN": StationKind.LOAD,
    "earth": StationKind.EARTH,
}
"""Types that are not listed stand as boxes with their name."""

_QUIET = frozenset({"CTR", "VTR", "SAR", "earth"})
"""Types without a caption of their own: the picture stays readable."""


def station_diagram(model: SiteModel, station: str) -> Diagram:
    """As the station's SCD draws it, else bays side by side."""
    drawing = model.drawings.get(station)
    return single_line(model, station) if drawing is None else drawn(model, drawing)


def small_diagram(model: SiteModel, station: str, element: str) -> Diagram:
    """As station_diagram, but of a drawn station only the bay of the element."""
    drawing = model.drawings.get(station)
    return single_line(model, station) if drawing is None else drawn(model, bay_drawing(drawing, element))


def overview(model: SiteModel) -> Diagram | None:
    """All stations side by side, for a grid that is known station by station; None where lines join feeders."""
    if not model.network.topology_only or model.network.lines:
        return None
    shown = [station_diagram(model, station) for station in model.stations]
    left, moved = 0.0, []
    for each in shown:
        x0, _, x1, _ = each.bounds()
        moved.append(shifted(each, left - x0))
        left += x1 - x0 + STATION_GAP
    return Diagram(
        conductors=tuple(conductor for each in moved for conductor in each.conductors),
        stations=tuple(symbol for each in moved for symbol in each.stations),
        switches=tuple(switch for each in moved for switch in each.switches),
        pitch=2 * CELL,
        captions=tuple(caption for each in moved for caption in each.captions),
        always_detailed=True,
    )


def drawn(model: SiteModel, drawing: Drawing) -> Diagram:
    """Switches that the model does not know (their terminals are not told) stand as boxes."""
    others = [each for each in drawing.symbols if each.element not in model.switches or each.type == "earth"]
    return Diagram(
        conductors=tuple(Conductor(each.node, tuple(map(_at, each.points)), each.bus) for each in drawing.traces),
        stations=(*_joints(drawing), *(_station(each) for each in others)),
        switches=tuple(
            _switch(model, each) for each in drawing.symbols if each.element in model.switches and each.type != "earth"
        ),
        pitch=2 * CELL,
        captions=tuple(_captions(model, drawing)),
        always_detailed=True,
    )


def _at(point: Place) -> Place:
    return point[0] * CELL, point[1] * CELL


def _joints(drawing: Drawing) -> Iterator[StationSymbol]:
    for node, at in drawing.joints:
        yield StationSymbol("", StationKind.JOINT, _at(at), node)


def _station(symbol: DrawnSymbol) -> StationSymbol:
    kind = _KINDS.get(symbol.type, StationKind.BOX)
    leads_to = "" if symbol.type == "earth" else symbol.element
    return StationSymbol("", kind, _at(symbol.at), symbol.node, leads_to, symbol.lies)


def _switch(model: SiteModel, symbol: DrawnSymbol) -> SwitchSymbol:
    switch = model.switches[symbol.element]
    x, y = _at(symbol.at)
    end = (x + CELL, y) if symbol.lies else (x, y + CELL)
    return SwitchSymbol(switch.id, switch.kind, ((x, y), end), 0.0, model.normally_open(switch))


def _captions(model: SiteModel, drawing: Drawing) -> Iterator[Caption]:
    for symbol in drawing.symbols:
        if symbol.type not in _QUIET:
            side = Side.BELOW if symbol.lies else Side.RIGHT
            yield Caption(symbol.element.rpartition("/")[2], _at(symbol.at), side)
    for label in drawing.labels:
        if label.text not in _transformers(drawing):
            yield Caption(label.text, _at(label.at), Side.LEFT)


def _transformers(drawing: Drawing) -> frozenset[str]:
    """Their names stand beside their symbols already."""
    return frozenset(each.element.rpartition("/")[2] for each in drawing.symbols if each.type == "PTR")
