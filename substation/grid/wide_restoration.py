"""Restoration of a whole radial grid: first in the dark part alone, then, where that leaves load dark, by re-switching.

Least unserved load, then fewest operations, then least losses, within all limits. What is fed already may be
re-switched where the narrow search cannot restore everything within reach, or the present state breaks a limit. The
wide search wanders (substation.grid.reswitching_kernel); what it finds is then proved or improved by branch and bound
over all plans with as few operations, as far as the budget goes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.errors import DivergedError
from substation.grid.arrays import Booleans
from substation.grid.forest import components
from substation.grid.growth import Rank, grown, provable
from substation.grid.radial_reduction import RadialQuestion, reduce_radial
from substation.grid.reduction import Reduction
from substation.grid.refilling import refilled
from substation.grid.restoration import Incumbent, Plan, best_of
from substation.grid.reswitching_kernel import ordered_strain
from substation.grid.search_kernel import LOAD_TOLERANCE_W, cost, margin, spread
from substation.grid.walk import Walk


@dataclass(frozen=True, slots=True)
class Effort:
    """Budgets. most_openings: splitting openings of the narrow search. candidates: of branch and bound, in thousands of
    buses looked at; growth: of the proof with losses, steps: of the wide search, likewise. rounds: of wandering without
    gain before it ends. most_free: buses that the wide search re-switches at most.
    """

    most_openings: int = 2
    candidates: int = 1_000
    growth: int = 1_600
    steps: int = 3_000
    rounds: int = 5
    most_free: int = 600


@dataclass(frozen=True, slots=True)
class WidePlan:
    """closed: bool[m], the state at the end; served: bool[n]. unserved_w, unreachable_w: as it counts, the latter what
    no switching can feed; bound_w: no plan within limits leaves less. operations: open and closed besides isolation.
    proven: least unserved load, fewest operations and least losses are proved. narrow: only the dark part is switched.
    """

    closed: Booleans
    served: Booleans
    unserved_w: float
    unreachable_w: float
    bound_w: float
    operations: int
    proven_unserved: bool
    proven: bool
    narrow: bool


def restore_whole(asked: RadialQuestion, effort: Effort) -> WidePlan:
    """The best plan; doing nothing is one. NotRadialError when the present state is not radial."""
    return _Restoring(asked, effort).plan()


_ROUNDING_PU = 1e-6
_BEYOND_W = -1.0
"""What a state restores that is beyond limits: any other is better."""

_FEW_OPERATIONS, _SHARE_OF_FEW = 4, 2
"""Tried at first, with this part of the budget."""


class _Restoring:
    def __init__(self, asked: RadialQuestion, effort: Effort) -> None:
        self._asked, self._effort, self._grid = asked, effort, asked.grid
        self._closed = asked.grid.closed & asked.usable
        self._buses = len(asked.counted_w)
        self._reachable = self._connected(asked.usable & (self._closed | asked.grid.movable))
        self._fed = self._connected(self._closed)
        self._most_w = float(asked.counted_w[self._reachable].sum())

    @property
    def _whole(self) -> bool:
        """The wide search re-switches every bus."""
        return self._buses <= self._effort.most_free

    def plan(self) -> WidePlan:
        narrow = self._narrow()
        if narrow is not None and self._complete(narrow):
            return narrow if narrow.proven else self._improved(narrow)
        return self._wide(narrow)

    def _connected(self, conducting: Booleans) -> Booleans:
        """Buses that hang together with a source over these branches."""
        label = components(self._buses, self._grid.branch_from, self._grid.branch_to, conducting)
        return np.isin(label, label[self._grid.source_bus])

    def _complete(self, plan: WidePlan) -> bool:
        return plan.unserved_w <= plan.unreachable_w + LOAD_TOLERANCE_W

    def _narrow(self) -> WidePlan | None:
        """None where what is fed now breaks a limit already."""
        try:
            reduction = reduce_radial(self._asked)
        except DivergedError:
            return None
        if not self._sound(reduction):
            return None
        found = best_of(reduction, "", self._effort.most_openings, self._budget(self._effort.candidates))
        if found is None:
            return self._as_plan(
                self._closed, narrow=True, proven=True
            )  # complete: nothing else does it without a step
        closed = self._switched(reduction, found)
        plain = found.proven and not found.openings and len(found.closings) == self._dark_parts(found)
        return self._as_plan(closed, narrow=True, proven=plain)

    def _dark_parts(self, found: Plan) -> int:
        """Parts with load that the plan feeds again; each takes a closing at least, whatever else is switched."""
        label = components(self._buses, self._grid.branch_from, self._grid.branch_to, self._closed)
        loaded = found.restored[: self._buses] & (self._asked.counted_w > 0)
        return len(np.unique(label[loaded]))

    def _sound(self, reduction: Reduction) -> bool:
        """The live part keeps every limit."""
        grid, scratch = reduction.grid, reduction.scratch()
        scratch.order[: len(grid.base_order)] = grid.base_order
        beyond, _ = ordered_strain(grid, scratch, len(grid.base_order))
        return bool(beyond == 0.0)

    def _budget(self, thousands: int) -> int:
        return max(200, thousands * 1000 // max(self._buses, 1))

    def _switched(self, reduction: Reduction, plan: Plan) -> Booleans:
        closed = self._closed.copy()
        closed[[reduction.branches[switch] for switch in plan.closings]] = True
        closed[[reduction.branches[switch] for switch in plan.openings]] = False
        return closed

    def _as_plan(self, closed: Booleans, narrow: bool, proven: bool, bound_w: float = 0.0) -> WidePlan:
        served = self._connected(closed)
        settled = self._settled(closed, served)
        unserved_w = float(self._asked.counted_w[~served].sum())
        unreachable_w = float(self._asked.counted_w.sum()) - self._most_w
        bound_w = float(max(bound_w, unreachable_w))
        least = unserved_w <= bound_w + LOAD_TOLERANCE_W
        moved = int((settled != self._closed).sum())
        return WidePlan(settled, served, unserved_w, unreachable_w, bound_w, moved, least, proven and least, narrow)

    def _settled(self, closed: Booleans, served: Booleans) -> Booleans:
        """What lies between dark buses stays as it was: nobody operates it for nothing."""
        fed = served[self._grid.branch_from] | served[self._grid.branch_to]
        return np.where(fed, closed, self._closed)

    # --- the wide search -------------------------------------------------------------------------------------------

    def _wide(self, narrow: WidePlan | None) -> WidePlan:
        free = self._free()
        reduction = reduce_radial(self._asked, free)
        few = self._with_few_operations(reduction)
        if few is not None and few.proven:
            return few
        best = self._wandered(reduction, few or narrow) or self._shed(narrow)
        for step in (self._improved, self._proved) if best.proven_unserved else (self._proved, self._improved):
            best = best if best.proven else step(best, reduction)
        return best

    def _proved(self, plan: WidePlan, reduction: Reduction) -> WidePlan:
        """Proved, or replaced by a better one, losses included, as far as the budget goes."""
        if not (self._whole and provable(reduction)):
            return plan
        known = self._incumbent(reduction, plan)
        everything_w = float(reduction.grid.load_w.sum())
        rank = Rank(known.restored_w, known.operations, known.cost)
        found = grown(reduction, self._conducting(reduction, self._closed), rank, self._budget(self._effort.growth))
        if found.better is None and known.restored_w == _BEYOND_W:
            return plan
        closed = plan.closed if found.better is None else found.better
        return self._as_plan(
            closed, plan.narrow and found.better is None, bool(found.proven), everything_w - found.at_most_w
        )

    def _with_few_operations(self, reduction: Reduction) -> WidePlan | None:
        """The best of all plans with hardly any operation, where it feeds everything within reach."""
        budget = self._budget(self._effort.candidates) // _SHARE_OF_FEW
        found = best_of(reduction, "", _FEW_OPERATIONS, budget)
        if found is None:
            return None
        plan = self._as_plan(self._switched(reduction, found), False, found.proven and self._whole)
        return plan if self._complete(plan) else None

    def _shed(self, narrow: WidePlan | None) -> WidePlan:
        """Nothing within limits was found: the narrow plan, or everything left dark that can be."""
        if narrow is not None:
            return narrow
        return self._as_plan(self._closed & ~self._grid.movable, narrow=False, proven=False)

    def _free(self) -> Booleans:
        """The dark part and the feeders that ties join with it, then those beyond, as long as they are not too many."""
        free = ~self._fed
        sources = np.zeros(self._buses, dtype=np.bool_)
        sources[self._grid.source_bus] = True
        away = self._closed & ~sources[self._grid.branch_from] & ~sources[self._grid.branch_to]
        feeder = components(self._buses, self._grid.branch_from, self._grid.branch_to, away)
        tie = self._asked.usable & self._grid.movable & ~self._closed
        if self._whole:
            return ~sources
        while True:
            ends = self._grid.branch_from[tie], self._grid.branch_to[tie]
            near = np.concatenate([feeder[ends[1][free[ends[0]]]], feeder[ends[0][free[ends[1]]]]])
            grown = (free | np.isin(feeder, near)) & ~sources
            if grown.sum() > self._effort.most_free or (grown == free).all():
                return free & ~sources
            free = grown

    def _wandered(self, reduction: Reduction, narrow: WidePlan | None) -> WidePlan | None:
        """The best state that wandering finds: first for the load, then for fewer operations; None without any."""
        walk = Walk(reduction, self._conducting(reduction, self._closed), self._budget(self._effort.steps))
        if narrow is not None:
            walk.take(self._conducting(reduction, narrow.closed))
        out_of_reach_w = float(self._asked.counted_w.sum()) - self._most_w
        walk.walk(self._effort.rounds, min(out_of_reach_w, float(reduction.grid.load_w.sum())))
        if not np.isfinite(walk.rank[0]):
            return None
        while self._filled(reduction, walk):
            walk.walk(self._effort.rounds, min(out_of_reach_w, float(reduction.grid.load_w.sum())))
        return self._as_plan(walk.best, narrow=False, proven=False)

    def _filled(self, reduction: Reduction, walk: Walk) -> bool:
        """Whether single closings feed more than the best state, with what lies dark as it was before."""
        settled = self._settled(walk.best, self._connected(walk.best))
        unserved_w = walk.rank[0]
        walk.take(refilled(reduction, self._conducting(reduction, settled)))
        return bool(walk.rank[0] < unserved_w - LOAD_TOLERANCE_W)

    def _conducting(self, reduction: Reduction, closed: Booleans) -> Booleans:
        conducting = closed.copy()
        conducting[reduction.fixed_open] = False
        return conducting

    def _improved(self, plan: WidePlan, reduction: Reduction | None = None) -> WidePlan:
        """Proved, or replaced by a better one, among all plans with as few operations, while the budget lasts."""
        if reduction is None:
            reduction = reduce_radial(self._asked, self._free())
        known = self._incumbent(reduction, plan)
        budget = self._budget(self._effort.candidates)
        found = best_of(reduction, "", known.operations, budget, known)
        if found is None:
            return plan
        closed = self._switched(reduction, found)
        narrow = plan.narrow and bool((closed == plan.closed).all())
        return self._as_plan(closed, narrow, found.proven and self._whole, plan.bound_w)

    def _incumbent(self, reduction: Reduction, plan: WidePlan) -> Incumbent:
        names = {branch: name for name, branch in reduction.branches.items()}
        moved = np.flatnonzero(plan.closed != self._closed)
        closings = tuple(names[int(each)] for each in moved if plan.closed[each])
        openings = tuple(names[int(each)] for each in moved if not plan.closed[each])
        grid, scratch = reduction.grid, reduction.scratch()
        count, _ = spread(grid, self._conducting(reduction, plan.closed), scratch)
        distance, loss = margin(grid, scratch, count)
        price = cost(grid, distance, loss)
        restored_w = float(grid.load_w[scratch.dark_order[:count]].sum()) if distance >= -_ROUNDING_PU else _BEYOND_W
        return Incumbent(closings, openings, restored_w, len(moved), False, price)
