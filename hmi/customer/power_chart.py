"""The home's power over the last day, as the unit has kept it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import pyqtgraph
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from hmi.customer.home import Home
from hmi.theme import Theme
from models.wire.happenings import Answered
from models.wire.instance import Instance
from models.wire.messages import Code

VARIABLE = "MMXU1.TotW"
DAY_NS = 86_400 * 10**9
STEP_NS = 60 * 10**9
"""One point of the curve a minute: the last value in it."""


class PowerChart(QWidget):
    """Asks for the last day when the link opens, then goes on with what is told. Positive: from the grid."""

    def __init__(self, home: Home, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._home = home
        self.points: deque[tuple[int, float]] = deque()
        self.plot = pyqtgraph.PlotWidget(self, axisItems={"bottom": pyqtgraph.DateAxisItem(utcOffset=0)})
        self._lay_out(theme)
        home.opened.connect(self._ask)
        home.values_changed.connect(self._arrived)

    def _ask(self) -> None:
        since_ns = self._home.link.now().utc_ns - DAY_NS
        self._home.link.query(VARIABLE, self._home.location, self._answered, condition=f"time > {since_ns}")

    def _answered(self, answer: Answered) -> None:
        if answer.code is Code.OK:
            self.points.clear()
            self._take(answer.instances)
        else:
            self._home.problem.emit(f"the last day's power is not told: {answer.text}")

    def _arrived(self, variable: str) -> None:
        if variable == VARIABLE:
            self._take([self._home.values[VARIABLE]])

    def _take(self, instances: Sequence[Instance]) -> None:
        for instance in instances:
            value = instance.value
            if instance.quality & 3 or not isinstance(value, (int, float)):
                continue
            if self.points and self.points[-1][0] // STEP_NS == instance.time_ns // STEP_NS:
                self.points.pop()
            self.points.append((instance.time_ns, float(value)))
        while self.points and self.points[0][0] < self.points[-1][0] - DAY_NS:
            self.points.popleft()
        self._curve.setData([time_ns / 1e9 for time_ns, _ in self.points], [value / 1e3 for _, value in self.points])
        if self.points:
            newest_s = self.points[-1][0] / 1e9
            self.plot.setXRange(newest_s - DAY_NS / 1e9, newest_s, padding=0)

    def _lay_out(self, theme: Theme) -> None:
        self.plot.setBackground(theme.field)
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.hideButtons()
        self.plot.setMenuEnabled(False)
        self.plot.showGrid(x=True, y=True, alpha=0.2)
        for side in ("left", "bottom"):
            self.plot.getAxis(side).setTextPen(theme.ink)
            self.plot.getAxis(side).setPen(theme.border)
            self.plot.getAxis(side).enableAutoSIPrefix(False)
        self.plot.setLabel("left", "power from the grid (kW)", color=theme.ink)
        self.plot.setLabel("bottom", "time (UTC)", color=theme.ink)
        self._curve = self.plot.plot(pen=pyqtgraph.mkPen(theme.selected, width=2), stepMode="right")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.plot)
