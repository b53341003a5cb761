"""A button that only a deliberate click operates: no Enter, no Space, no default, no auto-repeat."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeyEvent, QMouseEvent
from PyQt6.QtWidgets import QPushButton, QWidget


class CommandButton(QPushButton):
    """weighty: it operates the process, and looks like it."""

    def __init__(self, text: str, parent: QWidget | None = None, weighty: bool = False) -> None:
        super().__init__(text, parent)
        self.setAutoDefault(False)
        self.setDefault(False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        if weighty:
            self.setProperty("weight", "operate")

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None:
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent | None) -> None:
        if event is not None:
            event.ignore()

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """The second click of a double click is not a decision."""
        if event is not None:
            event.accept()
