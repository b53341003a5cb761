"""The second step of a decision, in the panel itself: a question, the way back, and a button elsewhere that confirms.

Where a phrase is given it has to be repeated letter by letter before the button works. Enter confirms nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from hmi.widgets.command_button import CommandButton
from hmi.widgets.labels import ToneLabel


class PhraseEdit(QLineEdit):
    """A line that swallows Enter, so that it never reaches anything that acts."""

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()
            return
        super().keyPressEvent(event)


class Confirmation(QFrame):
    """Hidden until `ask`. Only one question at a time: a new one replaces the old one, unanswered."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("frame", "box")
        self._phrase = ""
        self._confirmed: Callable[[], None] = lambda: None
        self.question = ToneLabel(tone="title", wrap=True)
        self.edit = PhraseEdit(self)
        self.back = CommandButton("Back", self)
        self.confirm = CommandButton("", self, weighty=True)
        self._lay_out()
        self.edit.textChanged.connect(self._enable)
        self.back.clicked.connect(self.close_question)
        self.confirm.clicked.connect(self._confirm)
        self.hide()

    @property
    def asking(self) -> bool:
        return not self.isHidden()

    def ask(self, question: str, verb: str, confirmed: Callable[[], None], phrase: str = "") -> None:
        """confirmed is called once, when the button is clicked; phrase: what must be typed before, '' for nothing."""
        self._phrase, self._confirmed = phrase, confirmed
        self.question.setText(question)
        self.confirm.setText(verb)
        self.edit.clear()
        self.edit.setVisible(bool(phrase))
        self.edit.setPlaceholderText(f"type {phrase}")
        self._enable()
        self.show()

    def close_question(self) -> None:
        """Nothing is done."""
        self._confirmed = lambda: None
        self.hide()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.back)
        row.addStretch(1)
        row.addWidget(self.confirm)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 6)
        layout.addWidget(self.question)
        layout.addWidget(self.edit)
        layout.addLayout(row)

    def _enable(self) -> None:
        self.confirm.setEnabled(self.edit.text().strip() == self._phrase)

    def _confirm(self) -> None:
        confirmed = self._confirmed
        self.close_question()
        confirmed()
