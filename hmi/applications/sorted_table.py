"""A read-only table that a click on a heading sorts, with a tone for each cell; the first order is that of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PyQt6.QtCore import QModelIndex, QObject, Qt
from PyQt6.QtGui import QColor, QFont
from PyQt6.QtWidgets import QTableView, QWidget

from hmi.theme import Theme
from hmi.widgets.columned_model import ColumnedModel
from hmi.widgets.columns import Column, table

NOT_SORTED = -1
_FILLS = ("alarm_high", "alarm_medium", "alarm_low")
"""Tones that fill a cell; others ('muted', 'alarm_text') colour its text."""


@dataclass(frozen=True, slots=True)
class Cell:
    """rank: what it is sorted by, None: its text. tone: a token of the theme, '' for the normal one."""

    text: str
    rank: float | None = None
    tone: str = ""
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    key: str
    cells: tuple[Cell, ...]
    bold: bool = False


class SortedModel(ColumnedModel[Line]):
    """`replace` keeps the sorting that an operator has chosen."""

    def __init__(self, columns: Sequence[Column], theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(columns, parent)
        self._theme = theme
        self._told: list[Line] = []
        self._by, self._order = NOT_SORTED, Qt.SortOrder.AscendingOrder

    @property
    def lines(self) -> tuple[Line, ...]:
        """As shown."""
        return tuple(self._shown)

    def head(self, titles: Sequence[str]) -> None:
        """Other headings over the same number of columns."""
        columns = tuple(Column(title, each.width) for title, each in zip(titles, self._columns, strict=True))
        if columns != self._columns:
            self._columns = columns
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(columns) - 1)

    def replace(self, lines: Sequence[Line]) -> None:
        """The first order is theirs."""
        if (lines := list(lines)) == self._told:
            return
        self._told = lines
        shown = self._sorted()
        if [line.key for line in shown] == [line.key for line in self._shown] and shown:
            self._shown = shown
            self.dataChanged.emit(self.index(0, 0), self.index(len(shown) - 1, len(self._columns) - 1))
            return
        self.beginResetModel()
        self._shown = shown
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._by, self._order = column, order
        self.beginResetModel()
        self._shown = self._sorted()
        self.endResetModel()

    def _sorted(self) -> list[Line]:
        by = self._by
        if not 0 <= by < len(self._columns):
            return list(self._told)
        falling = self._order is Qt.SortOrder.DescendingOrder
        return sorted(self._told, key=lambda line: _rank(line.cells[by]), reverse=falling)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> str | QColor | QFont | None:
        line = self._shown[index.row()]
        cell = line.cells[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return cell.text
        if role == Qt.ItemDataRole.ToolTipRole:
            return cell.tip or cell.text
        if role == Qt.ItemDataRole.ForegroundRole and cell.tone:
            return QColor(self._theme.on_alarm if cell.tone in _FILLS else getattr(self._theme, cell.tone))
        if role == Qt.ItemDataRole.BackgroundRole and cell.tone in _FILLS:
            return QColor(getattr(self._theme, cell.tone))
        if role == Qt.ItemDataRole.FontRole and line.bold:
            font = QFont()
            font.setBold(True)
            return font
        return None


def sorted_table(model: SortedModel, columns: Sequence[Column], parent: QWidget | None = None) -> QTableView:
    """Not sorted before somebody asks for it."""
    view = table(model, columns, parent)
    header = view.horizontalHeader()
    if header is not None:
        header.setSortIndicator(NOT_SORTED, Qt.SortOrder.AscendingOrder)
        header.setSectionsClickable(True)
    view.setSortingEnabled(True)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
    return view


def fit_rows(view: QTableView, rows: int) -> None:
    """As high as its heading and so many rows."""
    header = view.horizontalHeader()
    top = header.sizeHint().height() if header is not None else 0
    view.setFixedHeight(top + rows * (view.fontMetrics().height() + 6) + 4)


def _rank(cell: Cell) -> tuple[int, float, str]:
    """Numbers before texts; what has neither comes last."""
    if cell.rank is not None:
        return (0, cell.rank, "")
    return (1, 0.0, cell.text)
