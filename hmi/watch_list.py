"""Unexplained trips, and loops and parallels with the time that is left to them; a trip is explained by a statement.

The statement goes to the event list and the audit log with the person's name; the unit refuses whoever may not operate
there, and its reason is shown.
"""

from __future__ import annotations

from PyQt6.QtCore import QModelIndex, pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from hmi.row_model import Row, RowModel
from hmi.site import Site
from hmi.theme import Theme
from hmi.timer import timer
from hmi.watched import ParallelNote, TripNote
from hmi.widgets.columns import Column, table
from hmi.widgets.command_button import CommandButton
from hmi.widgets.confirmation import Confirmation, PhraseEdit
from hmi.widgets.labels import ToneLabel
from hmi.words import date_time_text
from models.wire.happenings import Answered
from models.wire.messages import Code

COLUMNS = (
    Column("What", 20),
    Column("Where", 30),
    Column("Since (UTC)", 24),
    Column("State", 0),
)
EXAMINED = "Trip.Examined"
SECOND_MS = 1000


class WatchList(QWidget):
    """picked(place): a row was double-clicked. counted: how many rows there are."""

    picked = pyqtSignal(str)
    counted = pyqtSignal(int)

    def __init__(self, site: Site, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._site, self._theme = site, theme
        self.model = RowModel(COLUMNS, self)
        self.view = table(self.model, COLUMNS, self)
        self.statement = PhraseEdit(self)
        self.statement.setPlaceholderText("what the examination of the protection has found")
        self.examined = CommandButton("Trip examined ...", self)
        self.confirmation = Confirmation(self)
        self.outcome = ToneLabel(tone="alarm", wrap=True)
        self._lay_out()
        self._second = timer(self, SECOND_MS, self._refresh)
        self.examined.clicked.connect(self._ask)
        self.statement.textChanged.connect(lambda _: self._changed())
        self.view.doubleClicked.connect(self._double_clicked)
        site.watched_changed.connect(self._changed)
        site.link.state_changed.connect(lambda *_: self._changed())
        self._changed()

    def _changed(self) -> None:
        may = self._site.may("operate") and bool(self._site.trips)
        self.statement.setEnabled(may)
        self.examined.setEnabled(may and bool(self.statement.text().strip()))
        if not may:
            self.confirmation.close_question()
        self._refresh()
        if self._site.parallels:
            self._second.start()
        else:
            self._second.stop()  # nothing runs down: an idle list costs nothing
        self.counted.emit(len(self.model.rows))

    def _refresh(self) -> None:
        self.model.replace([*map(self._trip, self._site.trips), *map(self._parallel, self._site.parallels)])

    def _trip(self, trip: TripNote) -> Row:
        state = "nobody closes onto it until it is examined (S10)"
        cells = ("unexplained trip", trip.feeder, date_time_text(trip.tripped_ns)[:19], state)
        return Row(trip.feeder, cells, self._theme.alarm_text)

    def _parallel(self, parallel: ParallelNote) -> Row:
        left_s = (parallel.until_ns - self._site.now_ns) // 1_000_000_000
        state = f"{left_s // 60}:{left_s % 60:02} min left (S8)" if left_s > 0 else "its time is over: open it (S8)"
        cells = ("loop or parallel", parallel.where, date_time_text(parallel.since_ns)[:19], state)
        return Row(parallel.where, cells, "" if left_s > 0 else self._theme.alarm_text)

    def _ask(self) -> None:
        row = max(self.view.currentIndex().row(), 0)
        trips = self._site.trips
        said = self.statement.text().strip()
        if row >= len(trips) or not said:
            self._tell("choose the trip that was examined")
            return
        feeder = trips[row].feeder
        self.outcome.hide()
        question = f"The trip of {feeder} is examined, found: {said}? It can be closed again; your name stands by it."
        self.confirmation.ask(question, "Trip examined", lambda: self._write(feeder, said))

    def _write(self, feeder: str, said: str) -> None:
        self._site.link.write(EXAMINED, feeder, said, self._answered)

    def _answered(self, answer: Answered) -> None:
        if answer.code is Code.OK:
            self.statement.clear()
            self.outcome.hide()
        else:
            self._tell(f"{answer.code.value}: {answer.text}")

    def _tell(self, text: str) -> None:
        self.outcome.setText(text)
        self.outcome.show()

    def _double_clicked(self, index: QModelIndex) -> None:
        self.picked.emit(self.model.key(index.row()))

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.statement, 1)
        row.addWidget(self.examined)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.view, self.outcome, self.confirmation):
            layout.addWidget(widget)
        layout.addLayout(row)
        self.outcome.hide()
