"""Symbols of equipment in single-line diagrams (after IEC 60617), in screen size around their middle."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QLineF, QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen, QPolygonF

from hmi.diagram.shapes import Place, StationKind
from hmi.theme import Theme

GLYPH_PX = {
    StationKind.CURRENT_TRANSFORMER: 11.0,
    StationKind.VOLTAGE_TRANSFORMER: 16.0,
    StationKind.INFEED: 14.0,
    StationKind.BATTERY: 12.0,
    StationKind.CONVERTER: 15.0,
    StationKind.MOTOR: 15.0,
    StationKind.CAPACITOR: 14.0,
    StationKind.REACTOR: 14.0,
    StationKind.ARRESTER: 13.0,
    StationKind.EARTH: 10.0,
    StationKind.BOX: 12.0,
}


def paint_glyph(painter: QPainter, theme: Theme, kind: StationKind, at: Place, colour: str, lies: bool) -> None:
    """colour: of its conductor. lies: turned by a quarter, terminals to the left and right."""
    painter.save()
    painter.translate(*at)
    if lies and kind not in _LETTERS:
        painter.rotate(-90.0)
    painter.setPen(QPen(QColor(theme.muted if kind is StationKind.EARTH else colour), 1.8))
    painter.setBrush(QColor(theme.ground))
    if kind in _LETTERS:
        _ring(painter, _LETTERS[kind])
    else:
        _GLYPHS[kind](painter)
    painter.restore()


def _ring(painter: QPainter, letter: str) -> None:
    painter.drawEllipse(QPointF(0, 0), 7.5, 7.5)
    painter.drawText(QRectF(-8, -8, 16, 16), Qt.AlignmentFlag.AlignCenter, letter)


def _current_transformer(painter: QPainter) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(QPointF(0, 0), 5.5, 5.5)


def _voltage_transformer(painter: QPainter) -> None:
    painter.drawEllipse(QPointF(0, -3.0), 4.5, 4.5)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(QPointF(0, 3.0), 4.5, 4.5)


def _infeed(painter: QPainter) -> None:
    painter.setBrush(painter.pen().color())
    painter.drawPolygon(QPolygonF([QPointF(-6, 5), QPointF(6, 5), QPointF(0, -6)]))


def _battery(painter: QPainter) -> None:
    painter.drawRect(QRectF(-8, -3, 16, 6))
    painter.drawLines(QLineF(-8, -3, 8, -3), QLineF(-4, 3, 4, 3))


def _capacitor(painter: QPainter) -> None:
    painter.fillRect(QRectF(-8, -2, 16, 4), painter.brush())
    painter.drawLines(QLineF(-8, -2.5, 8, -2.5), QLineF(-8, 2.5, 8, 2.5))


def _reactor(painter: QPainter) -> None:
    painter.drawArc(QRectF(-6.5, -6.5, 13, 13), 90 * 16, -270 * 16)
    painter.drawLine(QLineF(-6.5, 0, 0, 0))
    painter.drawLine(QLineF(0, 0, 0, -6.5))


def _arrester(painter: QPainter) -> None:
    painter.drawRect(QRectF(-4, -6.5, 8, 13))
    painter.drawLines(QLineF(0, -6, 0, 2), QLineF(0, 2, -2.5, -1.5), QLineF(0, 2, 2.5, -1.5))


def _earth(painter: QPainter) -> None:
    painter.drawLines(QLineF(0, -4, 0, 0), QLineF(-6, 0, 6, 0), QLineF(-4, 3, 4, 3), QLineF(-2, 6, 2, 6))


def _box(painter: QPainter) -> None:
    painter.drawRect(QRectF(-6, -6, 12, 12))


_LETTERS = {StationKind.MOTOR: "M", StationKind.CONVERTER: "≈"}

_GLYPHS: dict[StationKind, Callable[[QPainter], None]] = {
    StationKind.CURRENT_TRANSFORMER: _current_transformer,
    StationKind.VOLTAGE_TRANSFORMER: _voltage_transformer,
    StationKind.INFEED: _infeed,
    StationKind.BATTERY: _battery,
    StationKind.CAPACITOR: _capacitor,
    StationKind.REACTOR: _reactor,
    StationKind.ARRESTER: _arrester,
    StationKind.EARTH: _earth,
    StationKind.BOX: _box,
}
