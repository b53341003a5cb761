"""The banner that is always there: unit, data age, time, modes, links, who is on duty, and the newest alarms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import partial

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QIcon, QMouseEvent
from PyQt6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from hmi.centre_summary import SeenLosses, in_detail, in_one_line
from hmi.link import LinkState
from hmi.reports import EventLine
from hmi.site import Site
from hmi.theme import Theme
from hmi.timer import timer
from hmi.widgets.alarm_icon import SIZE_PX, alarm_icon
from hmi.widgets.command_button import CommandButton
from hmi.widgets.labels import ClickLabel, ElidedLabel, ToneLabel
from hmi.words import time_text
from models.alarm import Severity

LINES = 3
PEOPLE_CHARACTERS = 56
"""Room for a holder, who asks, and who waits; longer names are elided."""
TICK_MS = 200
LEADING = ("links", "centres")
"""Cells that lead to a list."""
_STATES = {
    LinkState.CONNECTING: "connecting",
    LinkState.LIVE: "live",
    LinkState.SILENT: "SILENT",
    LinkState.LOST: "NO LINK",
}


class Banner(QFrame):
    """picked(location): an alarm line was clicked. Alarms leave the banner when marked as seen in this window.

    asked(what): more is wanted about `links` or `centres`. A control centre that is away stays in it until it is back.
    """

    picked = pyqtSignal(str)
    asked = pyqtSignal(str)

    def __init__(self, site: Site, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._site = site
        self._unseen: list[EventLine] = []
        self._off_normal = 0
        self._losses = SeenLosses()
        self._icons = {severity: alarm_icon(severity, theme) for severity in Severity}
        self.cells = {
            name: ClickLabel() if name in LEADING else ToneLabel()
            for name in ("unit", "link", "time", "user", "mode", "links", "normal", "centres")
        }
        self.cells["people"] = ElidedLabel()
        self.cells["people"].setMinimumWidth(self.fontMetrics().horizontalAdvance("n") * PEOPLE_CHARACTERS)
        for name in LEADING:
            cell = self.cells[name]
            if isinstance(cell, ClickLabel):
                cell.clicked.connect(partial(self.asked.emit, name))
        self.counts = ToneLabel(tone="title")
        self.seen = CommandButton("Mark seen", self)
        self._calm = ToneLabel("no alarms that have not been seen", "muted")
        self.lines = [_AlarmLine(self) for _ in range(LINES)]
        self._lay_out()
        self._timer = timer(self, TICK_MS, self.refresh)
        self._timer.start()
        self.seen.clicked.connect(self.mark_seen)
        site.events_added.connect(self._take)
        site.status_changed.connect(self.refresh)
        site.people_changed.connect(self.refresh)
        site.centres_changed.connect(self.refresh)
        site.link.state_changed.connect(lambda *_: self.refresh())
        for line in self.lines:
            line.clicked.connect(self.picked)
        self.refresh()
        self._show_alarms()

    def mark_seen(self) -> None:
        """All alarms and losses that are in the banner now; the event list keeps them."""
        self._unseen = []
        self._losses.mark(self._site.centres.values())
        self._show_alarms()
        self.refresh()

    def tell_off_normal(self, count: int) -> None:
        self._off_normal = count
        self.refresh()

    def _take(self, lines: Iterable[EventLine]) -> None:
        alarms = [line for line in lines if line.severity >= Severity.MEDIUM]
        if alarms:
            self._unseen = sorted([*self._unseen, *alarms], key=lambda line: (-line.severity, -line.sequence))
            self._show_alarms()

    def _show_alarms(self) -> None:
        self._calm.setVisible(not self._unseen)
        for place, line in enumerate(self.lines):
            line.setVisible(bool(self._unseen))
            line.show_line(self._unseen[place] if place < len(self._unseen) else None, self._icons)
        counted = Counter(line.severity for line in self._unseen)
        high, medium = counted[Severity.HIGH], counted[Severity.MEDIUM]
        self.counts.say(f"{high} high\n{medium} medium" if self._unseen else "", "alarm" if high else "muted")
        self._enable()

    def _enable(self) -> None:
        lost = any(self._losses.unseen(centre) for centre in self._site.centres.values())
        self.seen.setEnabled(bool(self._unseen) or lost)

    def refresh(self) -> None:
        site, status = self._site, self._site.status
        link = site.link
        level = f" ({site.model.level})" if site.model else ""
        self.cells["unit"].say(f"{site.unit or 'no unit'}{level}", "title")
        age = f"{link.age_s:.1f} s" if link.heard_utc_ns else "never heard"
        self.cells["link"].say(f"{_STATES[link.state]}, data {age}", "" if link.live else "alarm")
        now_ns = status.time_ns if status and link.live else link.now().utc_ns
        self.cells["time"].say(f"{datetime.fromtimestamp(now_ns // 10**9, UTC):%Y-%m-%d %H:%M:%S} UTC")
        self.cells["user"].say(f"{site.user} ({site.role})" if site.user else "not logged in", "muted")
        pressing = bool(site.holder.asked_by or site.waiting)
        awaited = f";  {len(site.waiting)} await a second operator" if site.waiting else ""
        self.cells["people"].say(f"{site.holder}{awaited}", "title" if pressing else "muted")
        self.cells["normal"].say(f"off normal: {self._off_normal}", "" if self._off_normal == 0 else "title")
        if status is not None:
            lost = len(status.open_commands)
            barred = f", {lost} command{'s' * (lost > 1)} without outcome" if lost else ""
            self.cells["mode"].say(f"FDIR: {status.mode}{barred}", "alarm" * bool(lost))
            broken = status.links - status.links_up
            self.cells["links"].say(f"links: {status.links_up} of {status.links} up", "alarm" if broken else "")
        self._show_centres()

    def _show_centres(self) -> None:
        """With the parent, while there is nothing wrong to be told instead."""
        site, cell = self._site, self.cells["centres"]
        parent = f";  parent: {site.status.parent}" if site.status is not None else ""
        if site.centres:
            words, tone = in_one_line(site.centres, self._losses, site.now_ns)
            cell.say(words if tone == "alarm" else f"{words}{parent}", tone)
            cell.setToolTip(f"{in_detail(site.centres, site.now_ns)}\n{parent.strip('; ')}")
        elif site.status is not None:
            cell.say(f"centres: {site.status.control_centres}{parent}", "muted")
        self._enable()

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(22)
        grid.setVerticalSpacing(2)
        places = (("unit", "link", "time"), ("mode", "links", "normal"), ("user", "centres"))
        for row, names in enumerate(places):
            for column, name in enumerate(names):
                grid.addWidget(self.cells[name], row, column, 1, 2 if name == "centres" else 1)
        facts = QVBoxLayout()
        facts.setSpacing(2)
        facts.addLayout(grid)
        facts.addWidget(self.cells["people"])
        alarms = QVBoxLayout()
        alarms.setSpacing(1)
        alarms.addWidget(self._calm)
        for line in self.lines:
            alarms.addWidget(line)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 6, 10, 6)
        layout.setSpacing(16)
        layout.addLayout(facts)
        layout.addWidget(self.counts)
        layout.addLayout(alarms, 1)
        layout.addWidget(self.seen)


class _AlarmLine(QWidget):
    clicked = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._location = ""
        self._icon = QLabel(self)
        self._icon.setFixedSize(SIZE_PX, SIZE_PX)
        self._text = QLabel(self)
        self._text.setMinimumWidth(10)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._icon)
        layout.addWidget(self._text, 1)

    def show_line(self, line: EventLine | None, icons: Mapping[Severity, QIcon]) -> None:
        self._location = line.location if line else ""
        self._text.setText(f"{time_text(line.time_ns)}   {line.location}   {line.text}" if line else "")
        if line is None:
            self._icon.clear()
        else:
            self._icon.setPixmap(icons[line.severity].pixmap(SIZE_PX, SIZE_PX))

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        if self._location:
            self.clicked.emit(self._location)
