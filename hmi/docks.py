"""What is docked around the diagrams: lists below, FDIR console and faceplate on the right."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QDockWidget, QMainWindow, QTabWidget, QWidget

from hmi.style import FONT_POINTS

LISTS_PX, CONSOLE_PX, FACEPLATE_PX = 250, 530, 450
SIDE_BY_SIDE_PX = 1600  # a narrower window has console and faceplate behind each other
BOTTOM, RIGHT = Qt.DockWidgetArea.BottomDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea


class Docks:
    """Docked for good: a panel that floats could come to lie over the device that it operates."""

    def __init__(self, window: QMainWindow, lists: QWidget, console: QWidget, faceplate: QWidget) -> None:
        self._window = window
        self._side_by_side: bool | None = None
        window.setCorner(Qt.Corner.BottomRightCorner, RIGHT)
        self.lists = self._dock("", lists, BOTTOM)
        self.console = self._dock("Fault isolation and restoration", console, RIGHT)
        self.faceplate = self._dock("Faceplate", faceplate, RIGHT)
        window.setTabPosition(RIGHT, QTabWidget.TabPosition.North)
        window.resizeDocks([self.lists], [LISTS_PX], Qt.Orientation.Vertical)

    def without_grid(self) -> None:
        """Nothing is operated here."""
        self.console.hide()
        self.faceplate.hide()

    def arrange(self) -> None:
        """Console and faceplate beside each other where there is room, else behind each other."""
        window = self._window
        scale = window.font().pointSizeF() / FONT_POINTS
        wide = window.width() >= SIDE_BY_SIDE_PX * scale
        if wide == self._side_by_side:
            return
        self._side_by_side = wide
        size, widths = window.size(), [round(CONSOLE_PX * scale), round(FACEPLATE_PX * scale)]
        if wide:
            self._beside(widths)
        else:
            window.tabifyDockWidget(self.console, self.faceplate)
            window.resizeDocks([self.console], widths[:1], Qt.Orientation.Horizontal)
        layout = window.layout()
        if layout is not None:
            layout.activate()
        window.resize(size)  # docks that were too narrow for a moment have made it higher

    def _beside(self, widths: list[int]) -> None:
        window, console, faceplate = self._window, self.console, self.faceplate
        hidden = faceplate.isHidden()
        window.removeDockWidget(faceplate)  # Qt splits nothing off a tab
        window.addDockWidget(RIGHT, faceplate)
        faceplate.setHidden(hidden)
        window.splitDockWidget(console, faceplate, Qt.Orientation.Horizontal)
        window.resizeDocks([console, faceplate], widths, Qt.Orientation.Horizontal)

    def _dock(self, title: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self._window)
        dock.setWidget(widget)
        dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        if not title:
            dock.setTitleBarWidget(QWidget(dock))  # Qt's way to have none
        self._window.addDockWidget(area, dock)
        return dock
