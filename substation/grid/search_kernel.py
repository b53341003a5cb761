"""Kernels of the restoration search: how a dark part is fed, a bound without losses, the exact check of all limits.

`conducting` (bool[b]) is the candidate: which branches of the dark part and which ties are closed. Live branches do not
change. Results are written into Scratch.
"""

from __future__ import annotations

import numpy as np
from numba import types

from substation.grid.arrays import Booleans, Floats, Integers
from substation.grid.compiled import compiled
from substation.grid.search_arrays import (
    BEST,
    BOOLEANS,
    BOUND,
    COUNTS,
    FLOAT,
    FLOATS,
    GRID,
    INTEGER,
    INTEGERS,
    SCRATCH,
    VERDICT,
    ReducedGrid,
    Scratch,
)
from substation.grid.sweep_kernel import backward, forward

FEASIBLE, BEYOND_BOUND, BEYOND_LIMIT, SECOND_PATH, TOO_LITTLE = 0, 1, 2, 3, 4
"""Verdicts on a candidate. BEYOND_BOUND: the loads alone exceed a rating, whatever the losses."""

LOAD_TOLERANCE_W = 0.5
_TOLERANCE_PU = 1e-8
_MOST_ITERATIONS = 60
_ROUNDING_PU = 1e-9


@compiled(INTEGER(GRID, SCRATCH, types.int64, types.int64, types.int64, types.int64))
def _reach(grid: ReducedGrid, scratch: Scratch, node: int, parent: int, branch: int, count: int) -> int:
    scratch.root_of[node] = scratch.root_of[parent]
    scratch.parent_node[node] = parent
    scratch.parent_branch[node] = branch
    scratch.dark_order[count] = node
    return count + 1


@compiled(COUNTS(GRID, BOOLEANS, SCRATCH))
def spread(grid: ReducedGrid, conducting: Booleans, scratch: Scratch) -> tuple[int, int]:
    """Feed the dark nodes through closed ties; returns (nodes reached, branch that closes a second path or -1).

    dark_order[:reached] lists the dark nodes that are fed, parents first.
    """
    for node in grid.dark:
        scratch.root_of[node] = -1
        scratch.parent_branch[node] = -1
        scratch.parent_node[node] = -1
    count = 0
    for tie in grid.ties:
        if conducting[tie]:
            from_live = grid.live[grid.branch_from[tie]]
            outer = grid.branch_from[tie] if from_live else grid.branch_to[tie]
            node = grid.branch_to[tie] if from_live else grid.branch_from[tie]
            if scratch.root_of[node] >= 0:
                return count, tie
            count = _reach(grid, scratch, node, outer, tie, count)
    done = 0
    while done < count:
        node = scratch.dark_order[done]
        done += 1
        for position in range(grid.first[node], grid.first[node + 1]):
            branch = grid.adjacent[position]
            if not conducting[branch] or branch == scratch.parent_branch[node]:
                continue
            other = grid.branch_to[branch] if grid.branch_from[branch] == node else grid.branch_from[branch]
            if scratch.root_of[other] >= 0:
                return count, branch
            count = _reach(grid, scratch, other, node, branch, count)
    return count, -1


@compiled(types.float64(types.complex128))
def _magnitude(power: complex) -> float:
    """Least apparent power that flows when losses are left out; power that flows back to the source bounds nothing."""
    return float(np.hypot(max(power.real, 0.0), max(power.imag, 0.0)))


@compiled(BOUND(GRID, SCRATCH, types.int64))
def bound(grid: ReducedGrid, scratch: Scratch, count: int) -> tuple[float, float]:
    """(load that is fed in W, apparent power in p.u. that must be dropped at least, since some rating is exceeded)."""
    fed_w = 0.0
    excess = 0.0
    for position in range(count):
        node = scratch.dark_order[position]
        scratch.flow[node] = grid.bound_power[node]
        fed_w += grid.load_w[node]
    for position in range(count - 1, -1, -1):
        node = scratch.dark_order[position]
        branch, parent = scratch.parent_branch[node], scratch.parent_node[node]
        excess = max(excess, _magnitude(scratch.flow[node]) - grid.bound_rating[branch])
        if not grid.live[parent]:
            scratch.flow[parent] += scratch.flow[node]
            continue
        while scratch.parent_branch[parent] >= 0:
            scratch.extra[scratch.parent_branch[parent]] += scratch.flow[node]
            parent = scratch.parent_node[parent]
    for position in range(count):
        parent = scratch.parent_node[scratch.dark_order[position]]
        while grid.live[parent] and scratch.parent_branch[parent] >= 0:
            branch = scratch.parent_branch[parent]
            if scratch.extra[branch] != 0.0:
                total = grid.base_flow[branch] + scratch.extra[branch]
                excess = max(excess, _magnitude(total) - grid.bound_rating[branch])
                scratch.extra[branch] = 0.0
            parent = scratch.parent_node[parent]
    return fed_w, excess


@compiled(INTEGER(GRID, SCRATCH, types.int64))
def _whole_order(grid: ReducedGrid, scratch: Scratch, count: int) -> int:
    """scratch.order = live nodes of the sources in use, then the fed dark nodes; returns its length."""
    total = 0
    for root in range(len(grid.base_first) - 1):
        used = False
        for position in range(count):
            used = used or scratch.root_of[scratch.dark_order[position]] == root
        if used:
            for position in range(grid.base_first[root], grid.base_first[root + 1]):
                scratch.order[total] = grid.base_order[position]
                total += 1
    for position in range(count):
        scratch.order[total] = scratch.dark_order[position]
        total += 1
    return total


@compiled(FLOAT(GRID, SCRATCH, types.int64))
def _node_margin(grid: ReducedGrid, scratch: Scratch, node: int) -> float:
    """Of the node's voltage and of the branch that feeds it."""
    voltage = float(abs(scratch.voltage[node]))
    least = 10.0 * min(voltage - grid.limits[0], grid.limits[1] - voltage)
    branch = scratch.parent_branch[node]
    if branch < 0:
        return float(least)
    parent = scratch.parent_node[node]
    if grid.branch_from[branch] == parent:
        inner = scratch.voltage[parent] / grid.ratio[branch]
        above = abs((scratch.current[branch] + grid.half_shunt[branch] * inner) / grid.ratio[branch])
    else:
        above = abs(scratch.current[branch] + grid.half_shunt[branch] * scratch.voltage[parent])
    below = abs(scratch.drawn[node])
    power = max(above * abs(scratch.voltage[parent]), below * voltage)
    least = min(least, grid.limits[2] - max(above, below) / grid.current_rating[branch])
    return float(min(least, grid.limits[3] - power / grid.power_rating[branch]))


@compiled(FLOAT(GRID, SCRATCH, types.int64))
def margin(grid: ReducedGrid, scratch: Scratch, count: int) -> float:
    """Distance to the nearest limit in everything that the used sources feed; negative beyond a limit, -inf diverged.

    As in substation.grid.limits.margin_pu: p.u. of rating, voltages counted tenfold.
    """
    total = _whole_order(grid, scratch, count)
    order = scratch.order[:total]
    for node in order:
        if grid.live[node]:
            scratch.voltage[node] = grid.base_voltage[node]
        else:
            scratch.voltage[node] = scratch.voltage[scratch.parent_node[node]]
    change = np.inf
    for _ in range(_MOST_ITERATIONS):
        backward(
            order, scratch.parent_branch, scratch.parent_node, grid.branch_from, grid.half_shunt, grid.ratio,
            grid.power, scratch.voltage, scratch.current, scratch.drawn,
        )  # fmt: skip
        change = forward(
            order, scratch.parent_branch, scratch.parent_node, grid.branch_from, grid.series, grid.ratio,
            scratch.root_of, grid.source_voltage, grid.source_series, scratch.current, scratch.drawn, scratch.voltage,
        )  # fmt: skip
        if change < _TOLERANCE_PU or not change < 10.0:
            break
    if not change < _TOLERANCE_PU:
        return -np.inf
    least = np.inf
    for node in order:
        least = min(least, _node_margin(grid, scratch, node))
    return least


@compiled(VERDICT(GRID, BOOLEANS, SCRATCH, types.float64))
def assess(grid: ReducedGrid, conducting: Booleans, scratch: Scratch, least_w: float) -> tuple[int, float, float, int]:
    """(verdict, fed load in W, number, branch) of one candidate.

    number: the margin when FEASIBLE or BEYOND_LIMIT, the excess in p.u. when BEYOND_BOUND. branch: the one that closes
    a second path. Candidates that feed less than least_w are not calculated further.
    """
    count, second = spread(grid, conducting, scratch)
    if second >= 0:
        return SECOND_PATH, 0.0, 0.0, second
    fed_w, excess = bound(grid, scratch, count)
    if fed_w < least_w - LOAD_TOLERANCE_W:
        return TOO_LITTLE, fed_w, excess, -1
    if excess > _ROUNDING_PU:
        return BEYOND_BOUND, fed_w, excess, -1
    distance = margin(grid, scratch, count)
    return (FEASIBLE if distance >= -_ROUNDING_PU else BEYOND_LIMIT), fed_w, distance, -1


@compiled(BEST(GRID, BOOLEANS, SCRATCH, INTEGERS, types.float64, types.float64))
def best_opening(
    grid: ReducedGrid, conducting: Booleans, scratch: Scratch, branches: Integers, least_w: float, least_margin: float
) -> tuple[int, float, float]:
    """The one of these branches whose opening is feasible and feeds most, then leaves the best margin.

    Returns (branch or -1, fed load in W, margin); only what feeds more than least_w, or as much with a better margin.
    """
    best = -1
    for branch in branches:
        conducting[branch] = False
        verdict, fed_w, distance, _ = assess(grid, conducting, scratch, least_w)
        conducting[branch] = True
        if verdict != FEASIBLE:
            continue
        if fed_w > least_w + LOAD_TOLERANCE_W or distance > least_margin:
            best, least_w, least_margin = branch, fed_w, distance
    return best, least_w, least_margin


@compiled(INTEGER(GRID, SCRATCH, types.int64, FLOATS))
def loads_below(grid: ReducedGrid, scratch: Scratch, count: int, below_w: Floats) -> int:
    """Fill below_w[:count] with the load in W that is fed through the branch above each node of dark_order."""
    behind = np.zeros(len(grid.live))
    for position in range(count - 1, -1, -1):
        node = scratch.dark_order[position]
        behind[node] += grid.load_w[node]
        below_w[position] = behind[node]
        behind[scratch.parent_node[node]] += behind[node]
    return count
