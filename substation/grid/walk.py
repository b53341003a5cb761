"""Wandering again and again through the states of a reduced grid, each time with a seed of its own.

For what feeds more and for what does so with fewer operations in turns, from the present state or from the best one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from substation.grid.arrays import Booleans
from substation.grid.reduction import Reduction
from substation.grid.reswitching_kernel import wander
from substation.grid.search_kernel import LOAD_TOLERANCE_W

_MOST_STEPS = 40_000
_LOSS_PRICE, _COLDEST = 1e-3, 1e-5


class _Stroll(NamedTuple):
    """operation, warmest: price of one operation and first temperature, as shares of all load; again: from the best."""

    operation: float
    warmest: float
    again: bool


_FOR_LOAD = (_Stroll(1e-5, 0.03, False), _Stroll(1e-5, 0.005, True))
_FOR_OPERATIONS = (_Stroll(5e-4, 0.02, True), _Stroll(2e-3, 0.005, True), _Stroll(5e-4, 0.03, False))
"""Kinds of wandering, in turns."""


class Walk:
    """best: bool[b], the best state so far, and its rank: (unserved W, operations, losses in p.u.), inf without any."""

    def __init__(self, reduction: Reduction, start: Booleans, steps: int) -> None:
        self._reduction, self._start, self._steps = reduction, start, min(_MOST_STEPS, steps)
        self._movable = np.array(sorted(reduction.branches.values()), dtype=np.int64)
        self._load_w = max(float(reduction.grid.load_w.sum()), 1.0)
        self._scratch = reduction.scratch()
        self._number = 0
        self.best, self.rank = start.copy(), np.full(3, np.inf)

    def take(self, state: Booleans) -> None:
        """A state that is known to be within limits."""
        self._wander(state.copy(), _Stroll(0.0, 0.03, False), 1)

    def walk(self, rounds: int, enough_w: float) -> None:
        """Until so many rounds have gained nothing, for load (as long as more than enough_w stays unserved) and for
        operations.
        """
        number = idle = 0
        while idle < rounds:
            dark = self.rank[0] > enough_w + LOAD_TOLERANCE_W
            kinds = (*_FOR_LOAD, *_FOR_OPERATIONS) if dark else _FOR_OPERATIONS
            before = self.rank.copy()
            kind = kinds[number % len(kinds)]
            known = kind.again and np.isfinite(self.rank[0])
            self._wander((self.best if known else self._start).copy(), kind, self._steps)
            gained = self.rank[0] < before[0] - LOAD_TOLERANCE_W or self.rank[1] < before[1]
            idle = 0 if gained else idle + 1
            number += 1

    def _wander(self, state: Booleans, kind: _Stroll, steps: int) -> None:
        self._number += 1
        prices = np.array([kind.operation, _LOSS_PRICE, kind.warmest, _COLDEST]) * self._load_w
        grid, scratch = self._reduction.grid, self._scratch
        wander(grid, scratch, state, self._start, self._movable, prices, steps, self._number, self.best, self.rank)
