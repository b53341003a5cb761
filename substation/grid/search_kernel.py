"""Kernels of the restoration search: how a dark part is fed, a bound without losses, the exact check of all limits.

`conducting` (bool[b]) is the candidate: which branches of the dark part and which ties are closed. Live branches do not
change. Results are written into Scratch.
"""

from __future__ import annotations

import numpy as np
from numba import types

from substation.grid.arrays import Booleans, Complexes, Floats, Integers
from substation.grid.compiled import compiled
from substation.grid.distflow_kernel import settled_strain
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
COST_TOLERANCE = 1e-9
_TOLERANCE_PU = 1e-8
_MOST_ITERATIONS = 60
_ROUNDING_PU = 1e-9
_FAR_BEYOND = 1e-4
"""Strain that no rounding of the faster calculation explains."""


@compiled(INTEGER(GRID, SCRATCH, types.int64, types.int64, types.int64, types.int64), inner=True)
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


@compiled(types.float64(types.complex128), inner=True)
def _magnitude(power: complex) -> float:
    """Least apparent power that flows when losses are left out; power that flows back to the source bounds nothing."""
    return float(np.hypot(max(power.real, 0.0), max(power.imag, 0.0)))


@compiled(BOUND(GRID, SCRATCH, types.int64), inner=True)
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
def whole_order(grid: ReducedGrid, scratch: Scratch, count: int) -> int:
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


@compiled(FLOAT(GRID, SCRATCH, types.int64), inner=True)
def node_margin(grid: ReducedGrid, scratch: Scratch, node: int) -> float:
    """Of the node's voltage and of the branch that feeds it."""
    voltage = float(abs(scratch.voltage[node]))
    least = 10.0 * min(voltage - grid.voltage_min[node], grid.voltage_max[node] - voltage)
    branch = scratch.parent_branch[node]
    if branch < 0:
        return float(least)
    parent = scratch.parent_node[node]
    ratio, below = abs(grid.ratio[branch]), abs(scratch.drawn[node])
    if grid.branch_from[branch] == parent:
        inner = scratch.voltage[parent] / grid.ratio[branch]
        current = max(abs(scratch.current[branch] + grid.half_shunt[branch] * inner), below)
        above = abs(scratch.current[branch] + grid.half_shunt[branch] * inner) / ratio
    else:
        above = abs(scratch.current[branch] + grid.half_shunt[branch] * scratch.voltage[parent])
        current = max(above, below * ratio)
    power = max(above * abs(scratch.voltage[parent]), below * voltage)
    loading = max(current / grid.current_rating[branch], power / grid.power_rating[branch])
    return float(min(least, grid.loading_limit[branch] - loading))


@compiled(FLOAT(GRID, SCRATCH, types.int64), inner=True)
def converge(grid: ReducedGrid, scratch: Scratch, total: int) -> float:
    """Sweep over scratch.order[:total] from the live voltages; returns the last change."""
    order = scratch.order[:total]
    for node in order:
        if grid.live[node]:
            scratch.voltage[node] = grid.base_voltage[node]
        else:
            scratch.voltage[node] = scratch.voltage[scratch.parent_node[node]]
    change = np.inf
    for _ in range(_MOST_ITERATIONS):
        for node in order:
            square = scratch.voltage[node].real ** 2 + scratch.voltage[node].imag ** 2
            scratch.demand[node] = grid.power[node] + np.conj(grid.shunt[node]) * square
        backward(
            order, scratch.parent_branch, scratch.parent_node, grid.branch_from, grid.half_shunt, grid.ratio,
            scratch.demand, scratch.voltage, scratch.current, scratch.drawn,
        )  # fmt: skip
        change = forward(
            order, scratch.parent_branch, scratch.parent_node, grid.branch_from, grid.series, grid.ratio,
            scratch.root_of, grid.source_voltage, grid.source_series, scratch.current, scratch.drawn, scratch.voltage,
        )  # fmt: skip
        if change < _TOLERANCE_PU or not change < 10.0:
            break
    return change


@compiled(BOUND(GRID, SCRATCH, types.int64))
def margin(grid: ReducedGrid, scratch: Scratch, count: int) -> tuple[float, float]:
    """(distance to the nearest limit in everything that the used sources feed, losses that the search adds in p.u.).

    The distance is negative beyond a limit, -inf when diverged; as in substation.grid.limits.margin_pu: p.u. of rating,
    voltages counted tenfold.
    """
    total = whole_order(grid, scratch, count)
    if not converge(grid, scratch, total) < _TOLERANCE_PU:
        return -np.inf, np.inf
    least, loss = np.inf, 0.0
    for node in scratch.order[:total]:
        least = min(least, node_margin(grid, scratch, node))
        branch = scratch.parent_branch[node]
        if branch >= 0:
            current = scratch.current[branch]
            loss += grid.series[branch].real * (current.real**2 + current.imag**2)
        else:
            loss -= grid.base_loss[scratch.root_of[node]]
    return least, loss


@compiled(FLOAT(GRID, types.float64, types.float64))
def cost(grid: ReducedGrid, distance: float, loss: float) -> float:
    """What decides between plans that are equal otherwise: less is better."""
    return float(grid.price[0] * loss + grid.price[1] * distance)


@compiled(VERDICT(GRID, BOOLEANS, SCRATCH, types.float64))
def assess(grid: ReducedGrid, conducting: Booleans, scratch: Scratch, least_w: float) -> tuple[int, float, float, int]:
    """(verdict, fed load in W, number, branch) of one candidate.

    number: the cost by grid.price when FEASIBLE, the excess in p.u. when BEYOND_BOUND. branch: the one that closes a
    second path. Candidates that feed less than least_w are not calculated further.
    """
    count, second = spread(grid, conducting, scratch)
    if second >= 0:
        return SECOND_PATH, 0.0, 0.0, second
    fed_w, excess = bound(grid, scratch, count)
    if fed_w < least_w - LOAD_TOLERANCE_W:
        return TOO_LITTLE, fed_w, excess, -1
    if excess > _ROUNDING_PU:
        return BEYOND_BOUND, fed_w, excess, -1
    beyond, _ = settled_strain(grid, scratch, whole_order(grid, scratch, count))
    if beyond > _FAR_BEYOND:
        return BEYOND_LIMIT, fed_w, np.inf, -1
    distance, loss = margin(grid, scratch, count)
    if not distance >= -_ROUNDING_PU:
        return BEYOND_LIMIT, fed_w, np.inf, -1
    return FEASIBLE, fed_w, cost(grid, distance, loss), -1


@compiled(BEST(GRID, BOOLEANS, SCRATCH, INTEGERS, types.float64, types.float64))
def best_opening(
    grid: ReducedGrid, conducting: Booleans, scratch: Scratch, branches: Integers, least_w: float, most_cost: float
) -> tuple[int, float, float]:
    """The one of these branches whose opening is feasible and feeds most, then costs least.

    Returns (branch or -1, fed load in W, cost); only what feeds more than least_w, or as much for less.
    """
    best = -1
    for branch in branches:
        conducting[branch] = False
        verdict, fed_w, price, _ = assess(grid, conducting, scratch, least_w)
        conducting[branch] = True
        if verdict != FEASIBLE:
            continue
        if fed_w > least_w + LOAD_TOLERANCE_W or price < most_cost - COST_TOLERANCE:
            best, least_w, most_cost = branch, fed_w, price
    return best, least_w, most_cost


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


@compiled("void(int64[::1], int64[::1], int64[::1], complex128[::1], complex128[::1])")
def flows(order: Integers, parent_branch: Integers, parent_node: Integers, behind: Complexes, flow: Complexes) -> None:
    """Fill flow with the sum of `behind` (complex128[n], used up) below each branch of a forest."""
    for position in range(len(order) - 1, -1, -1):
        node = order[position]
        branch = parent_branch[node]
        if branch >= 0:
            flow[branch] = behind[node]
            behind[parent_node[node]] += behind[node]
