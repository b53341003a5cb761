"""What is set aside for commissioning, listed at all times, and the point-to-point test that goes on.

Who, why, until when; ended after a second step.
"""

from __future__ import annotations

from PyQt6.QtCore import QModelIndex, pyqtSignal
from PyQt6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from hmi.commissioning_note import SetAside
from hmi.point_test_panel import PointTestPanel
from hmi.row_model import Row, RowModel
from hmi.site import Site
from hmi.theme import Theme
from hmi.widgets.columns import Column, table
from hmi.widgets.command_button import CommandButton
from hmi.widgets.confirmation import Confirmation
from hmi.widgets.labels import ToneLabel
from models.wire.happenings import Answered
from models.wire.messages import Code

COLUMNS = (
    Column("What", 20),
    Column("Where", 34),
    Column("By", 12),
    Column("State", 26),
    Column("Reason", 0),
)


class CommissioningList(QWidget):
    """picked(place): a row was double-clicked. A table of `Site.set_aside`."""

    picked = pyqtSignal(str)

    def __init__(self, site: Site, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._site = site
        self.points, self.parts = PointTestPanel(site, theme), QTabWidget(self)
        self.model = RowModel(COLUMNS, self)
        self.view = table(self.model, COLUMNS, self)
        self.end = CommandButton("End ...", self)
        self.confirmation = Confirmation(self)
        self.outcome = ToneLabel(tone="alarm", wrap=True)
        self._lay_out()
        self.end.clicked.connect(self._ask)
        self.view.doubleClicked.connect(self._double_clicked)
        site.set_aside_changed.connect(self._refresh)
        site.link.state_changed.connect(lambda *_: self._refresh())

    def _lay_out(self) -> None:
        listed = QWidget(self)
        column = QVBoxLayout(listed)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.view, self.outcome, self.confirmation, self.end):
            column.addWidget(widget)
        self.parts.addTab(listed, "Set aside")
        self.parts.addTab(self.points, "Point-to-point test")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.parts)
        self.outcome.hide()

    def _refresh(self) -> None:
        present = list(self._site.set_aside.values())
        self.model.replace(
            [Row(each.key, (each.what, each.place, each.holder, each.state, each.reason)) for each in present]
        )
        may = self._site.may("operate") and bool(present)
        if not may:
            self.confirmation.close_question()
        self.end.setEnabled(may)

    def _ask(self) -> None:
        row = max(self.view.currentIndex().row(), 0)
        chosen = self._site.set_aside.get(self.model.key(row)) if row < len(self.model.rows) else None
        if chosen is not None:
            question = f"End: {chosen.what} of {chosen.place} by {chosen.holder}?"
            self.confirmation.ask(question, "End", lambda: self._end(chosen))

    def _end(self, chosen: SetAside) -> None:
        self._site.link.write(chosen.variable, chosen.location or self._site.unit, chosen.value, self._answered)

    def _answered(self, answer: Answered) -> None:
        self.outcome.setVisible(answer.code is not Code.OK)
        self.outcome.setText("" if answer.code is Code.OK else f"{answer.code.value}: {answer.text}")

    def _double_clicked(self, index: QModelIndex) -> None:
        chosen = self._site.set_aside.get(self.model.key(index.row()))
        if chosen is not None:
            self.picked.emit(chosen.location or chosen.place)
