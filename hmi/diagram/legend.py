"""The legend of a diagram in its lower left corner: what lines mean, what symbols mean, and a scale of length."""

from __future__ import annotations

from math import floor, log10

from PyQt6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PyQt6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from hmi.diagram.camera import Camera
from hmi.diagram.looks import Looks
from hmi.diagram.shapes import Diagram

SAMPLE_PX, GAP_PX, BAR_PX = 26.0, 14.0, 140.0
MARGIN_PX = 10.0


def paint_legend(painter: QPainter, area: QRect, looks: Looks, diagram: Diagram, camera: Camera, font: QFont) -> None:
    """One row of line samples and words, and for maps a bar of a round length."""
    small = QFont(font)
    small.setPointSizeF(font.pointSizeF() * 0.9)
    painter.setFont(small)
    metrics = QFontMetricsF(small)
    baseline = area.bottom() - MARGIN_PX - metrics.descent()
    band = QRectF(area.left(), area.bottom() - metrics.height() - 2 * MARGIN_PX + 4, area.width(), area.height())
    painter.fillRect(band, QColor(looks.theme.ground))
    x = float(area.left()) + MARGIN_PX
    middle = baseline - metrics.ascent() * 0.35
    for word, look in looks.legend():
        painter.setPen(look.pen())
        painter.drawLine(QLineF(x, middle, x + SAMPLE_PX, middle))
        painter.setPen(QColor(looks.theme.muted))
        painter.drawText(QPointF(x + SAMPLE_PX + 5, baseline), word)
        x += SAMPLE_PX + 5 + metrics.horizontalAdvance(word) + GAP_PX
    x = _switch_samples(painter, looks, metrics, x, middle, baseline)
    if diagram.metres_per_unit is not None and x + BAR_PX + 80 < area.right():
        _scale_bar(painter, area, looks, camera.scale / diagram.metres_per_unit, metrics, baseline)


def _switch_samples(
    painter: QPainter, looks: Looks, metrics: QFontMetricsF, x: float, middle: float, baseline: float
) -> float:
    for word, filled in (("closed", True), ("open", False)):
        painter.setPen(QPen(QColor(looks.theme.ink), 1.6))
        painter.setBrush(QColor(looks.theme.ink if filled else looks.theme.field))
        painter.drawRect(QRectF(x, middle - 4.5, 9, 9))
        painter.setPen(QColor(looks.theme.muted))
        painter.drawText(QPointF(x + 14, baseline), word)
        x += 14 + metrics.horizontalAdvance(word) + GAP_PX
    return x


def _scale_bar(
    painter: QPainter, area: QRect, looks: Looks, px_per_m: float, metrics: QFontMetricsF, baseline: float
) -> None:
    length_m = _round_length(BAR_PX / px_per_m)
    text = f"{length_m / 1000:g} km" if length_m >= 1000 else f"{length_m:g} m"
    right = area.right() - MARGIN_PX
    left = right - length_m * px_per_m
    painter.setPen(QPen(QColor(looks.theme.muted), 1.5))
    corners = (left, baseline - 5), (left, baseline), (right, baseline), (right, baseline - 5)
    painter.drawPolyline(QPolygonF([QPointF(*corner) for corner in corners]))
    box = QRectF(left, baseline - 4 - metrics.height(), right - left, metrics.height())
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def _round_length(length_m: float) -> float:
    """The largest 1, 2 or 5 times a power of ten that is not longer."""
    decade = 10.0 ** floor(log10(max(length_m, 1e-3)))
    return next(factor * decade for factor in (5.0, 2.0, 1.0) if factor * decade <= length_m)
