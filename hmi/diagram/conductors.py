"""Paints lines and busbars: one path for each look, so that thousands cost a handful of calls."""

from __future__ import annotations

from collections.abc import Iterable

from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF, QTransform

from hmi.diagram.looks import Looks
from hmi.diagram.shapes import Conductor, Diagram
from hmi.grid_state import GridState

ZONE_EDGE_PX, ZONE_FILL_PX, SELECTED_PX = 15.0, 11.0, 9.0


class ConductorLayer:
    """Paths in scene coordinates, rebuilt when energisation changes, not when the view moves."""

    def __init__(self, diagram: Diagram, looks: Looks) -> None:
        self._diagram, self._looks = diagram, looks
        self._polygons = [
            (conductor, QPolygonF([QPointF(*place) for place in conductor.points])) for conductor in diagram.conductors
        ]
        self._paths: list[tuple[QPen, QPainterPath]] = []

    def rebuild(self, state: GridState) -> None:
        grouped: dict[tuple[str, bool, bool], QPainterPath] = {}
        for conductor, polygon in self._polygons:
            key = (state.energisation(conductor.element), conductor.heavy, conductor.tie)
            grouped.setdefault(key, QPainterPath()).addPolygon(polygon)
        self._paths = [(self._looks.of(word).pen(heavy, tie), path) for (word, heavy, tie), path in grouped.items()]

    def paint(self, painter: QPainter, transform: QTransform, zone: frozenset[str], selected: str) -> None:
        painter.setWorldTransform(transform)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        theme = self._looks.theme
        faulted = self._path(conductor for conductor in self._diagram.conductors if conductor.element in zone)
        self._stroke(painter, faulted, theme.alarm_text, ZONE_EDGE_PX)
        self._stroke(painter, faulted, theme.alarm_high, ZONE_FILL_PX)
        chosen = self._path(conductor for conductor in self._diagram.conductors if conductor.element == selected)
        self._stroke(painter, chosen, theme.selected, SELECTED_PX)
        for pen, path in self._paths:
            painter.setPen(pen)
            painter.drawPath(path)
        painter.resetTransform()

    def _path(self, conductors: Iterable[Conductor]) -> QPainterPath:
        path = QPainterPath()
        for conductor in conductors:
            path.addPolygon(QPolygonF([QPointF(*place) for place in conductor.points]))
        return path

    def _stroke(self, painter: QPainter, path: QPainterPath, colour: str, width_px: float) -> None:
        if not path.isEmpty():
            pen = QPen(QColor(colour), width_px)
            pen.setCosmetic(True)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawPath(path)
