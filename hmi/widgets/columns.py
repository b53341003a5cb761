"""Tables as the HMI shows them: fixed rows, no vertical header, column widths in characters, no sorting proxy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PyQt6.QtCore import QAbstractItemModel, Qt
from PyQt6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QVBoxLayout, QWidget


@dataclass(frozen=True, slots=True)
class Column:
    """width: in characters of the font; 0 = takes the rest."""

    title: str
    width: int


def table(model: QAbstractItemModel, columns: Sequence[Column], parent: QWidget | None = None) -> QTableView:
    """A view whose rows have the font's height; widths are set once, never computed from contents (that costs)."""
    view = QTableView(parent)
    view.setModel(model)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    view.setShowGrid(False)
    view.setWordWrap(False)
    view.setTabKeyNavigation(False)
    rows = view.verticalHeader()
    if rows is not None:
        rows.setVisible(False)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(view.fontMetrics().height() + 6)
    header = view.horizontalHeader()
    if header is not None:
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        character = view.fontMetrics().horizontalAdvance("n")
        for index, column in enumerate(columns):
            if column.width:
                header.resizeSection(index, column.width * character + 12)
            else:
                header.setSectionResizeMode(index, QHeaderView.ResizeMode.Stretch)
    return view


def fill(widget: QWidget, model: QAbstractItemModel, columns: Sequence[Column]) -> None:
    """A widget that is a table and nothing else."""
    layout = QVBoxLayout(widget)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(table(model, columns, widget))
