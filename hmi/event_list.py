"""The event list: every line that the unit has told, filtered by category, severity and text."""

from __future__ import annotations

from PyQt6.QtCore import QModelIndex, pyqtSignal
from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from hmi.event_model import COLUMNS, EventFilter, EventModel
from hmi.site import Site
from hmi.theme import Theme
from hmi.timer import timer
from hmi.widgets.columns import table
from hmi.widgets.command_button import CommandButton
from hmi.widgets.labels import ToneLabel
from models.alarm import Category, Severity

TYPING_MS = 200

_SEVERITIES = {
    "all severities": Severity.INFORMATION,
    "alarms": Severity.LOW,
    "medium and high": Severity.MEDIUM,
    "high": Severity.HIGH,
}


class EventList(QWidget):
    """picked(location): a line was double-clicked; the window goes to that object."""

    picked = pyqtSignal(str)
    record_asked = pyqtSignal(int)

    def __init__(self, site: Site, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = EventModel(theme, self)
        self._category = QComboBox(self)
        self._category.addItems(["all categories", *(category.value for category in Category)])
        self._severity = QComboBox(self)
        self._severity.addItems(list(_SEVERITIES))
        self._search = QLineEdit(self)
        self._search.setPlaceholderText("filter by location or text")
        self._search.setClearButtonEnabled(True)
        self._count = ToneLabel(tone="muted")
        self._typing = timer(self, TYPING_MS, self._filter, once=True)
        self.view = table(self.model, COLUMNS, self)
        self._site = site
        self.record = CommandButton("Its disturbance record", self)
        self.record.hide()
        self._lay_out()
        self._search.textChanged.connect(lambda _: self._typing.start())
        self._category.currentIndexChanged.connect(self._filter)
        self._severity.currentIndexChanged.connect(self._filter)
        self.view.doubleClicked.connect(self._double_clicked)
        self.record.clicked.connect(self._show_record)
        selection = self.view.selectionModel()
        if selection is not None:
            selection.selectionChanged.connect(lambda *_: self._offer_record())
        site.events_added.connect(self._add)
        site.records_changed.connect(self._records_changed)

    def search(self, text: str) -> None:
        """Filter by a text, as if typed."""
        self._search.setText(text)
        self._filter()

    def show_event(self, sequence: int) -> None:
        """Select a line, whatever is filtered; nothing for one that is no longer here."""
        self._category.setCurrentIndex(0)
        self._severity.setCurrentIndex(0)
        self.search("")
        row = self.model.row_of(sequence)
        if row is not None:
            self.view.selectRow(row)
            self.view.scrollTo(self.model.index(row, 0))

    def _records_changed(self) -> None:
        self.model.refer({each.trip.event: each.number for each in self._site.records if each.trip is not None})
        self._offer_record()

    def _chosen_record(self) -> int | None:
        row = self.view.currentIndex().row()
        return self.model.record(row) if 0 <= row < self.model.rowCount() else None

    def _offer_record(self) -> None:
        self.record.setVisible(self._chosen_record() is not None)

    def _show_record(self) -> None:
        number = self._chosen_record()
        if number is not None:
            self.record_asked.emit(number)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(6, 4, 6, 0)
        for widget in (self._category, self._severity):
            row.addWidget(widget)
        row.addWidget(self._search, 1)
        row.addWidget(self.record)
        row.addWidget(self._count)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(row)
        layout.addWidget(self.view)

    def _add(self, lines: object) -> None:
        if isinstance(lines, list):
            self.model.add(lines)
            self._tell_count()

    def _filter(self) -> None:
        category = self._category.currentText() if self._category.currentIndex() > 0 else ""
        severity = _SEVERITIES[self._severity.currentText()]
        self.model.filter(EventFilter(category, severity, self._search.text().strip()))
        self._tell_count()

    def _tell_count(self) -> None:
        shown, total = self.model.rowCount(), self.model.total
        self._count.say(f"{total} events" if shown == total else f"{shown} of {total} events", "muted")

    def _double_clicked(self, index: QModelIndex) -> None:
        self.picked.emit(self.model.line(index.row()).location)
