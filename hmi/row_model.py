"""A small read-only table of rows that are replaced as a whole, for lists of some hundred lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PyQt6.QtCore import QModelIndex, Qt
from PyQt6.QtGui import QColor, QFont

from hmi.widgets.columned_model import ColumnedModel


@dataclass(frozen=True, slots=True)
class Row:
    """key: what the row stands for. colour: of its text, '' for the normal one. tip: instead of the cell's text."""

    key: str
    cells: tuple[str, ...]
    colour: str = ""
    bold: bool = False
    tip: str = ""


class RowModel(ColumnedModel[Row]):
    """`replace` keeps the view's place when only contents have changed."""

    def replace(self, rows: Sequence[Row]) -> None:
        rows = list(rows)
        if rows == self._shown:
            return
        if [row.key for row in rows] == [row.key for row in self._shown]:
            self._shown = rows
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(self._columns) - 1))
            return
        self.beginResetModel()
        self._shown = rows
        self.endResetModel()

    def key(self, row: int) -> str:
        return self._shown[row].key

    @property
    def rows(self) -> tuple[Row, ...]:
        return tuple(self._shown)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> str | QColor | QFont | None:
        row = self._shown[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.cells[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.tip or row.cells[index.column()]
        if role == Qt.ItemDataRole.ForegroundRole and row.colour:
            return QColor(row.colour)
        if role == Qt.ItemDataRole.FontRole and row.bold:
            font = QFont()
            font.setBold(True)
            return font
        return None
