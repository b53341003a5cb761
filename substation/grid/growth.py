"""Proof of a restoration, losses included: no state serves more, none as much with fewer operations or less losses."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from substation.grid.arrays import Booleans, Floats
from substation.grid.growth_kernel import Growth, grow
from substation.grid.reduction import Reduction
from substation.grid.search_arrays import ReducedGrid
from substation.grid.search_kernel import LOAD_TOLERANCE_W

_LOAD_ALONE = -1.0


@dataclass(frozen=True, slots=True)
class Rank:
    """What decides between states: load served in W as it counts, operations, losses in p.u."""

    served_w: float
    operations: int
    loss_pu: float


@dataclass(frozen=True, slots=True)
class Grown:
    """better: bool[b], a better state than the known one, or None. at_most_w: what no state exceeds. proven: of the
    better state or else the known one, load, operations and losses.
    """

    better: Booleans | None
    at_most_w: float
    proven: bool


def provable(reduction: Reduction) -> bool:
    """Whether more load can only strain the grid more: no generation, charging, capacitors, taps or upper limits."""
    grid = reduction.grid
    draws = bool((grid.power.real >= 0).all() and (grid.power.imag >= 0).all() and (grid.load_w >= 0).all())
    plain = not (grid.half_shunt.any() or grid.shunt.any()) and bool((np.abs(grid.ratio) == 1.0).all())
    impedes = bool((grid.series.real >= 0).all() and (grid.series.imag >= 0).all())
    capped = bool((grid.voltage_max[grid.dark] < grid.source_voltage.max(initial=0.0)).any())
    everything = bool((grid.base_parent_branch[grid.base_order] < 0).all())
    return draws and plain and impedes and everything and not capped and bool(np.isinf(grid.power_rating).all())


def grown(reduction: Reduction, start: Booleans, known: Rank, budget: int) -> Grown:
    """start: bool[b], closed now. budget: of states, for the load and again for the rest. Only where provable."""
    search = _Search(reduction, start, known)
    if not search.through(_LOAD_ALONE, budget):
        return Grown(search.better, search.at_most_w, proven=False)
    operations, loss = (math.inf, math.inf) if search.better is not None else (known.operations, known.loss_pu)
    proven = search.through(operations, budget, loss)
    return Grown(search.better, float(search.known[0]), proven)


class _Search:
    def __init__(self, reduction: Reduction, start: Booleans, known: Rank) -> None:
        self._reduction, self._start = reduction, start
        self.known = np.array([known.served_w, _LOAD_ALONE, 0.0, _granule_w(reduction.grid.load_w)])
        self._best = np.zeros(len(start), dtype=np.bool_)
        self.at_most_w = known.served_w

    @property
    def better(self) -> Booleans | None:
        return self._best if self._best.any() else None

    def through(self, operations: float, budget: int, loss: float = 0.0) -> bool:
        """Everything was looked at within the budget."""
        self.known[1], self.known[2] = operations, loss
        reduction = self._reduction
        scratch = reduction.scratch()
        scratch.root_of[reduction.grid.dark] = -1
        growth = _growth(reduction, self._start)
        self.at_most_w, left = grow(reduction.grid, scratch, growth, self.known, budget, self._best)
        return bool(left > 0)


def _growth(reduction: Reduction, start: Booleans) -> Growth:
    grid: ReducedGrid = reduction.grid
    nodes, branches = len(grid.live), len(grid.branch_from)
    usable = np.ones(branches, dtype=np.bool_)
    usable[reduction.fixed_open] = False
    fixed = usable.copy()
    fixed[list(reduction.branches.values())] = False
    return Growth(
        state=np.zeros(branches, dtype=np.int64),
        usable=usable,
        normal=start.copy(),
        fixed=fixed,
        label=np.zeros(nodes, dtype=np.int64),
        queue=np.zeros(nodes, dtype=np.int64),
        ways=np.zeros(nodes, dtype=np.int64),
        within_w=np.zeros(nodes),
        price=np.zeros(2 * nodes),
        least=np.zeros(2 * nodes),
        worth=np.zeros(nodes),
        weight=np.zeros(nodes),
    )


def _granule_w(load_w: Floats) -> float:
    """No two sums of loads differ by less, but for those that are equal."""
    rounded = np.round(load_w)
    if (np.abs(load_w - rounded) > 1e-6).any():
        return 2 * LOAD_TOLERANCE_W
    return float(max(math.gcd(*rounded.astype(np.int64).tolist()), 2 * LOAD_TOLERANCE_W))
