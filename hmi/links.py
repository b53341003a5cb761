"""Link health: every link of the unit, the broken ones first, with reason and since when."""

from __future__ import annotations

from PyQt6.QtWidgets import QVBoxLayout, QWidget

from hmi.row_model import Row, RowModel
from hmi.site import Site
from hmi.theme import Theme
from hmi.widgets.columns import Column, table
from hmi.words import date_time_text

COLUMNS = (
    Column("State", 8),
    Column("Link", 16),
    Column("Protocol", 12),
    Column("Since (UTC)", 24),
    Column("Reason", 0),
)


class LinkList(QWidget):
    """A table of `Site.links`."""

    def __init__(self, site: Site, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._site, self._theme = site, theme
        self.model = RowModel(COLUMNS, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(table(self.model, COLUMNS, self))
        site.links_changed.connect(self._refresh)

    def _refresh(self) -> None:
        ordered = sorted(self._site.links.values(), key=lambda link: (link.up, link.name))
        self.model.replace(
            [
                Row(
                    link.name,
                    ("up" if link.up else "DOWN", link.name, link.protocol, date_time_text(link.since_ns), link.reason),
                    "" if link.up else self._theme.alarm_text,
                )
                for link in ordered
            ]
        )
