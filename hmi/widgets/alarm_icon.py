"""Alarm symbols: shape, number and outline by severity, so that colour is never the only sign."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFont, QIcon, QPainter, QPen, QPixmap, QPolygonF

from hmi.theme import Theme
from models.alarm import Severity

SIZE_PX = 16
_FILLS = {Severity.HIGH: "alarm_high", Severity.MEDIUM: "alarm_medium", Severity.LOW: "alarm_low"}
_NUMBERS = {Severity.HIGH: "1", Severity.MEDIUM: "2", Severity.LOW: "3"}


def alarm_icon(severity: Severity, theme: Theme) -> QIcon:
    """Triangle 1 (high), square 2 (medium), circle 3 (low); nothing for information."""
    pixmap = QPixmap(2 * SIZE_PX, 2 * SIZE_PX)  # twice the size, so that it stays sharp when scaled
    pixmap.fill(Qt.GlobalColor.transparent)
    if severity in _FILLS:
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(2, 2)
        paint_alarm(painter, QRectF(0, 0, SIZE_PX, SIZE_PX), severity, theme)
        painter.end()
    return QIcon(pixmap)


def paint_alarm(painter: QPainter, area: QRectF, severity: Severity, theme: Theme) -> None:
    """The symbol of an alarm severity inside a square."""
    painter.setPen(QPen(QColor(theme.outline), 1.3))
    painter.setBrush(QColor(getattr(theme, _FILLS[severity])))
    inner = area.adjusted(1, 1, -1, -1)
    if severity is Severity.HIGH:
        painter.drawPolygon(
            QPolygonF([QPointF(inner.center().x(), inner.top()), inner.bottomRight(), inner.bottomLeft()])
        )
    elif severity is Severity.MEDIUM:
        painter.drawRect(inner)
    else:
        painter.drawEllipse(inner)
    font = QFont(painter.font())
    font.setPixelSize(int(area.height() * 0.56))
    font.setBold(True)
    painter.setFont(font)
    painter.setPen(QColor(theme.on_alarm))
    lower = area.translated(0, area.height() * 0.12) if severity is Severity.HIGH else area
    painter.drawText(lower, Qt.AlignmentFlag.AlignCenter, _NUMBERS[severity])
