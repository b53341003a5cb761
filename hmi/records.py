"""Disturbance records of the unit's devices, the newest first, and "Save as ..." for their octets."""

from __future__ import annotations

from PyQt6.QtCore import QItemSelectionModel, QModelIndex, pyqtSignal
from PyQt6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from hmi.record_download import RecordDownload
from hmi.record_note import RecordNote
from hmi.row_model import Row, RowModel
from hmi.site import Site
from hmi.widgets.columns import Column, table
from hmi.widgets.command_button import CommandButton
from hmi.widgets.labels import ToneLabel
from hmi.words import date_time_text, moment_text

COLUMNS = (
    Column("Device", 10),
    Column("Record", 16),
    Column("Fault (UTC)", 20),
    Column("Received (UTC)", 16),
    Column("Octets", 9),
    Column("Shows", 40),
    Column("SHA-256", 0),
)
SHORT_HASH = 12
_KINDS = {"cff": "COMTRADE", "zip": "archive"}


class RecordList(QWidget):
    """told(text): progress and outcome of a download, for the status line. trip_asked(sequence): of its event."""

    told = pyqtSignal(str)
    trip_asked = pyqtSignal(int)

    def __init__(self, site: Site, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._site = site
        self.download: RecordDownload | None = None
        self.model = RowModel(COLUMNS, self)
        self.view = table(self.model, COLUMNS, self)
        self.save = CommandButton("Save as ...", self)
        self.stop = CommandButton("Stop", self)
        self.trip = CommandButton("Its trip", self)
        self.line = ToneLabel(tone="muted")
        self._lay_out()
        self.save.clicked.connect(self._ask_place)
        self.stop.clicked.connect(self._stop)
        self.trip.clicked.connect(self._show_trip)
        self.view.doubleClicked.connect(lambda _: self._ask_place())
        selection = self.view.selectionModel()
        if selection is not None:
            selection.selectionChanged.connect(lambda *_: self._enable())
        site.records_changed.connect(self._refresh)
        site.link.state_changed.connect(lambda *_: self._enable())
        self._enable()

    @property
    def chosen(self) -> RecordNote | None:
        """The record of the row that is selected."""
        selection = self.view.selectionModel()
        rows = selection.selectedRows() if selection is not None else []
        key = self.model.key(rows[0].row()) if rows else ""
        return next((each for each in self._site.records if str(each.number) == key), None)

    def choose(self, number: int) -> None:
        """Select the row of a record, as a click would."""
        for row, each in enumerate(self.model.rows):
            if each.key == str(number):
                self.view.selectRow(row)

    def save_as(self, record: RecordNote, path: str) -> None:
        """Fetch it into a file; one at a time."""
        if self.download is not None and not self.download.over:
            self.told.emit("a record is being saved already; wait for it, or stop it")
            return
        self.download = RecordDownload(self._site.link, self._site.unit, record, path, self)
        self.download.progressed.connect(self._progressed)
        self.download.ended.connect(self._ended)
        self._progressed(0)
        self.download.start()
        self._enable()

    # -- what happens

    def _ask_place(self) -> None:
        record = self.chosen
        if record is None or not self.save.isEnabled():
            return
        dialog = QFileDialog(self, f"Disturbance record {record.number}", record.suggested_name)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.fileSelected.connect(lambda path: self.save_as(record, path))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _show_trip(self) -> None:
        record = self.chosen
        if record is not None and record.trip is not None:
            self.trip_asked.emit(record.trip.event)

    def _stop(self) -> None:
        if self.download is not None:
            self.download.stop()

    def _progressed(self, octets: int) -> None:
        if self.download is not None:
            record = self.download.record
            share = 100 * octets // record.octets if record.octets else 100
            self._say(f"record {record.number} of {record.link}: {octets:,} of {record.octets:,} octets ({share} %)")

    def _ended(self, saved: bool, words: str) -> None:
        if self.download is not None:
            record = self.download.record
            self._say(f"record {record.number} of {record.link}: {words}", "" if saved else "alarm")
            self.download.deleteLater()
            self.download = None
        self._enable()

    def _say(self, text: str, tone: str = "muted") -> None:
        self.line.say(text, tone)
        self.told.emit(text)

    # -- what is shown

    def _refresh(self) -> None:
        chosen = self.chosen
        self.model.replace([_row(record) for record in self._site.records])
        if chosen is not None:
            self._choose_again(chosen.number)
        if self.download is None:
            shown, count = len(self._site.records), self._site.record_count
            self.line.say(f"the newest {shown} of {count:,} records" if count > shown else "", "muted")
        self._enable()

    def _choose_again(self, number: int) -> None:
        """New records come on top: the selection stays with its record, not with its row."""
        selection = self.view.selectionModel()
        for row, each in enumerate(self.model.rows):
            if each.key == str(number) and selection is not None:
                how = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
                selection.select(self.model.index(row, 0, QModelIndex()), how)

    def _enable(self) -> None:
        busy = self.download is not None
        self.save.setEnabled(not busy and self.chosen is not None and self._site.link.live)
        self.stop.setEnabled(busy)
        self.trip.setEnabled(self.chosen is not None and self.chosen.trip is not None)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(4, 0, 4, 4)
        row.addWidget(self.save)
        row.addWidget(self.stop)
        row.addWidget(self.trip)
        row.addWidget(self.line, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view, 1)
        layout.addLayout(row)


def _row(record: RecordNote) -> Row:
    fault = "not told" if record.time_ns is None else date_time_text(record.time_ns)
    cells = (
        record.link,
        record.name,
        fault,
        moment_text(record.arrival_ns),
        f"{record.octets:,}",
        "" if record.trip is None else f"{record.trip.location}  {record.trip.text}",
        record.sha256[:SHORT_HASH],
    )
    kind = _KINDS.get(record.file.rpartition(".")[2], "as the device wrote it")
    tip = f"record {record.number}: {record.name}, {kind}\nSHA-256 {record.sha256}"
    return Row(str(record.number), cells, tip=tip)
