"""The group of the unit: units below and devices, those that are missing first."""

from __future__ import annotations

from PyQt6.QtWidgets import QWidget

from hmi.reports import MemberNote
from hmi.row_model import Row, RowModel
from hmi.site import Site
from hmi.theme import Theme
from hmi.widgets.columns import Column, fill
from hmi.words import date_time_text

COLUMNS = (
    Column("State", 10),
    Column("Member", 16),
    Column("Level", 9),
    Column("Since (UTC)", 24),
    Column("Leads to", 24),
    Column("Software", 12),
    Column("Reason", 0),
)
PRESENT = "joined"


class MemberList(QWidget):
    """A table of `Site.members`."""

    def __init__(self, site: Site, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._site, self._theme = site, theme
        self.model = RowModel(COLUMNS, self)
        fill(self, self.model, COLUMNS)
        site.members_changed.connect(self._refresh)

    def _refresh(self) -> None:
        ordered = sorted(self._site.members.values(), key=lambda each: (each.state == PRESENT, each.name))
        self.model.replace([self._row(member) for member in ordered])

    def _row(self, member: MemberNote) -> Row:
        since = date_time_text(member.since_ns) if member.since_ns else ""
        leads_to = f"{len(member.serves)} units" if len(member.serves) > 3 else ", ".join(member.serves)
        level = member.level or member.kind
        cells = (member.state, member.name, level, since, leads_to, member.version, member.reason)
        colour = "" if member.state == PRESENT else self._theme.alarm_text
        return Row(member.name, cells, colour, tip=f"{member.reason}\n{', '.join(member.serves)}".strip())
