"""Names beside stations, placed so that none covers another, a symbol or a line; who has no room has no name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, hypot

from PyQt6.QtCore import QRectF
from PyQt6.QtGui import QFontMetricsF

from hmi.diagram.shapes import Place

CELL_PX = 48.0
GAP_PX = 4.0
BEYOND_PX = 12.0
SAMPLE_PX = 5.0  # a line is avoided by boxes of this distance along it

Anchor = tuple[float, float]
AROUND: tuple[Anchor, ...] = ((1.0, 0.0), (-1.0, 0.0), (0.0, -1.0), (0.0, 1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0))


@dataclass(frozen=True, slots=True)
class Name:
    """radius_px: of the symbol it belongs to. anchors: where it may stand, best first. fixed: stands there anyway."""

    text: str
    at: Place
    radius_px: float
    bold: bool = False
    anchors: tuple[Anchor, ...] = AROUND
    fixed: bool = False


class Occupied:
    """Rectangles on the screen, found quickly by cells."""

    def __init__(self, screen: QRectF) -> None:
        self.screen = screen
        self._cells: dict[tuple[int, int], list[QRectF]] = defaultdict(list)

    def add(self, box: QRectF) -> None:
        for cell in _cells(box):
            self._cells[cell].append(box)

    def add_square(self, at: Place, half: float) -> None:
        self.add(QRectF(at[0] - half, at[1] - half, 2 * half, 2 * half))

    def add_segment(self, start: Place, end: Place) -> None:
        """A piece of a line; what is far off the screen costs nothing."""
        dx, dy = end[0] - start[0], end[1] - start[1]
        reach = QRectF(min(start[0], end[0]), min(start[1], end[1]), abs(dx) + 0.1, abs(dy) + 0.1)
        if not reach.intersects(self.screen):
            return
        count = min(ceil(hypot(dx, dy) / SAMPLE_PX), 1000)
        for step in range(count + 1):
            share = step / max(count, 1)
            self.add_square((start[0] + dx * share, start[1] + dy * share), 1.5)

    def free(self, box: QRectF) -> bool:
        return not any(box.intersects(other) for cell in _cells(box) for other in self._cells.get(cell, ()))


def place_names(names: Sequence[Name], occupied: Occupied, metrics: QFontMetricsF) -> list[tuple[Name, QRectF]]:
    """Boxes of the names that have room, each added to `occupied`. Earlier names have precedence."""
    placed = []
    for name in names:
        if not occupied.screen.contains(*name.at):
            continue
        for box, beyond in _boxes(name, metrics):
            if name.fixed or occupied.free(box.united(beyond)):
                occupied.add(box)
                placed.append((name, box))
                break
    return placed


def _boxes(name: Name, metrics: QFontMetricsF) -> Iterable[tuple[QRectF, QRectF]]:
    """Each with what must be free too: a name that stands elsewhere must not come to stand beside another symbol."""
    width = metrics.horizontalAdvance(name.text) * (1.15 if name.bold else 1.0) + 2
    height = metrics.height() - 1
    x, y = name.at
    reach = name.radius_px + GAP_PX
    for side, level in name.anchors:
        left = x + side * reach - (width if side < 0 else width / 2 if side == 0 else 0)
        top = y - height / 2 + level * (reach + height / 2) * (1.0 if side == 0 else 0.6)
        box = QRectF(left, top, width, height)
        yield box, box if (side, level) == name.anchors[0] else box.translated(side * BEYOND_PX, 0)


def _cells(box: QRectF) -> list[tuple[int, int]]:
    columns = range(int(box.left() // CELL_PX), int(box.right() // CELL_PX) + 1)
    rows = range(int(box.top() // CELL_PX), int(box.bottom() // CELL_PX) + 1)
    return [(column, row) for column in columns for row in rows]
