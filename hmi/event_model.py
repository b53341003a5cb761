"""The event list as a table model: newest first, filtered in the model itself, new lines inserted in batches.

A proxy model over this many Python rows freezes the window (measured), a comprehension over the lines does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PyQt6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt
from PyQt6.QtGui import QColor, QIcon

from hmi.reports import EventLine
from hmi.theme import Theme
from hmi.widgets.alarm_icon import alarm_icon
from hmi.widgets.columns import Column
from hmi.words import date_time_text
from models.alarm import Severity

KEPT = 100_000
DROP = 10_000  # dropped at once when KEPT is passed, so that trimming is rare

COLUMNS = (
    Column("", 3),
    Column("Time (UTC)", 21),
    Column("Marks", 7),
    Column("Category", 11),
    Column("Location", 18),
    Column("Event", 0),
)


@dataclass(frozen=True, slots=True)
class EventFilter:
    """category '' = all; lowest severity shown; text is searched in location and event, ignoring case."""

    category: str = ""
    severity: Severity = Severity.INFORMATION
    text: str = ""

    def chosen(self, lines: Sequence[EventLine]) -> list[EventLine]:
        """The lines that pass, in the same order."""
        if self == EventFilter():
            return list(lines)
        needle, category, severity = self.text.casefold(), self.category, self.severity
        return [
            line
            for line in lines
            if line.severity >= severity
            and (not category or line.category == category)
            and (not needle or needle in line.text.casefold() or needle in line.location.casefold())
        ]


class EventModel(QAbstractTableModel):
    """Row 0 is the newest line."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lines: list[EventLine] = []  # oldest first, so that appending is cheap
        self._shown: list[EventLine] = []
        self._filter = EventFilter()
        self._records: dict[int, int] = {}
        self._colours = {Severity.HIGH: QColor(theme.alarm_text)}
        self._icons = {severity: alarm_icon(severity, theme) for severity in Severity}

    def add(self, lines: Sequence[EventLine]) -> None:
        """Take new lines, in any order of sequence."""
        if not lines:
            return
        if self._lines and lines[0].sequence < self._lines[-1].sequence:
            self._merge(lines)
            return
        self._lines.extend(lines)
        fresh = self._filter.chosen(lines)
        if fresh:
            self.beginInsertRows(QModelIndex(), 0, len(fresh) - 1)
            self._shown.extend(fresh)
            self.endInsertRows()
        if len(self._lines) > KEPT:
            self._reset(self._lines[DROP:])

    def filter(self, chosen: EventFilter) -> None:
        self._filter = chosen
        self._reset(self._lines)

    def line(self, row: int) -> EventLine:
        return self._shown[-1 - row]

    def refer(self, records: Mapping[int, int]) -> None:
        """Disturbance records by the sequence of the trip that they show."""
        if records != self._records:
            self._records = dict(records)
            last = self.index(max(len(self._shown) - 1, 0), len(COLUMNS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def record(self, row: int) -> int | None:
        """Number of the disturbance record of the line in this row."""
        return self._records.get(self.line(row).sequence)

    def row_of(self, sequence: int) -> int | None:
        """Where a line is shown now."""
        found = (row for row in range(len(self._shown)) if self.line(row).sequence == sequence)
        return next(found, None)

    @property
    def total(self) -> int:
        return len(self._lines)

    def _merge(self, lines: Sequence[EventLine]) -> None:
        """Lines older than what is there: after a lost link, or the answer to the first query."""
        self._reset(sorted([*self._lines, *lines], key=lambda line: line.sequence)[-KEPT:])

    def _reset(self, lines: list[EventLine]) -> None:
        self.beginResetModel()
        self._lines = lines
        self._shown = self._filter.chosen(lines)
        self.endResetModel()

    # -- Qt's model interface

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._shown)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | None:
        wanted = orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return COLUMNS[section].title if wanted else None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> str | QColor | QIcon | None:
        line = self._shown[-1 - index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            record = self._records.get(line.sequence) if index.column() == _TEXT else None
            return _TEXTS[index.column()](line) + (f"  [disturbance record {record}]" if record is not None else "")
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._colours.get(line.severity)
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0:
            return self._icons[line.severity]
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{_TEXTS[1](line)}  {line.location}\n{line.text}"
        return None


_TEXT = len(COLUMNS) - 1
_TEXTS = (
    lambda line: "",
    lambda line: date_time_text(line.time_ns),
    lambda line: "" if line.has_source_time else "arrival",
    lambda line: line.category,
    lambda line: line.location,
    lambda line: line.text,
)
