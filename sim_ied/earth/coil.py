"""Arc-suppression coils: ANCR tunes them to the capacitive current, YEFN tells where they stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial

import numpy as np

from models.network.elements import Neutral
from models.point import PointName
from sim_ied.agenda import Agenda, after_ns
from sim_ied.board import Board
from sim_ied.earth.grid import Floats
from sim_ied.earth.neutral import NeutralPoint
from sim_ied.topology import Bools, Ints

_SAME = 0.02
"""A coil stays where the change asks for less than this share."""


class Coils:
    """One entry per neutral point, 0 A where no coil is. changed: asks for new physics."""

    def __init__(
        self, points: list[NeutralPoint], agenda: Agenda, board: Board, changed: Callable[[int], None]
    ) -> None:
        self._points, self._agenda, self._board, self._changed = points, agenda, board, changed
        self.current_a: Floats = np.zeros(len(points))
        self._began = False

    def follow(self, capacitive_a: Floats, part: Ints, faulted: Bools, now_ns: int) -> None:
        """capacitive_a, part: per node. faulted: per neutral point; coils do not move while an earth fault stands."""
        sharing = Counter(int(part[point.node]) for point in self._points if _is_coil(point))
        for number, point in enumerate(self._points):
            if not _is_coil(point):
                continue
            wanted_a = _target_a(point, float(capacitive_a[point.node]) / sharing[int(part[point.node])])
            if not self._began:
                self._move(number, wanted_a, now_ns)
            elif faulted[number] or abs(wanted_a - self.current_a[number]) <= _SAME * max(wanted_a, 1.0):
                self._agenda.cancel(("coil", number))
            elif ("coil", number) not in self._agenda:
                due_ns = after_ns(now_ns, point.settings.tuning_s)
                self._agenda.set(("coil", number), due_ns, partial(self._tuned, number, wanted_a))
        self._began = True

    def _tuned(self, number: int, wanted_a: float, now_ns: int) -> None:
        self._move(number, wanted_a, now_ns)
        self._changed(now_ns)

    def _move(self, number: int, current_a: float, now_ns: int) -> None:
        self.current_a = self.current_a.copy()
        self.current_a[number] = current_a
        point = self._points[number]
        if place := point.galvanic.coil:
            self._board.show(PointName(place, "YEFN1.ECA"), current_a, now_ns, repeat=True)
            self._board.show(PointName(place, "ANCR1.Auto"), point.settings.coil_a is None, now_ns)


def _is_coil(point: NeutralPoint) -> bool:
    return point.galvanic.neutral is Neutral.RESONANT


def _target_a(point: NeutralPoint, capacitive_a: float) -> float:
    """Within the coil's range."""
    if point.settings.coil_a is not None:
        return point.settings.coil_a
    wanted_a = capacitive_a * (1.0 + point.settings.detuning_pu)
    least_a, most_a = point.galvanic.coil_min_a, point.galvanic.coil_max_a
    return min(max(wanted_a, least_a or 0.0), wanted_a if most_a is None else most_a)
