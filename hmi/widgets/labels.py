"""Labels in the tones of the style sheet, and boxes."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QMouseEvent, QResizeEvent
from PyQt6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget


class ToneLabel(QLabel):
    """tone: '', 'title', 'muted' or 'alarm'; text is plain and can be selected."""

    def __init__(self, text: str = "", tone: str = "", parent: QWidget | None = None, wrap: bool = False) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        self.setProperty("tone", tone)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def say(self, text: str, tone: str = "") -> None:
        """Change text and tone; nothing is restyled when the tone stays."""
        self.setText(text)
        if self.property("tone") != tone:
            self.setProperty("tone", tone)
            style = self.style()
            if style is not None:
                style.unpolish(self)
                style.polish(self)


class ClickLabel(ToneLabel):
    """clicked: it leads to more about what it says; it operates nothing."""

    clicked = pyqtSignal()

    def __init__(self, text: str = "", tone: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, tone, parent)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        self.clicked.emit()


class ElidedLabel(ToneLabel):
    """One line that is as wide as its place; what has no room ends in dots, and the tip tells all of it."""

    def __init__(self, text: str = "", tone: str = "", parent: QWidget | None = None) -> None:
        super().__init__("", tone, parent)
        self._whole = text
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._elide()

    @property
    def whole(self) -> str:
        """What it says, with or without room for it."""
        return self._whole

    def say(self, text: str, tone: str = "") -> None:
        self._whole = text
        super().say(text, tone)
        self._elide()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width()))
        self.setToolTip(self._whole)


def box(parent: QWidget | None = None) -> QFrame:
    """A framed area on the ground of tables."""
    frame = QFrame(parent)
    frame.setProperty("frame", "box")
    return frame
