"""Paints stations, switches, fault indications and tags in screen size, batched by how they look.

Form tells the position, not colour: closed filled, open hollow, intermediate half filled, invalid an X.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import atan2, degrees

from PyQt6.QtCore import QLineF, QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFont, QPainter, QPen, QPolygonF

from hmi.diagram.glyphs import GLYPH_PX, paint_glyph
from hmi.diagram.looks import Looks
from hmi.diagram.shapes import Place, StationKind, StationSymbol, SwitchSymbol
from hmi.grid_state import GridState, Passage
from models.network.elements import SwitchKind
from models.point import Dbpos

SIZE_PX = {
    SwitchKind.BREAKER: 13.0,
    SwitchKind.LOAD_BREAK_SWITCH: 9.0,
    SwitchKind.DISCONNECTOR: 9.0,
    SwitchKind.EARTHING_SWITCH: 9.0,
}
DIAMONDS = (SwitchKind.DISCONNECTOR, SwitchKind.EARTHING_SWITCH)
STATION_PX = {
    StationKind.PRIMARY: 16.0,
    StationKind.STATION: 7.0,
    StationKind.JOINT: 3.0,
    StationKind.LINE_END: 9.0,
    StationKind.LOAD: 9.0,
    StationKind.GENERATOR: 15.0,
    StationKind.TRANSFORMER: 20.0,
    **GLYPH_PX,
}
ARROW_PX, TAG_PX, RING_PX = 9.0, 14.0, 7.0


@dataclass(frozen=True, slots=True)
class PlacedSwitch:
    """at: screen pixels. towards: unit vector away from the station."""

    symbol: SwitchSymbol
    at: Place
    towards: Place

    @property
    def size(self) -> float:
        return SIZE_PX[self.symbol.kind]


class SymbolPainter:
    """One frame's worth of symbols; places are screen pixels."""

    def __init__(self, painter: QPainter, looks: Looks, state: GridState) -> None:
        self._painter, self._looks, self._state = painter, looks, state
        self._theme = looks.theme

    # -- stations

    def stations(self, placed: Sequence[tuple[StationSymbol, Place]]) -> None:
        """Dead ones hollow, primary substations as large squares, joints as dots."""
        discs: dict[tuple[str, bool], list[tuple[Place, float]]] = defaultdict(list)
        for station, at in placed:
            word = self._state.energisation(station.element)
            paint = _SHAPES.get(station.kind)
            if station.kind in GLYPH_PX:
                paint_glyph(self._painter, self._theme, station.kind, at, self._looks.of(word).colour, station.lies)
            elif station.kind is StationKind.TRANSFORMER and station.lies:
                self._circles(at, self._looks.of(word).colour, (-4.0, 4.0), lies=True)
            elif paint is not None:
                paint(self, at, self._looks.of(word).colour)
            else:
                discs[self._looks.of(word).colour, word == "dead"].append((at, STATION_PX[station.kind]))
        for (colour, hollow), places in discs.items():
            self._painter.setPen(QPen(QColor(colour), 1.5))
            self._painter.setBrush(QColor(self._theme.ground if hollow else colour))
            for (x, y), size in places:
                self._painter.drawEllipse(QPointF(x, y), size / 2, size / 2)

    def primary(self, at: Place, colour: str) -> None:
        """A primary substation."""
        self._painter.setBrush(QColor(self._theme.ground))
        for size, width in ((STATION_PX[StationKind.PRIMARY], 2.5), (STATION_PX[StationKind.PRIMARY] - 8, 1.5)):
            self._painter.setPen(QPen(QColor(colour), width))
            self._painter.drawRect(_square(at, size))

    def downwards(self, at: Place, colour: str) -> None:
        """A line that leaves the station."""
        x, y = at
        self._painter.setPen(QPen(QColor(colour), 1.5))
        self._painter.setBrush(QColor(colour))
        self._painter.drawPolygon(QPolygonF([QPointF(x - 6, y - 4), QPointF(x + 6, y - 4), QPointF(x, y + 6)]))

    def load(self, at: Place, colour: str) -> None:
        """A load: the station's transformer and what is behind it."""
        x, y = at
        self._painter.setPen(QPen(QColor(colour), 1.8))
        self._painter.setBrush(QColor(self._theme.ground))
        self._painter.drawPolygon(QPolygonF([QPointF(x - 6, y - 4), QPointF(x + 6, y - 4), QPointF(x, y + 6)]))

    def generator(self, at: Place, colour: str) -> None:
        """Generation behind the busbar."""
        self._circles(at, colour, (0.0,))
        self._painter.drawText(_square(at, 16), Qt.AlignmentFlag.AlignCenter, "G")

    def transformer(self, at: Place, colour: str) -> None:
        """A power transformer, two windings."""
        self._circles(at, colour, (-4.0, 4.0))

    def _circles(self, at: Place, colour: str, places: tuple[float, ...], lies: bool = False) -> None:
        self._painter.setPen(QPen(QColor(colour), 1.8))
        self._painter.setBrush(QColor(self._theme.ground))
        for place in places:
            x, y = (place, 0.0) if lies else (0.0, place)
            self._painter.drawEllipse(QPointF(at[0] + x, at[1] + y), 7.5, 7.5)
            self._painter.setBrush(Qt.BrushStyle.NoBrush)

    # -- switches

    def switches(self, placed: Sequence[PlacedSwitch]) -> None:
        pen = QPen(QColor(self._theme.ink), 1.6)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        self._painter.setPen(pen)
        for position in Dbpos:
            chosen = [each for each in placed if self._state.position(each.symbol.switch) is position]
            self._outlines(chosen, self._theme.ink if position is Dbpos.ON else self._theme.field)
            _INNER[position](self, chosen)

    def _outlines(self, placed: Sequence[PlacedSwitch], fill: str) -> None:
        self._painter.setBrush(QColor(fill))
        squares = [_square(each.at, each.size) for each in placed if each.symbol.kind not in DIAMONDS]
        if squares:
            self._painter.drawRects(*squares)
        for each in placed:
            if each.symbol.kind in DIAMONDS:
                self._painter.drawPolygon(_diamond(each.at, each.size + 3))

    def nothing(self, placed: Sequence[PlacedSwitch]) -> None:
        """Closed and open are told by the fill alone."""

    def half(self, placed: Sequence[PlacedSwitch]) -> None:
        """Intermediate: the lower half filled."""
        self._painter.setBrush(QColor(self._theme.ink))
        for each in placed:
            box = _square(each.at, each.size)
            self._painter.drawRect(QRectF(box.left(), each.at[1], box.width(), box.height() / 2))

    def cross(self, placed: Sequence[PlacedSwitch]) -> None:
        """Invalid: an X over the symbol."""
        lines = []
        for each in placed:
            (x, y), half = each.at, each.size / 2 + 1
            lines += [QLineF(x - half, y - half, x + half, y + half), QLineF(x - half, y + half, x + half, y - half)]
        if lines:
            self._painter.drawLines(*lines)

    # -- what is abnormal

    def rings(self, places: Sequence[Place]) -> None:
        """Around switches away from the normal diagram."""
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((self._theme.outline, 4.0), (self._theme.alarm_low, 2.0)):
            self._painter.setPen(QPen(QColor(colour), width))
            for x, y in places:
                self._painter.drawEllipse(QPointF(x, y), RING_PX + 2.5, RING_PX + 2.5)

    def selection(self, at: Place, size: float) -> None:
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        self._painter.setPen(QPen(QColor(self._theme.selected), 3.0))
        self._painter.drawRect(_square(at, size))

    def indications(self, placed: Sequence[PlacedSwitch]) -> None:
        """An arrow beside the switch in the direction in which the fault current went."""
        self._painter.setPen(QPen(QColor(self._theme.outline), 1.4))
        self._painter.setBrush(QColor(self._theme.alarm_high))
        for each in placed:
            passage = self._state.passage(each.symbol.switch)
            dx, dy = each.towards
            side = (each.at[0] - dy * 14, each.at[1] + dx * 14)
            if passage & (Passage.FORWARD | Passage.EARTH_FORWARD):
                self._arrow(side, (dx, dy))
            if passage & (Passage.REVERSE | Passage.EARTH_REVERSE):
                self._arrow(side, (-dx, -dy))

    def _arrow(self, at: Place, towards: Place) -> None:
        self._painter.save()
        self._painter.translate(*at)
        self._painter.rotate(degrees(atan2(towards[1], towards[0])))
        corners = [
            QPointF(ARROW_PX, 0),
            QPointF(-ARROW_PX / 2, ARROW_PX * 0.7),
            QPointF(-ARROW_PX / 2, -ARROW_PX * 0.7),
        ]
        self._painter.drawPolygon(QPolygonF(corners))
        self._painter.restore()

    def tags(self, placed: Sequence[tuple[Place, str]], font: QFont) -> None:
        """A label with one letter for each tag, beside the element on the side away from names."""
        self._painter.setFont(font)
        for (x, y), letters in placed:
            box = QRectF(x - 12 - TAG_PX * len(letters), y - 12 - TAG_PX, TAG_PX * len(letters), TAG_PX)
            self._painter.setPen(QPen(QColor(self._theme.outline), 1.2))
            self._painter.setBrush(QColor(self._theme.alarm_medium))
            self._painter.drawRoundedRect(box, 2, 2)
            self._painter.setPen(QColor(self._theme.on_alarm))
            self._painter.drawText(box, Qt.AlignmentFlag.AlignCenter, letters)


_INNER = {
    Dbpos.OFF: SymbolPainter.nothing,
    Dbpos.ON: SymbolPainter.nothing,
    Dbpos.INTERMEDIATE: SymbolPainter.half,
    Dbpos.BAD: SymbolPainter.cross,
}


_SHAPES = {
    StationKind.PRIMARY: SymbolPainter.primary,
    StationKind.LINE_END: SymbolPainter.downwards,
    StationKind.LOAD: SymbolPainter.load,
    StationKind.GENERATOR: SymbolPainter.generator,
    StationKind.TRANSFORMER: SymbolPainter.transformer,
}


def _square(at: Place, size: float) -> QRectF:
    return QRectF(at[0] - size / 2, at[1] - size / 2, size, size)


def _diamond(at: Place, size: float) -> QPolygonF:
    x, y = at
    half = size / 2
    return QPolygonF([QPointF(x, y - half), QPointF(x + half, y), QPointF(x, y + half), QPointF(x - half, y)])
