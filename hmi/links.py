"""Link health: every link of the unit, the broken ones first, with what it has counted, reason and since when."""

from __future__ import annotations

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QWidget

from hmi.counters import details, missed_reports, number_text, oddities, security
from hmi.reports import LinkHealth
from hmi.row_model import Row, RowModel
from hmi.site import Site
from hmi.theme import Theme
from hmi.timer import timer
from hmi.widgets.columns import Column, fill
from hmi.words import duration_text, moment_text

COLUMNS = (
    Column("State", 6),
    Column("Link", 11),
    Column("Protocol", 8),
    Column("For", 9),
    Column("Connections", 11),
    Column("Events", 7),
    Column("Reports", 7),
    Column("Missed", 6),
    Column("TLS", 9),
    Column("Oddities", 8),
    Column("Reason", 0),
)
REFRESH_MS = 500
"""Counters of a thousand links come all the time; the table is made anew at most so often."""


class LinkList(QWidget):
    """A table of `Site.links`. The tip of a row tells every counter. counted(number): links that are down."""

    counted = pyqtSignal(int)

    def __init__(self, site: Site, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._site, self._theme = site, theme
        self.model = RowModel(COLUMNS, self)
        fill(self, self.model, COLUMNS)
        self._timer = timer(self, REFRESH_MS, self._refresh, once=True)
        site.links_changed.connect(self._changed)
        site.status_changed.connect(self._time_goes_on)

    def _time_goes_on(self) -> None:
        if self.isVisible():
            self._changed()

    def _changed(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _refresh(self) -> None:
        ordered = sorted(self._site.links.values(), key=lambda link: (link.up, link.name))
        self.model.replace([self._row(link) for link in ordered])
        self.counted.emit(sum(not link.up for link in ordered))

    def _row(self, link: LinkHealth) -> Row:
        counters = self._site.link_counters.get(link.name, {})
        cells = (
            "up" if link.up else "DOWN",
            link.name,
            link.protocol,
            duration_text(self._site.now_ns - link.since_ns),
            number_text(counters.get("connections", 0)),
            number_text(counters.get("events", 0)),
            number_text(counters.get("reports", 0)),
            missed_reports(counters),
            security(counters),
            number_text(oddities(counters)),
            _short(link),
        )
        return Row(
            link.name,
            cells,
            "" if link.up else self._theme.alarm_text,
            tip=f"since {moment_text(link.since_ns)} UTC\n{link.reason}\n{details(counters)}".strip(),
        )


def _short(link: LinkHealth) -> str:
    """Without name and address, which the tip tells: what is left fits into the column."""
    head, parted, rest = link.reason.partition("): ")
    return rest if parted and head.startswith(f"{link.name} (") else link.reason
