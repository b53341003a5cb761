"""A few facts that a person states before something is written. Cancel, Escape or a closed window state nothing.

The dialog stays open beside everything else that goes on (values, alarms), and Enter confirms nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PyQt6.QtWidgets import QComboBox, QDialog, QDoubleSpinBox, QFormLayout, QHBoxLayout, QVBoxLayout, QWidget

from hmi.widgets.command_button import CommandButton
from hmi.widgets.confirmation import PhraseEdit
from hmi.widgets.labels import ToneLabel

WIDTH_PX = 440
MOST_TEXT = 200


@dataclass(frozen=True, slots=True)
class Text:
    """required: without it nothing can be confirmed."""

    label: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """Words to value, the first one chosen."""

    label: str
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Number:
    """The label names the unit."""

    label: str
    present: float
    least: float
    greatest: float


Asked = Text | Choice | Number
Said = Mapping[str, str | float]
"""What was stated, by the keys of what was asked."""


class FormDialog(QDialog):
    """One question at a time; a new one replaces the old one, unanswered."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fields: dict[str, tuple[Asked, QWidget]] = {}
        self._confirmed: Callable[[Said], None] = _nothing
        self.title = ToneLabel(tone="title", wrap=True)
        self.cancel = CommandButton("Cancel", self)
        self.confirm = CommandButton("", self, weighty=True)
        self._form = QFormLayout()
        row = QHBoxLayout()
        row.addWidget(self.cancel)
        row.addStretch(1)
        row.addWidget(self.confirm)
        layout = QVBoxLayout(self)
        layout.addWidget(self.title)
        layout.addLayout(self._form)
        layout.addLayout(row)
        self.setMinimumWidth(WIDTH_PX)
        self.cancel.clicked.connect(self.reject)
        self.confirm.clicked.connect(self._confirm)
        self.rejected.connect(self._forget)

    def ask(self, title: str, verb: str, asked: Mapping[str, Asked], confirmed: Callable[[Said], None]) -> None:
        """confirmed is called once, with everything that is required, when the button `verb` is clicked; else never."""
        self._confirmed = confirmed
        self.title.setText(title)
        self.setWindowTitle(verb)
        self.confirm.setText(verb)
        self._clear()
        for key, each in asked.items():
            widget = self._widget(each)
            self._fields[key] = (each, widget)
            self._form.addRow(f"{each.label} *" if isinstance(each, Text) and each.required else each.label, widget)
        self._enable()
        self.show()

    @property
    def keys(self) -> tuple[str, ...]:
        """Of what is asked now."""
        return tuple(self._fields)

    def field(self, key: str) -> QWidget:
        """The editor of what was asked under this key."""
        return self._fields[key][1]

    def _clear(self) -> None:
        self._fields = {}
        while self._form.rowCount():
            self._form.removeRow(0)

    def _widget(self, asked: Asked) -> QWidget:
        if isinstance(asked, Text):
            return self._text()
        if isinstance(asked, Choice):
            return self._choice(asked)
        number = QDoubleSpinBox(self)
        number.setRange(asked.least, asked.greatest)
        number.setValue(asked.present)
        return number

    def _text(self) -> PhraseEdit:
        edit = PhraseEdit(self)
        edit.setMaxLength(MOST_TEXT)
        edit.textChanged.connect(lambda _: self._enable())
        return edit

    def _choice(self, asked: Choice) -> QComboBox:
        box = QComboBox(self)
        for words, value in asked.options.items():
            box.addItem(words, value)
        return box

    def _enable(self) -> None:
        said = self._said()
        required = (key for key, (each, _) in self._fields.items() if isinstance(each, Text) and each.required)
        self.confirm.setEnabled(all(said[key] for key in required))

    def _said(self) -> dict[str, str | float]:
        return {key: _value(widget) for key, (_, widget) in self._fields.items()}

    def _confirm(self) -> None:
        confirmed, said = self._confirmed, self._said()
        self._forget()
        self.accept()
        confirmed(said)

    def _forget(self) -> None:
        self._confirmed = _nothing


def _nothing(said: Said) -> None:
    """Nothing is done."""


def _value(widget: QWidget) -> str | float:
    if isinstance(widget, QComboBox):
        return str(widget.currentData())
    if isinstance(widget, QDoubleSpinBox):
        return widget.value()
    return widget.text().strip() if isinstance(widget, PhraseEdit) else ""
