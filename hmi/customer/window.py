"""The customer's window (U5): the home in figures, the strategy, and the policy of the own data."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PyQt6.QtGui import QCloseEvent
from PyQt6.QtWidgets import QHBoxLayout, QMainWindow, QTabWidget, QVBoxLayout, QWidget

from hmi.customer.figures import Figures
from hmi.customer.home import Home
from hmi.customer.policy_table import PolicyTable
from hmi.customer.power_chart import PowerChart
from hmi.customer.strategy_form import StrategyForm
from hmi.link import Link, LinkState
from hmi.theme import Theme
from hmi.veil import Veil
from hmi.widgets.labels import ToneLabel

WIDTH_PX, HEIGHT_PX = 1100, 640
PROBLEM_MS = 15_000


class CustomerWindow(QMainWindow):
    """Owns the link; closing the window ends it."""

    def __init__(self, link: Link, theme: Theme, location: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.link = link
        link.setParent(self)
        self.home = Home(link, location, self)
        self.heading = ToneLabel("", "title")
        self.figures = Figures(self.home)
        self.strategy = StrategyForm(self.home)
        self.policy = PolicyTable(self.home)
        self.chart = PowerChart(self.home, theme)
        self._lay_out()
        self.veil = Veil(self, theme)
        self.home.opened.connect(self._opened)
        self.home.problem.connect(self._tell_problem)
        link.state_changed.connect(self._link_changed)
        self.resize(WIDTH_PX, HEIGHT_PX)
        self.setWindowTitle("Ringmain - my energy")
        self.veil.freeze(0, f"connecting to {link.url}")

    @property
    def ready(self) -> bool:
        """True once the unit is there; a new home has no values yet."""
        return self.link.live and bool(self.home.customer)

    @property
    def verbs(self) -> Mapping[str, Callable[[str], str]]:
        """`view 1` and `view 2` change the page."""
        return {"view": self._view}

    def settle(self) -> None:
        self.figures.refresh()

    def _view(self, number: str) -> str:
        if number not in ("1", "2"):
            return "error: view 1 or view 2"
        self.tabs.setCurrentIndex(int(number) - 1)
        return "done"

    def closeEvent(self, event: QCloseEvent | None) -> None:
        self.link.stop()
        super().closeEvent(event)

    def _opened(self) -> None:
        self.heading.say(f"{self.home.customer} at {self.home.location}", "title")
        self.setWindowTitle(f"{self.home.location} - Ringmain")

    def _link_changed(self, state: LinkState, reason: str) -> None:
        if state is LinkState.LIVE:
            self.veil.lift()
        else:
            self.veil.freeze(self.link.heard_utc_ns, reason)

    def _tell_problem(self, text: str) -> None:
        status = self.statusBar()
        if status is not None:
            status.showMessage(text, PROBLEM_MS)

    def _lay_out(self) -> None:
        own = QWidget(self)
        columns = QHBoxLayout()
        for part in (self.figures, self.strategy):
            column = QVBoxLayout()
            column.addWidget(part)
            column.addStretch(1)
            columns.addLayout(column, 1)
        page = QVBoxLayout(own)
        page.addLayout(columns)
        page.addWidget(self.chart, 1)
        tabs = QTabWidget(self)
        tabs.addTab(own, "My energy")
        tabs.addTab(self.policy, "Who may read my data")
        centre = QWidget(self)
        layout = QVBoxLayout(centre)
        layout.addWidget(self.heading)
        layout.addWidget(tabs, 1)
        self.tabs = tabs
        self.setCentralWidget(centre)
