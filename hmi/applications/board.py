"""All applications of the grid at a glance, the chosen one's page beside it. It reads; what switches is elsewhere."""

from __future__ import annotations

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QShowEvent
from PyQt6.QtWidgets import QScrollArea, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from hmi.applications.der_page import DerPage
from hmi.applications.earth_page import EarthPage
from hmi.applications.losses_page import LossesPage
from hmi.applications.opf_page import OpfPage
from hmi.applications.page import Page
from hmi.applications.prevention_page import PreventionPage
from hmi.applications.sorted_table import Cell, Line, SortedModel, fit_rows
from hmi.applications.vvc_page import VvcPage
from hmi.site import Site
from hmi.theme import Theme
from hmi.widgets.columns import Column, table

COLUMNS = (Column("Application", 15), Column("State", 0), Column("Decided", 24))
PAGES: tuple[type[Page], ...] = (EarthPage, OpfPage, VvcPage, PreventionPage, LossesPage, DerPage)
_IGNORED, _PREFERRED = QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred
_TONES = {"alarm": "alarm_text", "muted": "muted"}


class ApplicationBoard(QWidget):
    """picked(element), order_asked(id): lead elsewhere. counted(n): so many are abnormal."""

    picked = pyqtSignal(str)
    order_asked = pyqtSignal(str)
    counted = pyqtSignal(int)

    def __init__(self, site: Site, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._site = site
        self.pages = {made.name: made for made in (kind(site, theme, self) for kind in PAGES)}
        self.model = SortedModel(COLUMNS, theme, self)
        self.view = table(self.model, COLUMNS, self)
        self.stack = QStackedWidget(self)
        for page in self.pages.values():
            self.stack.addWidget(page)
            page.picked.connect(self.picked)
            page.order_asked.connect(self.order_asked)
        fit_rows(self.view, len(PAGES))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.view)
        around = QScrollArea(self)  # so that a page with much to say makes no window higher
        around.setWidgetResizable(True)
        around.setWidget(self.stack)
        layout.addWidget(around, 1)
        self._connect()
        self._show_overview()
        self.view.selectRow(0)

    @property
    def page(self) -> Page:
        """The one that is in front."""
        return list(self.pages.values())[self.stack.currentIndex()]

    def show_page(self, name: str) -> None:
        self.view.selectRow(list(self.pages).index(name))

    def _connect(self) -> None:
        self._site.application_told.connect(self._told)
        self._site.orders_changed.connect(self._show_page)
        self._site.status_changed.connect(self._tick)
        self._site.link.state_changed.connect(lambda *_: self._tick())
        selection = self.view.selectionModel()
        if selection is not None:
            selection.currentChanged.connect(lambda now, _: self._choose(now.row()))

    def _choose(self, row: int) -> None:
        if row < 0:
            return
        for page in self.pages.values():  # those behind take no room
            page.setSizePolicy(_IGNORED, _IGNORED)
        self.stack.setCurrentIndex(row)
        self.page.setSizePolicy(_PREFERRED, _PREFERRED)
        self._show_page()

    def _told(self, variable: str) -> None:
        self._show_overview()
        if variable in self.page.variables:
            self._show_page()

    def _show_page(self) -> None:
        if self.isVisible():
            self.page.show_now()

    def showEvent(self, event: QShowEvent | None) -> None:
        super().showEvent(event)
        self.page.show_now()

    def _tick(self) -> None:
        """Ages run on; a mode may be another one."""
        self._show_overview()
        self._show_page()

    def _show_overview(self) -> None:
        briefs = {name: page.brief() for name, page in self.pages.items()}
        self.model.replace(
            [
                Line(
                    name,
                    (Cell(name), Cell(brief.words, tone=_TONES.get(brief.tone, "")), self.pages[name].age()),
                    brief.tone in ("alarm", "title"),
                )
                for name, brief in briefs.items()
            ]
        )
        self.counted.emit(sum(brief.tone == "alarm" for brief in briefs.values()))
