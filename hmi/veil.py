"""The veil over a window whose data are not live: hatched, with the time at which everything froze."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QObject, QRectF, Qt
from PyQt6.QtGui import QBrush, QColor, QFont, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QWidget

from hmi.theme import Theme
from hmi.words import date_time_text

HATCH_ALPHA = 110
BOX_WIDTH_PX, TOP_PX = 620.0, 110.0


class Veil(QWidget):
    """Covers its parent and lets the mouse through: one may still look around, commands are barred by the panels."""

    def __init__(self, parent: QWidget, theme: Theme) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lines = ("", "")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        parent.installEventFilter(self)
        self.hide()

    @property
    def frozen_text(self) -> str:
        return " ".join(self._lines)

    def freeze(self, since_ns: int, reason: str) -> None:
        """since_ns: when the unit was last heard (UTC), 0 = never."""
        when = f"values frozen at {date_time_text(since_ns)} UTC" if since_ns else "nothing received yet"
        self._lines = (f"NO LIVE DATA: {when}", reason)
        self._cover()
        self.show()
        self.raise_()
        self.update()

    def lift(self) -> None:
        self.hide()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if event is not None and event.type() is QEvent.Type.Resize:
            self._cover()
        return super().eventFilter(watched, event)

    def _cover(self) -> None:
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())

    def paintEvent(self, _event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        hatch = QColor(self._theme.hatch)
        hatch.setAlpha(HATCH_ALPHA)
        painter.fillRect(self.rect(), QBrush(hatch, Qt.BrushStyle.BDiagPattern))
        box = QRectF((self.width() - BOX_WIDTH_PX) / 2, TOP_PX, BOX_WIDTH_PX, self.fontMetrics().height() * 3.6)
        painter.setPen(QPen(QColor(self._theme.hatch), 2))
        painter.setBrush(QColor(self._theme.field))
        painter.drawRect(box)
        self._write(painter, box)
        painter.end()

    def _write(self, painter: QPainter, box: QRectF) -> None:
        upper, lower = box.adjusted(8, 4, -8, -box.height() / 2), box.adjusted(8, box.height() / 2, -8, -4)
        bold = QFont(self.font())
        bold.setBold(True)
        painter.setFont(bold)
        painter.setPen(QColor(self._theme.alarm_text))
        painter.drawText(upper, Qt.AlignmentFlag.AlignCenter, self._lines[0])
        painter.setFont(self.font())
        painter.setPen(QColor(self._theme.ink))
        elided = painter.fontMetrics().elidedText(self._lines[1], Qt.TextElideMode.ElideRight, int(lower.width()))
        painter.drawText(lower, Qt.AlignmentFlag.AlignCenter, elided)
