"""Control centres: whom the unit answers over IEC 104, those without connection first, and what waits for each."""

from __future__ import annotations

from PyQt6.QtWidgets import QWidget

from hmi.counters import details, number_text, oddities
from hmi.reports import CentreHealth
from hmi.row_model import Row, RowModel
from hmi.site import Site
from hmi.theme import Theme
from hmi.widgets.columns import Column, fill
from hmi.words import moment_text

COLUMNS = (
    Column("State", 14),
    Column("Control centre", 14),
    Column("Since (UTC)", 17),
    Column("Connected from", 17),
    Column("Waiting", 7),
    Column("Lost", 6),
    Column("Odd", 5),
    Column("Last connection ended", 0),
)


class CentreList(QWidget):
    """A table of `Site.centres`. Waiting and lost count events; its tip tells every counter and the window."""

    def __init__(self, site: Site, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._site, self._theme = site, theme
        self.model = RowModel(COLUMNS, self)
        fill(self, self.model, COLUMNS)
        site.centres_changed.connect(self._refresh)

    def _refresh(self) -> None:
        ordered = sorted(self._site.centres.values(), key=lambda each: (each.up, each.name))
        self.model.replace([self._row(centre) for centre in ordered])

    def _row(self, centre: CentreHealth) -> Row:
        cells = (
            centre.state if centre.up else centre.state.upper(),
            centre.name,
            moment_text(centre.since_ns),
            ", ".join(centre.peers),
            number_text(centre.waiting),
            number_text(centre.lost),
            number_text(oddities(centre.counters)),
            centre.last_reason,
        )
        abnormal = not centre.up or centre.lost > 0
        window = f"send window: {centre.in_flight} of {centre.window} frames\n" if centre.up else ""
        tip = f"{', '.join(centre.peers)}\n{centre.last_reason}\n{window}{details(centre.counters)}".strip()
        return Row(centre.name, cells, self._theme.alarm_text if abnormal else "", tip=tip)
