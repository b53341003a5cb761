"""Exact search for the switching that restores most: which ties to close, which healthy switches to open before.

A plan is a set of closings and at most `most_openings` splitting openings. Each fed part of the dark grid hangs on one
closing, within all limits after every step. The best plan restores the most load, then takes the fewest operations,
then uses the preferred closing (the tripped breaker), then costs least (ReducedGrid.price).

Branch and bound. For a set of closings, a candidate in which two paths feed a node must open one of the switches on the
loop (or between the two sources): branch on which. A candidate beyond a limit must drop load: branch on which switch,
the least load first. Both lists are complete but for openings that drop nothing, and later siblings never open what an
earlier one stood for, so every plan is seen once. A candidate is cut off when the load it feeds at best, less what the
bound without losses says must go, does not beat the incumbent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from substation.grid.arrays import BASE_POWER_VA, Booleans, Integers
from substation.grid.forest import components
from substation.grid.reduction import Reduction, Restorable, reduce
from substation.grid.search_kernel import (
    BEYOND_BOUND,
    COST_TOLERANCE,
    FEASIBLE,
    LOAD_TOLERANCE_W,
    SECOND_PATH,
    TOO_LITTLE,
    assess,
    best_opening,
    loads_below,
    margin,
    spread,
)
from substation.grid.topology import Topology

_UNLIMITED = 1e12
"""A power in p.u. that nothing carries."""


@dataclass(frozen=True, slots=True)
class Plan:
    """closings: in the order of execution. openings: before them. restored: bool[n], network nodes that get fed.

    margin_pu: distance to the nearest limit at the end. proven: False when the search ended with its budget, so that a
    better plan may exist.
    """

    closings: tuple[str, ...]
    openings: tuple[str, ...]
    restored: Booleans
    restored_w: float
    margin_pu: float
    proven: bool


@dataclass(slots=True)
class Incumbent:
    """The best plan so far. restored_w: what it restores, as it counts; cost: by ReducedGrid.price."""

    closings: tuple[str, ...]
    openings: tuple[str, ...]
    restored_w: float
    operations: int
    preferred: bool
    cost: float


def best_plan(
    topology: Topology, asked: Restorable, preferred: str, most_openings: int, most_candidates: int = 200_000
) -> Plan | None:
    """The best plan, or None when nothing can be restored. preferred: a closable switch, or ''.

    NotRadialError or DivergedError when the live part is no sound starting point.
    """
    reduction = reduce(topology, asked)
    return best_of(reduction, preferred, most_openings, most_candidates)


def best_of(
    reduction: Reduction, preferred: str, most_openings: int, most_candidates: int, known: Incumbent | None = None
) -> Plan | None:
    """The best plan on a grid that is reduced already; as best_plan. known: a plan that only a better one replaces."""
    search = _Search(reduction, preferred, most_candidates, known)
    if reduction.wide:
        rounds = _by_operations(reduction.closable, most_openings)
    else:
        rounds = _by_openings(reduction.closable, preferred, most_openings)
    for openings, size, sets in rounds:
        for closings in sets:
            if search.over(size + openings):
                break
            search.explore(closings, openings)
        if search.used:
            break
    return search.plan()


_Round = tuple[int, int, Iterable[tuple[str, ...]]]
"""So many openings, so many closings, all sets of these: too many to walk through where none can be better."""


def _by_openings(closable: tuple[str, ...], preferred: str, most: int) -> Iterator[_Round]:
    for openings in range(most + 1):
        for size in range(1, len(closable) + 1):
            yield openings, size, _sets(closable, preferred, size)


def _by_operations(closable: tuple[str, ...], most: int) -> Iterator[_Round]:
    """All plans with at most so many operations, those with few first."""
    for operations in range(most + 1):
        for openings in range(operations + 1):
            yield openings, operations - openings, combinations(closable, operations - openings)


def _sets(closable: tuple[str, ...], preferred: str, size: int) -> Iterator[tuple[str, ...]]:
    """All sets of so many closings, those with the preferred switch before the others."""
    others = tuple(switch for switch in closable if switch != preferred)
    if preferred:
        yield from ((preferred, *rest) for rest in combinations(others, size - 1))
    yield from combinations(others, size)


class _Search:
    def __init__(
        self, reduction: Reduction, preferred: str, most_candidates: int, known: Incumbent | None = None
    ) -> None:
        self._reduction, self._grid, self._preferred = reduction, reduction.grid, preferred
        self._scratch = reduction.scratch()
        self._left = most_candidates
        self._best = known
        self._closings: tuple[str, ...] = ()
        self._openings = 0
        self._carried_w: dict[tuple[str, ...], float] = {}
        self._of_branch = {branch: switch for switch, branch in reduction.branches.items()}
        self._openable = frozenset(reduction.branches[switch] for switch in reduction.openable)
        power_va, load_w = self._grid.power[self._grid.dark] * BASE_POWER_VA, self._grid.load_w[self._grid.dark]
        self._va_per_w = float((np.abs(power_va) / np.maximum(load_w, 1.0)).max(initial=1.0))
        loads = load_w > 0
        self._w_per_watt = float((load_w[loads] / np.maximum(power_va.real[loads], 1e-3)).max(initial=1.0))
        self._everything_w = float(load_w.sum()) if known is None else known.restored_w

    @property
    def used(self) -> bool:
        """The budget is."""
        return self._left <= 0

    def over(self, operations: int) -> bool:
        """So many operations cannot be better any more: fewer restore everything, or what is known; or no budget."""
        best = self._best
        whole = best is not None and best.restored_w >= self._everything_w - LOAD_TOLERANCE_W
        return self._left <= 0 or (whole and best is not None and operations > best.operations)

    def explore(self, closings: tuple[str, ...], openings: int) -> None:
        """Look at every candidate with exactly these closings and at most so many openings."""
        self._closings, self._openings = closings, openings
        self._left -= 1
        conducting = self._conducting(closings)
        if self._at_best_w(closings) >= self._threshold()[0] and self._loops(conducting) <= openings:
            self._visit(conducting, frozenset(), frozenset(), openings)

    def plan(self) -> Plan | None:
        best = self._best
        if best is None:
            return None
        conducting = self._conducting(best.closings)
        conducting[[self._reduction.branches[switch] for switch in best.openings]] = False
        count, _ = spread(self._grid, conducting, self._scratch)
        margin_pu, _ = margin(self._grid, self._scratch, count)
        node_of = self._reduction.node_of
        fed = ~self._grid.live & (self._scratch.root_of >= 0)
        restored = (node_of >= 0) & fed[np.maximum(node_of, 0)]
        return Plan(best.closings, best.openings, restored, best.restored_w, margin_pu, self._left > 0)

    def _conducting(self, closings: tuple[str, ...]) -> Booleans:
        conducting = np.ones(len(self._grid.branch_from), dtype=np.bool_)
        conducting[[self._reduction.branches[switch] for switch in self._reduction.closable]] = False
        conducting[self._reduction.fixed_open] = False
        conducting[[self._reduction.branches[switch] for switch in closings]] = True
        return conducting

    def _at_best_w(self, closings: tuple[str, ...]) -> float:
        """What the live grid could carry besides its own load, without losses and whatever lies behind the closings.

        In what counts as restored: as if every watt weighed as much as the heaviest.
        """
        if self._reduction.wide:
            return _UNLIMITED
        if closings not in self._carried_w:
            self._carried_w[closings] = self._carried(closings) * self._w_per_watt
        return self._carried_w[closings]

    def _carried(self, closings: tuple[str, ...]) -> float:
        grid = self._grid
        through = np.zeros(len(grid.live))
        for branch in (self._reduction.branches[switch] for switch in closings):
            for end in (grid.branch_from[branch], grid.branch_to[branch]):
                through[end] = _UNLIMITED if grid.live[end] else 0.0
        for node in grid.base_order[::-1]:
            branch = grid.base_parent_branch[node]
            if branch >= 0:
                spare = max(0.0, grid.bound_rating[branch] - grid.base_flow[branch].real)
                through[grid.base_parent_node[node]] += min(through[node], spare)
        return float(through[grid.base_order[grid.base_parent_branch[grid.base_order] < 0]].sum()) * BASE_POWER_VA

    def _loops(self, conducting: Booleans) -> int:
        """How many openings it takes at least until nothing that is fed is fed twice: branches less nodes."""
        grid = self._grid
        labels = components(len(grid.live), grid.branch_from, grid.branch_to, conducting)
        reached = np.isin(labels, labels[grid.live])
        nodes = int(np.sum(reached & ~grid.live))
        dark_branch = conducting & ~(grid.live[grid.branch_from] & grid.live[grid.branch_to])
        return int(np.sum(dark_branch & reached[grid.branch_from])) - nodes

    def _threshold(self) -> tuple[float, float]:
        """(least load in W, most cost at that load) that a candidate of this round must have to be better."""
        best = self._best
        if best is None:
            return LOAD_TOLERANCE_W * 2, np.inf
        rank = (len(self._closings) + self._openings, self._preferred not in self._closings)
        incumbent = (best.operations, not best.preferred)
        if rank > incumbent:
            return best.restored_w + 2 * LOAD_TOLERANCE_W, np.inf
        return best.restored_w, (best.cost if rank == incumbent else np.inf)

    def _visit(self, conducting: Booleans, opened: frozenset[int], kept: frozenset[int], left: int) -> None:
        """One candidate. opened: branches opened so far; kept: openable branches that must stay closed."""
        if self._left <= 0:
            return
        self._left -= 1
        least_w, most_cost = self._threshold()
        verdict, fed_w, number, second = assess(self._grid, conducting, self._scratch, least_w)
        if verdict == TOO_LITTLE:
            return
        if verdict == SECOND_PATH:
            self._branch_on_loop(conducting, opened, kept, left, second)
        elif verdict == FEASIBLE:
            better = fed_w > least_w + LOAD_TOLERANCE_W or number < most_cost - COST_TOLERANCE
            if better and len(opened) == self._openings:
                self._accept(conducting, opened, fed_w, number)
        else:
            excess_pu = number if verdict == BEYOND_BOUND else 0.0
            self._branch_on_load(conducting, opened, kept, left, fed_w, excess_pu)

    def _branch_on_loop(
        self, conducting: Booleans, opened: frozenset[int], kept: frozenset[int], left: int, second: int
    ) -> None:
        if left == 0:
            return
        candidates = [branch for branch in self._loop(second) if branch in self._openable and branch not in kept]
        self._open_each(conducting, opened, kept, left, candidates)

    def _branch_on_load(
        self,
        conducting: Booleans,
        opened: frozenset[int],
        kept: frozenset[int],
        left: int,
        fed_w: float,
        excess_pu: float,
    ) -> None:
        least_w, _ = self._threshold()
        least_drop_w = BASE_POWER_VA * excess_pu / self._va_per_w
        if left == 0 or fed_w - least_drop_w < least_w - LOAD_TOLERANCE_W:
            return
        drops = self._drops(kept)
        if left == 1:
            drops = [(drop_w, branch) for drop_w, branch in drops if drop_w >= least_drop_w]
        within = [branch for drop_w, branch in drops if fed_w - drop_w >= least_w - LOAD_TOLERANCE_W]
        above = {branch: self._above(branch) for branch in within}
        self._open_each(conducting, opened, kept, left, within, above)

    def _open_each(
        self,
        conducting: Booleans,
        opened: frozenset[int],
        kept: frozenset[int],
        left: int,
        candidates: list[int],
        above: dict[int, frozenset[int]] | None = None,
    ) -> None:
        """Branch: open each in turn, while its earlier siblings and what lies above it stay closed."""
        if left == 1:
            self._open_last(conducting, opened, candidates)
            return
        for position, branch in enumerate(candidates):
            conducting[branch] = False
            stays = kept.union(candidates[:position], above[branch] if above else ())
            self._visit(conducting, opened | {branch}, stays, left - 1)
            conducting[branch] = True

    def _open_last(self, conducting: Booleans, opened: frozenset[int], candidates: list[int]) -> None:
        """The last opening: all candidates in one call; again when the best of them cannot be reached step by step."""
        left = list(candidates)
        while left and self._left > 0:
            self._left -= len(left)
            tried = np.array(left, dtype=np.int64)
            branch, fed_w, cost = best_opening(self._grid, conducting, self._scratch, tried, *self._threshold())
            if branch < 0:
                return
            conducting[branch] = False
            accepted = self._accept(conducting, opened | {branch}, fed_w, cost)
            conducting[branch] = True
            if accepted:
                return
            left.remove(branch)

    def _accept(self, conducting: Booleans, opened: frozenset[int], fed_w: float, cost: float) -> bool:
        """Take it as incumbent if some order of its closings keeps all limits after every step (SAFETY S16)."""
        sequence = self._closings if self._reduction.wide else self._sequence(conducting, ())
        if sequence is None:
            return False
        self._best = Incumbent(
            closings=sequence,
            openings=tuple(sorted(self._of_branch[branch] for branch in opened)),
            restored_w=fed_w,
            operations=len(self._closings) + len(opened),
            preferred=self._preferred in self._closings,
            cost=cost,
        )
        return True

    def _sequence(self, conducting: Booleans, done: tuple[str, ...]) -> tuple[str, ...] | None:
        """The first order of all closings in which each extends what is live, within limits; None if there is none."""
        if len(done) == len(self._closings):
            return done
        waiting = [switch for switch in self._closings if switch not in done]
        for switch in sorted(waiting, key=lambda each: each != self._preferred):
            trial = conducting.copy()
            trial[[self._reduction.branches[each] for each in waiting if each != switch]] = False
            verdict, *_ = assess(self._grid, trial, self._scratch, 0.0)
            branch = self._reduction.branches[switch]
            ends = (self._grid.branch_from[branch], self._grid.branch_to[branch])
            if verdict == FEASIBLE and all(self._scratch.root_of[end] >= 0 for end in ends):
                rest = self._sequence(conducting, (*done, switch))
                if rest is not None:
                    return rest
        return None

    def _loop(self, second: int) -> list[int]:
        """Branches of the loop that `second` closes in the forest as spread so far: both ways up to the live part."""
        up = [self._up(int(end)) for end in (self._grid.branch_from[second], self._grid.branch_to[second])]
        shared = set(up[0]) & set(up[1])
        return [second, *(branch for way in up for branch in way if branch not in shared)]

    def _up(self, node: int) -> list[int]:
        """Branches from a dark node up to the live part; none from a live node."""
        branches = []
        while not self._grid.live[node] and self._scratch.parent_branch[node] >= 0:
            branches.append(int(self._scratch.parent_branch[node]))
            node = int(self._scratch.parent_node[node])
        return branches

    def _above(self, branch: int) -> frozenset[int]:
        """Branches between the live part and this one: opening one of them would make this opening pointless."""
        ends = (int(self._grid.branch_from[branch]), int(self._grid.branch_to[branch]))
        node = next(end for end in ends if self._scratch.parent_branch[end] == branch)
        return frozenset(self._up(node)) - {branch}

    def _drops(self, kept: frozenset[int]) -> list[tuple[float, int]]:
        """(load in W, branch) that each opening would drop, least first; the forest of the last candidate counts."""
        grid, scratch = self._grid, self._scratch
        count = self._fed_count()
        below_w = np.zeros(len(grid.live))
        loads_below(grid, scratch, count, below_w)
        order: Integers = scratch.dark_order[:count]
        found = zip(below_w[:count].tolist(), scratch.parent_branch[order].tolist(), strict=True)
        usable = self._openable - kept
        return sorted(each for each in found if each[1] in usable and each[0] > LOAD_TOLERANCE_W)

    def _fed_count(self) -> int:
        return int(np.sum(self._scratch.root_of[self._grid.dark] >= 0))
