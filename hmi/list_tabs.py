"""The lists below the diagrams as tabs; a button beside them names all, those too for which the row has no room."""

from __future__ import annotations

from functools import partial

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QMenu, QTabWidget, QToolButton, QWidget


class ListTabs(QTabWidget):
    """`add` one page after the other. A title tells what is wrong in its list, also while another one is in front."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("lists")
        self.setUsesScrollButtons(True)
        self._titles: dict[QWidget, str] = {}
        self.all = QToolButton(self)
        self.all.setText("Lists")
        self.all.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.all.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.pages = QMenu(self)
        self.pages.aboutToShow.connect(self._name_all)
        self.all.setMenu(self.pages)
        self.setCornerWidget(self.all, Qt.Corner.TopRightCorner)

    def add(self, page: QWidget, title: str) -> None:
        self._titles[page] = title
        self.addTab(page, title)

    def tell(self, page: QWidget, abnormal: str) -> None:
        """In brackets behind the title; '' for nothing."""
        title = self._titles[page]
        self.setTabText(self.indexOf(page), f"{title} ({abnormal})" if abnormal else title)

    def offer(self, page: QWidget, offered: bool) -> None:
        """A page that would be empty for good takes no room in the row."""
        self.setTabVisible(self.indexOf(page), offered)

    def _name_all(self) -> None:
        self.pages.clear()
        for index in range(self.count()):
            if self.isTabVisible(index):
                self.pages.addAction(self.tabText(index), partial(self.setCurrentIndex, index))
