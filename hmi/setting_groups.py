"""The active setting group of each device, and its switching in two steps (SGCB of IEC 61850-7-2)."""

from __future__ import annotations

from PyQt6.QtCore import QModelIndex
from PyQt6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from hmi.regulated import RegulatedPoint
from hmi.regulating_panel import RegulatingPanel
from hmi.row_model import Row, RowModel
from hmi.site import Site
from hmi.theme import Theme
from hmi.widgets.columns import Column, table
from hmi.widgets.labels import ToneLabel
from hmi.words import moment_text, quality_words
from models.point import PointName

ACTIVE_GROUP = ".ActSG"
COLUMNS = (
    Column("Device", 30),
    Column("Active group", 14),
    Column("Groups", 8),
    Column("Since (UTC)", 18),
    Column("Quality", 0),
)
PANEL_PX = 430


class SettingGroupList(QWidget):
    """A table of what the model calls regulated and is an active group; a chosen row is switched beside it."""

    def __init__(self, site: Site, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._site, self._theme = site, theme
        self.model = RowModel(COLUMNS, self)
        self.view = table(self.model, COLUMNS, self)
        self.panel = RegulatingPanel(site, self)
        self.panel.setFixedWidth(PANEL_PX)
        self.hint = ToneLabel("No device has setting groups.", "muted", wrap=True)
        column = QVBoxLayout()
        column.addWidget(self.panel)
        column.addWidget(self.hint)
        column.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 4, 0)
        layout.addWidget(self.view, 1)
        layout.addLayout(column)
        self.view.clicked.connect(self._clicked)
        site.model_changed.connect(self._model_changed)
        site.mirror.changed.connect(self._values_changed)

    @property
    def points(self) -> list[RegulatedPoint]:
        """Active setting groups, by place."""
        model = self._site.model
        found = [] if model is None else [each for each in model.regulated.values() if _is_group(each.name)]
        return sorted(found, key=lambda each: each.name)

    def _model_changed(self) -> None:
        shown = None if self.panel.point is None else self.panel.point.name
        self.panel.show_point(next((each for each in self.points if each.name == shown), None))
        self.hint.setText("Choose a device to switch its group." if self.points else "No device has setting groups.")
        self._refresh()

    def _values_changed(self, names: frozenset[PointName]) -> None:
        if any(_is_group(name) for name in names):
            self._refresh()

    def _refresh(self) -> None:
        self.model.replace([self._row(point) for point in self.points])

    def _row(self, point: RegulatedPoint) -> Row:
        instance = self._site.mirror.get(point.name)
        groups = "" if point.greatest is None else f"{point.greatest:g}"
        if instance is None:
            cells = (point.name.location, "not known", groups, "", "no value from the field")
            return Row(str(point.name), cells, self._theme.alarm_text)
        doubt = quality_words(instance.quality)
        cells = (point.name.location, str(instance.value), groups, moment_text(instance.time_ns), doubt)
        return Row(str(point.name), cells, self._theme.alarm_text if doubt else "")

    def _clicked(self, index: QModelIndex) -> None:
        key = self.model.key(index.row())
        self.panel.show_point(next((each for each in self.points if str(each.name) == key), None))


def _is_group(name: PointName) -> bool:
    return name.variable.endswith(ACTIVE_GROUP)
