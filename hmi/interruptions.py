"""Interruptions of supply, the newest first, with the indices of this month; a person may state another cause [OP3]."""

from __future__ import annotations

from PyQt6.QtCore import QModelIndex, pyqtSignal
from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from hmi.interruption_note import CAUSES, STATE, InterruptionNote
from hmi.row_model import Row, RowModel
from hmi.site import Site
from hmi.widgets.columns import Column, table
from hmi.widgets.command_button import CommandButton
from hmi.widgets.labels import ToneLabel
from hmi.words import duration_text, moment_text, power_text
from models.wire.cbor import WireValue
from models.wire.happenings import Answered
from models.wire.messages import Code

COLUMNS = (
    Column("Since (UTC)", 17),
    Column("Lasted", 8),
    Column("Cause", 12),
    Column("Where", 13),
    Column("Customers", 13),
    Column("Load", 8),
    Column("Not supplied", 11),
    Column("Why", 0),
)


class InterruptionList(QWidget):
    """picked(bay): a row was double-clicked. counted(n): so many last now."""

    picked = pyqtSignal(str)
    counted = pyqtSignal(int)

    def __init__(self, site: Site, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._site = site
        self.model = RowModel(COLUMNS, self)
        self.view = table(self.model, COLUMNS, self)
        self.months, self.outcome = ToneLabel("", "muted", wrap=True), ToneLabel(tone="alarm", wrap=True)
        self.cause, self.words = QComboBox(self), QLineEdit(self)
        self.cause.addItems(CAUSES)
        self.words.setPlaceholderText("how you know the cause, in words")
        self.state = CommandButton("State cause", self)
        self._lay_out()
        self._connect()
        self.refresh()

    @property
    def chosen(self) -> InterruptionNote | None:
        """Of the row that is selected."""
        row = self.view.currentIndex().row()
        key = self.model.key(row) if 0 <= row < len(self.model.rows) else ""
        return next((each for each in self._site.interruptions if each.id == key), None)

    def refresh(self) -> None:
        site = self._site
        self.model.replace([_row(each, site.now_ns) for each in site.interruptions])
        self.months.setText("\n".join(map(str, site.reliability)))
        self.counted.emit(sum(each.until_ns is None for each in site.interruptions))
        self._enable()

    def _connect(self) -> None:
        site = self._site
        site.interruptions_changed.connect(self.refresh)
        site.link.state_changed.connect(lambda *_: self._enable())
        self.words.textChanged.connect(lambda _: self._enable())
        self.state.clicked.connect(self._state)
        self.view.doubleClicked.connect(self._double_clicked)
        selection = self.view.selectionModel()
        if selection is not None:
            selection.currentChanged.connect(lambda *_: self._enable())

    def _enable(self) -> None:
        chosen = self.chosen is not None and bool(self.words.text().strip())
        self.state.setEnabled(chosen and self._site.may("operate"))

    def _state(self) -> None:
        chosen = self.chosen
        if chosen is None:
            return
        value: dict[str, WireValue] = {"cause": self.cause.currentText(), "text": self.words.text().strip()}
        place = f"{self._site.unit}/interruptions/{chosen.id}"
        self._site.link.write(STATE, place, value, self._answered)

    def _answered(self, answer: Answered) -> None:
        done = answer.code is Code.OK
        self.outcome.setVisible(not done)
        self.outcome.setText("" if done else f"{answer.code.value}: {answer.text}")
        if done:
            self.words.clear()

    def _double_clicked(self, index: QModelIndex) -> None:
        chosen = self.chosen
        if chosen is not None and chosen.feeder:
            self.picked.emit(chosen.feeder)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(4, 0, 4, 4)
        row.addWidget(self.cause)
        row.addWidget(self.words, 1)
        row.addWidget(self.state)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.months)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.outcome)
        layout.addLayout(row)
        self.outcome.hide()


def _row(note: InterruptionNote, now_ns: int) -> Row:
    lasts = note.until_ns is None
    lasted = duration_text((now_ns if note.until_ns is None else note.until_ns) - note.since_ns)
    critical = f", {note.critical_customers:,} critical" if note.critical_customers else ""
    cells = (
        moment_text(note.since_ns),
        "in doubt" if note.in_doubt else "lasts" if lasts else lasted,
        f"{note.cause} *" if note.stated_by else note.cause,
        note.feeder,
        f"{note.customers:,}{critical}",
        power_text(note.power_w),
        f"{note.energy_wh / 1e3:,.1f} kWh",
        note.explanation,
    )
    back = [f"{moment_text(at_ns)}  {customers:,} customers back" for at_ns, customers in note.stages]
    stated = [f"cause stated by {note.stated_by}"] if note.stated_by else []
    return Row(note.id, cells, bold=lasts, tip="\n".join([note.id, *back, *stated, note.explanation]))
