"""One view for every diagram: paints it in batches, zooms, moves, and tells what was picked.

It repaints as a whole (measured cheaper than one item per symbol), at most once per change of state; names and closed
switches appear when the zoom gives them room.
"""

from __future__ import annotations

import time

from PyQt6.QtCore import QPoint, QPointF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QContextMenuEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PyQt6.QtWidgets import QWidget

from hmi.diagram.camera import LEGEND_PX, Camera
from hmi.diagram.frame import Frame
from hmi.diagram.looks import Looks
from hmi.diagram.picking import nearest
from hmi.diagram.shapes import Diagram, Place
from hmi.grid_state import GridState
from hmi.timer import timer

DRAG_PX = 4
BLINK_MS = 400
ZOOM_STEP = 1.2
NOTHING = Diagram((), (), (), 1.0)


class DiagramView(QWidget):
    """picked(element): a switch, station or line was clicked, '' for nothing. menu_asked(element, place on the screen):
    with the other button."""

    picked = pyqtSignal(str)
    menu_asked = pyqtSignal(str, QPoint)

    def __init__(self, state: GridState, looks: Looks, parent: QWidget | None = None, legend: bool = True) -> None:
        super().__init__(parent)
        self._state, self._legend = state, legend
        self._camera = Camera()
        self._fitted = True
        self.narrow = False  # a small picture that needs all its room
        self._selected = ""
        self._pressed: QPoint | None = None
        self._dragging = False
        self._frame = Frame(NOTHING, looks, state)
        self._armed = ""
        self._blink = timer(self, BLINK_MS, self.update)
        state.changed.connect(self._state_changed)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setMinimumSize(QSize(160, 120))

    @property
    def diagram(self) -> Diagram:
        return self._frame.diagram

    @property
    def camera(self) -> Camera:
        return self._camera

    @property
    def selected(self) -> str:
        return self._selected

    def show_diagram(self, diagram: Diagram, looks: Looks) -> None:
        """Replace the diagram; the whole of it is shown."""
        self._frame = Frame(diagram, looks, self._state)
        self.fit()

    def select(self, element: str) -> None:
        """Outline a switch, station or line, and bring it into sight."""
        self._selected = element
        place = self._frame.place_of(element)
        if place is not None and not self.rect().contains(QPointF(*self._camera.to_screen(place)).toPoint()):
            self._fitted = False
            self._camera.centre(place, self.width(), self.height())
        self.update()

    def arm(self, switch: str) -> None:
        """Blink the outline of a switch that is selected for a command; '' ends it."""
        if switch != self._armed:
            self._armed = switch
            if switch:
                self._blink.start()
            else:
                self._blink.stop()
            self.update()

    def fit(self) -> None:
        """Show all of it."""
        self._fitted = True
        height_px = self.height() - LEGEND_PX * self._legend
        self._camera.fit(self.diagram.bounds(), self.width(), height_px, self.narrow)
        self.update()

    def zoom_to(self, element: str, scale_over_fit: float = 8.0) -> None:
        """Centre an element and come closer; nothing happens when it is not in this diagram."""
        place = self._frame.place_of(element)
        if place is not None:
            self._fitted = False
            self._camera.scale = self._camera.fit_scale * scale_over_fit
            self._camera.centre(place, self.width(), self.height())
            self.update()

    def screen_of(self, switch: str) -> Place | None:
        """Centre of a switch's symbol on the widget, whether it is painted at this zoom or not."""
        return self._frame.screen_of(switch, self._camera)

    def _state_changed(self) -> None:
        self._frame.state_changed()
        self.update()

    def paintEvent(self, _event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._frame.paint(painter, self.rect(), self._camera, self._selected, self.font(), self._legend)
        armed = self.screen_of(self._armed)
        if armed is not None and time.monotonic_ns() // (BLINK_MS * 1_000_000) % 2:
            self._frame.outline(painter, armed)
        painter.end()

    # -- hands

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        if self._fitted:
            self.fit()

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        if event is not None and event.angleDelta().y():
            self._fitted = False
            at = event.position()
            self._camera.zoom(ZOOM_STEP ** (event.angleDelta().y() / 120), (at.x(), at.y()))
            self.update()
            event.accept()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        if event is not None and event.button() is Qt.MouseButton.LeftButton:
            self._pressed, self._dragging = event.position().toPoint(), False

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        if event is None or self._pressed is None:
            return
        moved = event.position().toPoint() - self._pressed
        if self._dragging or moved.manhattanLength() > DRAG_PX:
            self._dragging, self._fitted = True, False
            self._camera.move(moved.x(), moved.y())
            self._pressed = event.position().toPoint()
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        if event is not None and self._pressed is not None and not self._dragging:
            self.picked.emit(self._under(event.position()))
        self._pressed = None

    def contextMenuEvent(self, event: QContextMenuEvent | None) -> None:
        if event is not None:
            element = self._under(QPointF(event.pos()))
            self.picked.emit(element)
            self.menu_asked.emit(element, event.globalPos())

    def _under(self, at: QPointF) -> str:
        switches, stations = self._frame.targets(self._camera)
        return nearest((at.x(), at.y()), switches, stations, self.diagram.conductors, self._camera)
