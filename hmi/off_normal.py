"""Switches away from the released normal diagram, listed at all times (SAFETY S24)."""

from __future__ import annotations

from PyQt6.QtCore import QModelIndex, pyqtSignal
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from hmi.grid_state import GridState
from hmi.row_model import Row, RowModel
from hmi.site import Site
from hmi.widgets.columns import Column, table
from hmi.words import KINDS, POSITIONS, date_time_text

COLUMNS = (
    Column("Switch", 24),
    Column("Position", 14),
    Column("Normally", 12),
    Column("Since (UTC)", 24),
    Column("Kind", 0),
)


class OffNormalList(QWidget):
    """picked(switch): a row was double-clicked. count: how many there are."""

    picked = pyqtSignal(str)
    counted = pyqtSignal(int)

    def __init__(self, site: Site, state: GridState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._site, self._state = site, state
        self._shown: list[str] = []
        self.model = RowModel(COLUMNS, self)
        view = table(self.model, COLUMNS, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(view)
        view.doubleClicked.connect(self._double_clicked)
        state.changed.connect(self._refresh)

    def _refresh(self) -> None:
        switches = self._state.off_normal()
        if switches != self._shown:
            self._shown = switches
            self.model.replace([self._row(switch) for switch in switches])
            self.counted.emit(len(switches))

    def _row(self, switch: str) -> Row:
        model = self._site.model
        if model is None:
            return Row(switch, (switch, "", "", "", ""))
        element = model.switches[switch]
        instance = self._site.mirror.get(model.positions[switch])
        since = date_time_text(instance.time_ns) if instance else ""
        normally = "open" if element.normally_open else "closed"
        return Row(switch, (switch, POSITIONS[self._state.position(switch)], normally, since, KINDS[element.kind]))

    def _double_clicked(self, index: QModelIndex) -> None:
        self.picked.emit(self.model.key(index.row()))
