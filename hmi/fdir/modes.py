"""Modes of FDIR: the rule of the unit, the rule of each feeder, and what is effective (the lower of both)."""

from __future__ import annotations

from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from hmi.row_model import Row, RowModel
from hmi.site import Site
from hmi.widgets.columns import Column, table
from hmi.widgets.command_button import CommandButton
from hmi.widgets.confirmation import Confirmation
from hmi.widgets.labels import ToneLabel
from models.wire.happenings import Answered
from models.wire.messages import Code

COLUMNS = (Column("Unit, feeders", 22), Column("Rule", 13), Column("Effective", 0))
RULES = ("disabled", "manual", "automatic")
MAX_ROWS = 6


class ModesPanel(QWidget):
    """A rule is set for the chosen row, after a second step; what is shown is what the unit tells."""

    def __init__(self, site: Site, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._site = site
        self.model = RowModel(COLUMNS, self)
        self.view = table(self.model, COLUMNS, self)
        self.rule = QComboBox(self)
        self.rule.addItems(RULES)
        self.set = CommandButton("Set rule ...", self)
        self.confirmation = Confirmation(self)
        self.outcome = ToneLabel(tone="alarm", wrap=True)
        self._lay_out()
        self.set.clicked.connect(self._ask)
        site.status_changed.connect(self.refresh)
        site.link.state_changed.connect(lambda *_: self.refresh())

    def refresh(self) -> None:
        status = self._site.status
        if status is not None:
            rows = [Row(self._site.unit, (f"unit {self._site.unit}", status.mode, status.mode), bold=True)]
            rows += [Row(bay, (bay, each.mode, each.effective)) for bay, each in sorted(status.feeders.items())]
            self.model.replace(rows)
            self._fit_height(len(rows))
        self.set.setEnabled(self._site.may("operate"))
        if not self._site.link.live:
            self.confirmation.close_question()

    def _fit_height(self, rows: int) -> None:
        header = self.view.horizontalHeader()
        top = header.sizeHint().height() if header is not None else 0
        self.view.setFixedHeight(top + min(rows, MAX_ROWS) * (self.view.fontMetrics().height() + 6) + 4)

    def _ask(self) -> None:
        row, rule = max(self.view.currentIndex().row(), 0), self.rule.currentText()
        if row < self.model.rowCount():
            place = self.model.key(row)
            self.confirmation.ask(
                f"Set FDIR of {place} to '{rule}'?", f"Set to {rule}", lambda: self._write(place, rule)
            )

    def _write(self, place: str, rule: str) -> None:
        self._site.link.write("FDIR.Mode", place, rule, self._answered)

    def _answered(self, answer: Answered) -> None:
        self.outcome.setVisible(answer.code is not Code.OK)
        self.outcome.setText(f"{answer.code.value}: {answer.text}")

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(ToneLabel("Rule for the chosen row", "muted"))
        row.addWidget(self.rule, 1)
        row.addWidget(self.set)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view)
        layout.addLayout(row)
        layout.addWidget(self.confirmation)
        layout.addWidget(self.outcome)
        self.outcome.hide()
