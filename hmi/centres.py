"""Control centres: whom the unit answers over IEC 104, those without connection first, and what waits for each."""

from __future__ import annotations

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QWidget

from hmi.centre_summary import lost_words
from hmi.counters import details, number_text, oddities
from hmi.reports import CentreHealth
from hmi.row_model import Row, RowModel
from hmi.site import Site
from hmi.theme import Theme
from hmi.widgets.columns import Column, fill
from hmi.words import duration_text, moment_text, time_text

COLUMNS = (
    Column("State", 14),
    Column("Control centre", 13),
    Column("For", 9),
    Column("Waiting", 8),
    Column("Lost", 7),
    Column("Oddities", 8),
    Column("Why, or connected from", 0),
)


class CentreList(QWidget):
    """A table of `Site.centres`. Waiting and lost count events; its tip tells every counter, the window and all times.

    counted(number): control centres without data transfer.
    """

    counted = pyqtSignal(int)

    def __init__(self, site: Site, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._site, self._theme = site, theme
        self.model = RowModel(COLUMNS, self)
        fill(self, self.model, COLUMNS)
        site.centres_changed.connect(self._refresh)
        site.status_changed.connect(self._refresh)  # times go on

    def _refresh(self) -> None:
        ordered = sorted(
            self._site.centres.values(), key=lambda each: (not each.late, each.up, not each.lost, each.name)
        )
        self.model.replace([self._row(centre) for centre in ordered])
        self.counted.emit(sum(not centre.up for centre in ordered))

    def _row(self, centre: CentreHealth) -> Row:
        cells = (
            centre.state if centre.up else centre.state.upper(),
            centre.name,
            duration_text(self._site.now_ns - centre.since_ns),
            number_text(centre.waiting),
            number_text(centre.lost),
            number_text(oddities(centre.counters)),
            _why(centre),
        )
        abnormal = not centre.up or centre.lost_ns > 0
        return Row(centre.name, cells, self._theme.alarm_text if abnormal else "", bold=centre.late, tip=_tip(centre))


def _why(centre: CentreHealth) -> str:
    peers = ", ".join(centre.peers)
    if not centre.up:
        reason = centre.last_reason or "never connected since the unit started"
        return f"{peers} has not started data transfer" if peers else reason
    lost = f"last event lost {time_text(centre.lost_ns).partition('.')[0]} UTC;  " if centre.lost_ns else ""
    return f"{lost}from {peers}"


def _tip(centre: CentreHealth) -> str:
    lines = [f"{centre.state} since {moment_text(centre.since_ns)} UTC{lost_words(centre)}", *centre.peers]
    if centre.last_reason:
        lines.append(f"the last connection ended: {centre.last_reason}")
    if centre.up:
        lines.append(f"send window: {centre.in_flight} of {centre.window} frames")
    return "\n".join([*lines, details(centre.counters)]).strip()
