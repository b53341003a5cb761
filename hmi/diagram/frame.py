"""One diagram as it is painted: what has room at this zoom, in which order, where everything stands on the screen."""

from __future__ import annotations

from math import dist

from PyQt6.QtCore import QRect, QRectF, Qt
from PyQt6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QTransform

from hmi.diagram.camera import Camera
from hmi.diagram.conductors import ConductorLayer
from hmi.diagram.labels import AROUND, Name, Occupied, place_names
from hmi.diagram.legend import paint_legend
from hmi.diagram.looks import Looks
from hmi.diagram.shapes import Caption, Conductor, Diagram, Place, Side, StationKind, StationSymbol, SwitchSymbol, along
from hmi.diagram.symbols import STATION_PX, PlacedSwitch, SymbolPainter
from hmi.grid_state import GridState, Passage
from models.network.elements import SwitchKind
from models.point import Dbpos

DETAIL_PX = 46.0  # pitch on the screen from which every switch has room
NAMES_PX = 13.0  # pitch on the screen from which names are worth trying
ARMED_PX = 34.0
SELECTED_STATION_PX, SELECTED_SWITCH_PX = 20.0, 24.0
_CAPTION_RADIUS_PX = {Side.RIGHT: 10.0, Side.LEFT: 10.0, Side.ABOVE: 7.0, Side.BELOW: 10.0}


class Frame:
    """Paints `diagram`; conductors are regrouped only when `state_changed` was called."""

    def __init__(self, diagram: Diagram, looks: Looks, state: GridState) -> None:
        self.diagram = diagram
        self._looks, self._state = looks, state
        self._conductors = ConductorLayer(diagram, looks)
        self._stale = True
        self._symbols = {each.switch: each for each in diagram.switches}
        self._places: dict[str, Place] = {each.switch: each.at for each in diagram.switches}
        named = ((each.name or each.leads_to, each.at) for each in diagram.stations)
        self._places.update((name, at) for name, at in named if name)
        for conductor in diagram.conductors:
            self._places.setdefault(conductor.element, conductor.points[len(conductor.points) // 2])

    def state_changed(self) -> None:
        self._stale = True

    def place_of(self, element: str) -> Place | None:
        """Where an element, or else its station, stands in the scene."""
        return self._places.get(element) or self._places.get(element.partition("/")[0])

    def screen_of(self, switch: str, camera: Camera) -> Place | None:
        symbol = self._symbols.get(switch)
        return None if symbol is None else _placed(symbol, camera).at

    def targets(self, camera: Camera) -> tuple[list[tuple[str, Place]], list[tuple[str, Place]]]:
        """Switches and stations that can be picked: those that are painted."""
        switches = [(each.symbol.switch, each.at) for each in self._shown(camera, "")]
        stations = ((each.name or each.leads_to, each.at) for each in self.diagram.stations)
        return switches, [(name, camera.to_screen(at)) for name, at in stations if name]

    def paint(self, painter: QPainter, area: QRect, camera: Camera, selected: str, font: QFont, legend: bool) -> None:
        if self._stale:
            self._conductors.rebuild(self._state)
            self._stale = False
        painter.fillRect(area, QColor(self._looks.theme.ground))
        transform = QTransform(camera.scale, 0, 0, camera.scale, camera.shift_x, camera.shift_y)
        self._conductors.paint(painter, transform, self._state.fault_zone, selected)
        stations = [(each, camera.to_screen(each.at)) for each in self.diagram.stations]
        switches = self._shown(camera, selected)
        self._paint_symbols(SymbolPainter(painter, self._looks, self._state), stations, switches, selected)
        self._paint_names(painter, area, camera, selected, font)
        tags = [(each.at, self._state.tags(each.symbol.switch)) for each in switches]
        tags += [(at, self._state.tags(each.name) or self._state.tags(each.element)) for each, at in stations]
        tags += [(camera.to_screen(_middle(each)), self._state.tags(each.element)) for each in self.diagram.conductors]
        SymbolPainter(painter, self._looks, self._state).tags([tag for tag in tags if tag[1]], _sized(font, 0.85, True))
        if legend:
            paint_legend(painter, area, self._looks, self.diagram, camera, font)

    def outline(self, painter: QPainter, at: Place) -> None:
        """Around a switch that is about to be operated."""
        SymbolPainter(painter, self._looks, self._state).selection(at, ARMED_PX)

    def _paint_symbols(
        self,
        symbols: SymbolPainter,
        stations: list[tuple[StationSymbol, Place]],
        switches: list[PlacedSwitch],
        selected: str,
    ) -> None:
        symbols.stations(stations)
        symbols.rings([each.at for each in switches if self._away(each.symbol)])
        symbols.switches(switches)
        symbols.indications(switches)
        for placed in switches:
            if placed.symbol.switch == selected:
                symbols.selection(placed.at, SELECTED_SWITCH_PX)
        for station, at in stations:
            if station.name and station.name == selected:
                symbols.selection(at, SELECTED_STATION_PX + 8 * (station.kind is StationKind.PRIMARY))

    # -- names

    def _paint_names(self, painter: QPainter, area: QRect, camera: Camera, selected: str, font: QFont) -> None:
        occupied = Occupied(QRectF(area))
        for station in self.diagram.stations:
            occupied.add_square(camera.to_screen(station.at), STATION_PX[station.kind] / 2)
        for placed in self._shown(camera, selected):
            occupied.add_square(placed.at, 7)
        for conductor in self.diagram.conductors:
            places = [camera.to_screen(place) for place in conductor.points]
            for start, end in zip(places, places[1:], strict=False):
                occupied.add_segment(start, end)
        names = self._names(camera, selected)
        for name, box in place_names(names, occupied, QFontMetricsF(_sized(font))):
            painter.setFont(_sized(font, bold=name.bold))
            painter.setPen(QColor(self._looks.theme.ink if name.bold else self._looks.theme.muted))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name.text)

    def _names(self, camera: Camera, selected: str) -> list[Name]:
        """Captions first, then primary substations and the selected station, then the rest if there is room at all."""
        room = self.diagram.pitch * camera.scale >= NAMES_PX
        stations = [each for each in self.diagram.stations if each.name]
        first = [each for each in stations if each.kind is StationKind.PRIMARY or each.name == selected]
        rest = [each for each in stations if room and each not in first]
        return [
            *(_caption(each, camera, drawn=self.diagram.always_detailed) for each in self.diagram.captions),
            *(_name(each, camera, bold=True) for each in first),
            *(_name(each, camera, bold=False) for each in rest),
        ]

    # -- level of detail

    def _shown(self, camera: Camera, selected: str) -> list[PlacedSwitch]:
        """All switches when there is room; else breakers and whatever is not simply closed."""
        everything = self.diagram.always_detailed or self.diagram.pitch * camera.scale >= DETAIL_PX
        return [
            _placed(each, camera)
            for each in self.diagram.switches
            if everything or each.switch == selected or self._notable(each)
        ]

    def _notable(self, symbol: SwitchSymbol) -> bool:
        return (
            symbol.kind is SwitchKind.BREAKER
            or symbol.normally_open
            or self._state.position(symbol.switch) is not Dbpos.ON
            or self._state.passage(symbol.switch) is not Passage.NONE
            or bool(self._state.tags(symbol.switch))
        )

    def _away(self, symbol: SwitchSymbol) -> bool:
        if symbol.normally_open is None:
            return False
        return self._state.position(symbol.switch) is (Dbpos.ON if symbol.normally_open else Dbpos.OFF)


def _middle(conductor: Conductor) -> Place:
    """Of its longest straight part, where letters stand apart from those of its ends."""
    parts = zip(conductor.points, conductor.points[1:], strict=False)
    start, end = max(parts, key=lambda part: dist(*part), default=(conductor.points[0],) * 2)
    return (start[0] + end[0]) / 2, (start[1] + end[1]) / 2


def _placed(symbol: SwitchSymbol, camera: Camera) -> PlacedSwitch:
    place, towards = along(symbol.path, symbol.offset_px / camera.scale, symbol.largest_share)
    return PlacedSwitch(symbol, camera.to_screen(place), towards)


def _name(station: StationSymbol, camera: Camera, bold: bool) -> Name:
    return Name(station.name, camera.to_screen(station.at), STATION_PX[station.kind] / 2, bold=bold)


def _caption(caption: Caption, camera: Camera, drawn: bool) -> Name:
    """Of a drawn station: at another side where its own is taken, not at all where none is free at this zoom."""
    radius, own, at = _CAPTION_RADIUS_PX[caption.side], caption.side.value, camera.to_screen(caption.at)
    if not drawn:
        return Name(caption.text, at, radius, True, (own,), fixed=True)
    return Name(caption.text, at, radius, False, (own, *(each for each in AROUND if each != own)))


def _sized(font: QFont, scale: float = 1.0, bold: bool = False) -> QFont:
    result = QFont(font)
    result.setPointSizeF(font.pointSizeF() * 0.92 * scale)
    result.setBold(bold)
    return result
