"""Kernel that wanders through radial states of a whole grid in search of one that feeds most (simulated annealing).

A move closes a branch and, where that makes a loop, opens another one of it; or it opens a branch and lets go of what
hangs on it. Beyond-limit states are passed through at a price that rises while the search stays there and falls while
it does not (strategic oscillation, Glover 1989). Kept is the best state within all limits that was ever seen.
"""

from __future__ import annotations

import numpy as np
from numba import types

from substation.grid.arrays import Booleans, Floats, Integers
from substation.grid.compiled import compiled
from substation.grid.distflow_kernel import COLLAPSED, settled_strain
from substation.grid.search_arrays import (
    BOOLEANS,
    BOUND,
    FLOATS,
    GRID,
    INTEGER,
    INTEGERS,
    NOTHING,
    SCRATCH,
    TRUTH,
    ReducedGrid,
    Scratch,
)
from substation.grid.search_kernel import (
    COST_TOLERANCE,
    LOAD_TOLERANCE_W,
    converge,
    node_margin,
    spread,
    whole_order,
)

_CONVERGED_PU = 1e-8
_ROUNDING_PU = 1e-9
_MASK = (1 << 47) - 1


@compiled(BOUND(GRID, SCRATCH, types.int64))
def ordered_strain(grid: ReducedGrid, scratch: Scratch, total: int) -> tuple[float, float]:
    """(sum of all distances beyond limits, losses in p.u.) of the nodes scratch.order[:total]."""
    if not converge(grid, scratch, total) < _CONVERGED_PU:
        return COLLAPSED, np.inf
    beyond, loss = 0.0, 0.0
    for node in scratch.order[:total]:
        beyond += max(0.0, -_ROUNDING_PU - node_margin(grid, scratch, node))
        branch = scratch.parent_branch[node]
        if branch >= 0:
            current = scratch.current[branch]
            loss += grid.series[branch].real * (current.real**2 + current.imag**2)
    return min(beyond, COLLAPSED), loss


@compiled(INTEGER(GRID, BOOLEANS, BOOLEANS, SCRATCH, INTEGERS), inner=True)
def operations(grid: ReducedGrid, conducting: Booleans, normal: Booleans, scratch: Scratch, movable: Integers) -> int:
    """How many branches stand otherwise than before, those aside that lie between dark nodes."""
    count = 0
    for branch in movable:
        if conducting[branch] != normal[branch]:
            fed = scratch.root_of[grid.branch_from[branch]] >= 0 or scratch.root_of[grid.branch_to[branch]] >= 0
            count += 1 if fed else 0
    return count


@compiled("int64(int64[::1], int64)", inner=True)
def _drawn(state: Integers, below: int) -> int:
    """A whole number from 0; the generator of drand48, so that a search repeats itself everywhere."""
    state[0] = (state[0] * 25214903917 + 11) & _MASK
    return int((state[0] >> 16) % below)


@compiled(INTEGER(GRID, SCRATCH, BOOLEANS, types.int64, INTEGERS), inner=True)
def _loop(grid: ReducedGrid, scratch: Scratch, openable: Booleans, second: int, found: Integers) -> int:
    """Openable branches of the loop that `second` closes between two fed nodes; returns how many."""
    one, other = grid.branch_from[second], grid.branch_to[second]
    for node in (one, other):
        while node >= 0:
            scratch.demand[node] = 0.0
            node = scratch.parent_node[node]
    while one >= 0:
        scratch.demand[one] += 1.0
        one = scratch.parent_node[one]
    while other >= 0:
        scratch.demand[other] += 1.0
        other = scratch.parent_node[other]
    count = 0
    for end in (grid.branch_from[second], grid.branch_to[second]):
        node = end
        while node >= 0 and scratch.demand[node].real < 1.5 and scratch.parent_branch[node] >= 0:
            if openable[scratch.parent_branch[node]]:
                found[count] = scratch.parent_branch[node]
                count += 1
            node = scratch.parent_node[node]
    return count


@compiled(INTEGER(GRID, SCRATCH, BOOLEANS, INTEGERS, BOOLEANS, INTEGERS, INTEGERS), inner=True)
def _move(
    grid: ReducedGrid, scratch: Scratch, conducting: Booleans, movable: Integers, openable: Booleans, state: Integers,
    found: Integers,
) -> int:  # fmt: skip
    """Change `conducting` by one move; found[0:2] are the branches that changed (-1: none). Returns how many."""
    branch = movable[_drawn(state, len(movable))]
    one, other = scratch.root_of[grid.branch_from[branch]] >= 0, scratch.root_of[grid.branch_to[branch]] >= 0
    if conducting[branch] or not (one or other):
        if _drawn(state, 4 if one or other else 2) != 0:
            return 0
        conducting[branch] = not conducting[branch]
        found[0] = branch
        return 1
    if one and other:
        count = _loop(grid, scratch, openable, branch, found)
        if count == 0:
            return 0
        found[1] = found[_drawn(state, count)]
        found[0] = branch
        conducting[branch] = True
        conducting[found[1]] = False
        return 2
    conducting[branch] = True
    found[0] = branch
    return 1


@compiled(TRUTH(types.float64, types.int64, types.float64, FLOATS), inner=True)
def _better(unserved_w: float, moved: int, loss: float, best: Floats) -> bool:
    if abs(unserved_w - best[0]) > LOAD_TOLERANCE_W:
        return bool(unserved_w < best[0])
    return bool(moved < best[1] or (moved == best[1] and loss < best[2] - COST_TOLERANCE))


@compiled(NOTHING(GRID, SCRATCH, INTEGERS, types.int64, BOOLEANS), inner=True)
def _touch(grid: ReducedGrid, scratch: Scratch, changed: Integers, count: int, touched: Booleans) -> None:
    """Mark the sources that feed an end of what has changed."""
    for position in range(count):
        for root in (
            scratch.root_of[grid.branch_from[changed[position]]],
            scratch.root_of[grid.branch_to[changed[position]]],
        ):
            if root >= 0:
                touched[root] = True


@compiled(INTEGER(GRID, SCRATCH, types.int64, types.int64), inner=True)
def _order_of(grid: ReducedGrid, scratch: Scratch, count: int, root: int) -> int:
    """scratch.order = live nodes of one source, then the dark nodes that it feeds; returns its length, 0 without."""
    total = grid.base_first[root + 1] - grid.base_first[root]
    scratch.order[:total] = grid.base_order[grid.base_first[root] : grid.base_first[root + 1]]
    used = False
    for position in range(count):
        node = scratch.dark_order[position]
        if scratch.root_of[node] == root:
            scratch.order[total] = node
            total += 1
            used = True
    return int(total) if used else 0


@compiled(BOUND(GRID, SCRATCH, types.int64, BOOLEANS, FLOATS, FLOATS), inner=True)
def _strain(
    grid: ReducedGrid, scratch: Scratch, count: int, touched: Booleans, beyond: Floats, loss: Floats
) -> tuple[float, float]:
    """(distances beyond limits, losses in p.u.) in all; those of each source follow where it is touched."""
    for root in range(len(touched)):
        if touched[root]:
            total = _order_of(grid, scratch, count, root)
            beyond[root], loss[root] = settled_strain(grid, scratch, total) if total else (0.0, 0.0)
    return min(float(beyond.sum()), COLLAPSED), float(loss.sum())


_WANDER = INTEGER(
    GRID, SCRATCH, BOOLEANS, BOOLEANS, INTEGERS, FLOATS, types.int64, types.int64, BOOLEANS, FLOATS
)  # fmt: skip


@compiled(_WANDER)
def wander(
    grid: ReducedGrid,
    scratch: Scratch,
    conducting: Booleans,
    normal: Booleans,
    movable: Integers,
    prices: Floats,
    steps: int,
    seed: int,
    best: Booleans,
    best_rank: Floats,
) -> int:
    """So many steps from `conducting`; `best` and its rank (unserved W, operations, loss) are replaced by better ones.

    prices: W that one operation costs, W per p.u. of losses, first and last temperature in W. Returns improvements.
    """
    state = np.array([seed], dtype=np.int64)
    found = np.zeros(len(grid.branch_from) + 2, dtype=np.int64)
    openable = np.zeros(len(grid.branch_from), dtype=np.bool_)
    openable[movable] = True
    total_w = grid.load_w[grid.dark].sum()
    price_w = total_w
    present_w, present_beyond = np.inf, 0.0
    touched = np.ones(len(grid.base_first) - 1, dtype=np.bool_)
    beyond_of, loss_of = np.zeros(len(touched)), np.zeros(len(touched))
    trial_beyond, trial_loss = beyond_of.copy(), loss_of.copy()
    improved = 0
    for step in range(steps):
        temperature = prices[2] * (prices[3] / prices[2]) ** (step / steps)
        changed = 0 if step == 0 else _move(grid, scratch, conducting, movable, openable, state, found)
        if changed == 0 and step > 0:
            continue
        one, other = found[0], found[1]
        touched[:] = step == 0
        _touch(grid, scratch, found, changed, touched)
        count, second = spread(grid, conducting, scratch)
        luck = (_drawn(state, 1 << 30) + 1) / float(1 << 30)
        dearest_w = present_w + price_w * present_beyond - temperature * np.log(luck)
        if second < 0:
            _touch(grid, scratch, found, changed, touched)
            unserved_w = total_w
            for position in range(count):
                unserved_w -= grid.load_w[scratch.dark_order[position]]
            moved = operations(grid, conducting, normal, scratch, movable)
            cost_w = unserved_w + prices[0] * moved
            if cost_w <= dearest_w:
                trial_beyond[:], trial_loss[:] = beyond_of, loss_of
                beyond, loss = _strain(grid, scratch, count, touched, trial_beyond, trial_loss)
                cost_w += prices[1] * loss if loss < np.inf else total_w
            if step == 0 or (cost_w <= dearest_w and cost_w + price_w * beyond <= dearest_w):
                present_w, present_beyond = cost_w, beyond
                beyond_of[:], loss_of[:] = trial_beyond, trial_loss
                price_w = min(1e3 * total_w, price_w * 1.02) if beyond > 0 else max(1e-2 * total_w, price_w / 1.02)
                if beyond == 0.0 and _better(unserved_w, moved, loss, best_rank):
                    beyond, loss = ordered_strain(grid, scratch, whole_order(grid, scratch, count))
                if beyond == 0.0 and _better(unserved_w, moved, loss, best_rank):
                    best[:] = conducting
                    best_rank[0], best_rank[1], best_rank[2] = unserved_w, moved, loss
                    improved += 1
                continue
        conducting[one] = not conducting[one]
        if changed == 2:
            conducting[other] = not conducting[other]
        spread(grid, conducting, scratch)
    return improved
