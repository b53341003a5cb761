"""Places for the single-line diagram of a substation whose file has no coordinates: levels below each other, busbars as
rows, bays as columns from the busbar outwards.

A bay that leads to the transformer of a higher level stands above its busbar, below that transformer. What stands at
one node (earthing switches, voltage transformers) goes aside; what is in parallel (busbar disconnectors) side by side.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable

from models.scl.equipment import Role
from models.scl.place import Shape, Turn
from models.scl.station_part import StationPart
from models.scl.topology import Connected, Topology

_ROW, _COLUMN, _GAP = 2.0, 2.0, 1.5
_ENDS = frozenset({Role.INFEED, Role.LINE, Role.MACHINE, Role.CONSUMER})
"""Roles that end a bay when they stand at one node."""


def laid_out(part: StationPart) -> dict[str, Shape]:
    """Path of equipment, transformer or busbar node to its place, counted from the drawing's corner."""
    return _Layout(part.topology, part.station).shapes


class _Layout:
    def __init__(self, topology: Topology, station: str) -> None:
        self._topology, self._station = topology, station
        self.shapes: dict[str, Shape] = {}
        self._distance = self._distances()
        self._bays: dict[str, list[Connected]] = defaultdict(list)
        for each in topology.equipment:
            if each.nodes and each.place.path.startswith(f"{station}/"):
                self._bays[each.place.parent].append(each)
        self._transformer_x: dict[str, float] = {}
        y = 0.0
        for level in self._levels():
            y = self._level(level, y)

    def _distances(self) -> dict[str, int]:
        beside: dict[str, list[str]] = defaultdict(list)
        for each in self._topology.equipment:
            if len(each.nodes) > 1:
                beside[each.nodes[0]].append(each.nodes[1])
                beside[each.nodes[1]].append(each.nodes[0])
        found = dict.fromkeys(sorted(self._topology.busbars), 0)
        queue = deque(found)
        while queue:
            node = queue.popleft()
            for other in beside[node]:
                if other not in found:
                    found[other] = found[node] + 1
                    queue.append(other)
        return found

    def _levels(self) -> list[str]:
        """Voltage levels, the highest first; the order of the file where voltages are not stated."""
        places = self._topology.scl.places.values()
        levels = [each for each in places if each.kind == "VoltageLevel" and each.parent == self._station]
        return [each.path for each in sorted(levels, key=lambda each: -(each.voltage_v or 0.0))]

    def _level(self, level: str, top: float) -> float:
        """Places everything of a voltage level; the row where the next one begins."""
        bays = [bay for bay in self._bays if bay.startswith(f"{level}/")]
        bars = [node for node in self._topology.busbars if node.startswith(f"{level}/")]
        upper = [bay for bay in bays if self._below(bay) is not None]
        rows = max((self._depth(bay) for bay in upper), default=0)
        y = top + _ROW * rows + (_GAP if upper else 0.0)
        for number, node in enumerate(sorted(bars)):
            self.shapes[node] = Shape(0.0, y + number, Turn.RIGHT, absolute=True)
        bar_bays = {node.rpartition("/")[0] for node in bars}
        for bay in upper:
            self._bay(bay, self._below(bay) or 0.0, y, -1)
        first = y + max(len(bars) - 1, 0)
        x, deepest = 1.0, first
        for bay in (each for each in bays if each not in upper and each not in bar_bays):
            x = self._bay(bay, x, first, 1) + _COLUMN
            deepest = max(deepest, first + _ROW * self._depth(bay))
        for bay in sorted(bar_bays & self._bays.keys()):
            x = self._bay(bay, x, self.shapes[self._bar_of(bay)].y, 1) + _COLUMN
        return self._transformers(level, deepest + _ROW)

    def _bar_of(self, bay: str) -> str:
        return next(node for node in sorted(self._topology.busbars) if node.rpartition("/")[0] == bay)

    def _below(self, bay: str) -> float | None:
        """Column of a transformer that has been placed and ends in this bay."""
        for node in (node for each in self._bays[bay] for node in each.nodes):
            for path, windings in self._topology.transformers.items():
                if path in self._transformer_x and any(each.node == node for each in windings):
                    return self._transformer_x[path]
        return None

    def _depth(self, bay: str) -> int:
        return max((self._row(each) for each in self._bays[bay]), default=0) + 1

    def _row(self, each: Connected) -> int:
        """Rows from the busbar: between its nodes, or behind its only one."""
        known = [self._distance.get(node, 0) for node in each.nodes]
        return min(known) if len(each.nodes) > 1 else max(known[0] - 1, 0) + (each.role in _ENDS)

    def _bay(self, bay: str, x: float, y: float, down: int) -> float:
        """Places the equipment of one bay; its rightmost column."""
        series = [each for each in self._bays[bay] if len(each.nodes) > 1]
        single = [each for each in self._bays[bay] if len(each.nodes) == 1]
        ends = [each for each in single if each.role in _ENDS]
        aside = [each for each in single if each.role not in (*_ENDS, Role.THROUGH)]
        right = x
        for row, side_by_side in _grouped(self._row, [*series, *ends]).items():
            for number, each in enumerate(side_by_side):
                self._put(each, x + _COLUMN * number, y + down * _ROW * (row + 0.75))
                right = max(right, x + _COLUMN * number)
        for row, side_by_side in _grouped(self._row, aside).items():
            start = max((self.shapes[each.place.path].x for each in series if self._row(each) == row), default=x)
            for number, each in enumerate(side_by_side, start=1):
                self._put(each, start + _GAP * number, y + down * _ROW * (row + 1.5))
                right = max(right, start + _GAP * number)
        for each in (each for each in single if each.role is Role.THROUGH):
            self._put(each, x, y + down * _ROW * (self._row(each) + 1.25))  # in the line, between two switches
        return right

    def _put(self, each: Connected, x: float, y: float) -> None:
        rows = {self._distance.get(node, 0) for node in each.nodes}
        between = len(each.nodes) > 1 and len(rows) == 1  # a coupler joins two nodes that are equally far
        turn, aside = (Turn.RIGHT, _COLUMN / 2) if between else (Turn.UP, 0.0)
        self.shapes[each.place.path] = Shape(x + aside, y, turn, absolute=True)

    def _transformers(self, level: str, y: float) -> float:
        """Those whose highest winding ends in this level, below their bays; the row after them."""
        placed = False
        for path, windings in self._topology.transformers.items():
            high = windings[0].node
            if path in self._transformer_x or not high.startswith(f"{level}/") or len(windings) < 2:
                continue
            column = [
                self.shapes[each.place.path].x
                for each in self._bays[high.rpartition("/")[0]]
                if high in each.nodes and each.place.path in self.shapes
            ]
            self._transformer_x[path] = min(column, default=float(len(self._transformer_x)) * 2 * _COLUMN)
            self.shapes[path] = Shape(self._transformer_x[path], y, absolute=True)
            placed = True
        return y + _ROW if placed else y


def _grouped(row: Callable[[Connected], int], equipment: Iterable[Connected]) -> dict[int, list[Connected]]:
    found: dict[int, list[Connected]] = defaultdict(list)
    for each in equipment:
        found[row(each)].append(each)
    return dict(sorted(found.items()))
