"""The FDIR console: modes on top, what bars commands, the cases with their reasons, the order and the answers to it."""

from __future__ import annotations

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QSizePolicy, QTextBrowser, QVBoxLayout, QWidget

from hmi.fdir.explanation import cases_html
from hmi.fdir.modes import ModesPanel
from hmi.fdir.order_panel import OrderPanel
from hmi.fdir.release_panel import ReleasePanel
from hmi.site import Site
from hmi.theme import Theme
from hmi.widgets.labels import ToneLabel


class FdirConsole(QWidget):
    """picked(element): the diagrams go there."""

    picked = pyqtSignal(str)

    def __init__(self, site: Site, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._site, self._theme = site, theme
        self.modes = ModesPanel(site, self)
        self.cases = QTextBrowser(self)
        self.orders = OrderPanel(site, theme, self)
        self.releases = ReleasePanel(site, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 8)
        layout.setSpacing(6)
        self.modes.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        layout.addWidget(self.modes)
        layout.addWidget(self.releases)
        layout.addWidget(ToneLabel("Faults", "title"))
        layout.addWidget(self.cases, 2)
        layout.addWidget(ToneLabel("Switching order", "title"))
        layout.addWidget(self.orders, 5)
        self.orders.picked.connect(self.picked)
        site.cases_changed.connect(self._show_cases)
        self._show_cases()

    def _show_cases(self) -> None:
        self.cases.setHtml(cases_html(self._site.cases, self._theme))
