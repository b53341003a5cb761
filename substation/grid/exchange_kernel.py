"""Kernels of branch exchange: close a tie, open another branch of the loop that it makes (Civanlar et al. 1988; Baran
and Wu 1989), until no exchange helps; and exchanges at random, from which a search begins anew.

What an exchange saves is first estimated from the present flows in a few operations: moving the power S that flows
into the branch to be opened to the other side of the loop changes the losses by |S|^2 R - 2 Re(conj(S) A), with R and A
the sums over the loop of r/v^2 and of r/v^2 times the power. Only what the estimate leaves open is calculated, and only
what was calculated is accepted. A loop may run through two sources.
"""

from __future__ import annotations

import numpy as np
from numba import types

from substation.grid.arrays import Floats, Integers
from substation.grid.branch_flow import converge, plant
from substation.grid.compiled import compiled
from substation.grid.feeder_kernel import adopt, appoint, compare, concerned, replant
from substation.grid.flow_arrays import (
    FEEDERS,
    FLAG,
    FLOATS,
    FLOW_GRID,
    FOREST,
    INTEGER,
    INTEGERS,
    LOOP,
    PAIR,
    VOID,
    Feeders,
    FlowGrid,
    Forest,
    Loop,
)

LEAST_EXCESS = 1e-6
"""p.u.; limits that are exceeded by less are kept."""
LEAST_SAVING = 1e-9
"""Relative; below it two candidates are equal."""
ESTIMATE_ERROR = 0.25
"""Share of what an exchange moves by which its estimated saving may be wrong."""
MOST_EXCHANGES = 6
"""In one kick."""

EVALUATIONS, KICKS, RANDOM, VISITS = 0, 1, 2, 3
"""Places in `tally`."""


@compiled(FLAG(types.float64, types.float64, FLOATS))
def better(excess: float, cost: float, than: Floats) -> bool:
    """Fewer limits exceeded, then less cost. than: float64[2]."""
    if excess > LEAST_EXCESS and not excess < than[0] * (1.0 - LEAST_SAVING):
        return bool(excess <= than[0] and cost < than[1] * (1.0 - LEAST_SAVING))
    if than[0] > LEAST_EXCESS:
        return True
    return bool(cost < than[1] - LEAST_SAVING * abs(than[1]))


@compiled(PAIR(FLOW_GRID, FOREST, types.float64))
def assess(grid: FlowGrid, tree: Forest, dearest: float) -> tuple[float, float]:
    """(by how much limits are exceeded, losses and charges in p.u.) of tree.closed; see branch_flow.converge."""
    charged = 0.0
    for branch in range(len(tree.closed)):
        if tree.closed[branch] != grid.closed[branch]:
            charged += grid.charge[branch]
    plant(grid, tree)
    excess, loss = converge(grid, tree, dearest - charged)
    return excess, loss + charged


@compiled(INTEGER(FLOW_GRID, FOREST, types.int64, LOOP), inner=True)
def trace(grid: FlowGrid, tree: Forest, tie: int, loop: Loop) -> int:
    """Fill loop.node with the buses whose feeding branches make a loop with the tie; returns how many.

    loop.side: 1 on the from side of the tie, -1 on the other.
    """
    one, other = grid.branch_from[tie], grid.branch_to[tie]
    count = 0
    while one != other:
        from_side = tree.depth[one] >= tree.depth[other]
        node = one if from_side else other
        if tree.parent_node[node] < 0:
            break
        loop.node[count] = node
        loop.side[count] = 1.0 if from_side else -1.0
        count += 1
        if from_side:
            one = tree.parent_node[one]
        else:
            other = tree.parent_node[other]
    return count


@compiled(VOID(FLOW_GRID, FOREST, types.int64, LOOP, types.int64), inner=True)
def estimate(grid: FlowGrid, tree: Forest, tie: int, loop: Loop, count: int) -> None:
    """Fill loop.change with the estimated change of the cost when each branch of the loop is opened for the tie, less
    what the estimate may be wrong by; inf where a branch cannot be moved."""
    resistance = grid.resistance[tie] / tree.square[grid.branch_to[tie]]
    active = reactive = 0.0
    for position in range(count):
        node = loop.node[position]
        part = grid.resistance[tree.parent_branch[node]] / tree.square[node]
        resistance += part
        active += loop.side[position] * part * tree.active[node]
        reactive += loop.side[position] * part * tree.reactive[node]
    closing = -grid.charge[tie] if grid.closed[tie] else grid.charge[tie]
    for position in range(count):
        node = loop.node[position]
        branch = tree.parent_branch[node]
        if not grid.movable[branch]:
            loop.change[position] = np.inf
            continue
        opening = grid.charge[branch] if grid.closed[branch] else -grid.charge[branch]
        p, q = loop.side[position] * tree.active[node], loop.side[position] * tree.reactive[node]
        added = (p * p + q * q) * resistance
        saved = 2.0 * (p * active + q * reactive)
        loop.change[position] = added - saved + closing + opening - ESTIMATE_ERROR * (added + abs(saved))


@compiled(VOID(FOREST, FOREST))
def copy(source: Forest, target: Forest) -> None:
    """The whole state of a forest."""
    for branch in range(len(source.closed)):
        target.closed[branch] = source.closed[branch]
    target.reached[0] = source.reached[0]
    for node in range(len(source.order)):
        target.order[node] = source.order[node]
        target.parent_branch[node] = source.parent_branch[node]
        target.parent_node[node] = source.parent_node[node]
        target.root_of[node] = source.root_of[node]
        target.depth[node] = source.depth[node]
        target.active[node], target.reactive[node] = source.active[node], source.reactive[node]
        target.current[node], target.square[node] = source.current[node], source.square[node]


@compiled(PAIR(FLOW_GRID, FOREST, FOREST, FEEDERS, types.int64, types.int64, FLOATS, FLOATS, INTEGERS), inner=True)
def attempt(
    grid: FlowGrid,
    now: Forest,
    trial: Forest,
    feeders: Feeders,
    tie: int,
    opened: int,
    value: Floats,
    others: Floats,
    tally: Integers,
) -> tuple[float, float]:
    """(excess, cost) of the candidate with the tie closed and another branch opened. trial.closed is that of `now`
    before and after; others: float64[2], what stays as it is."""
    tally[EVALUATIONS] += 1
    charged = grid.charge[tie] * (-1.0 if grid.closed[tie] else 1.0)
    charged += grid.charge[opened] * (1.0 if grid.closed[opened] else -1.0)
    dearest = np.inf if value[0] > LEAST_EXCESS else value[1] - charged - others[1]
    trial.closed[tie], trial.closed[opened] = True, False
    replant(grid, now, trial, feeders, tie)
    excess, cost = converge(grid, trial, dearest)
    tally[VISITS] += trial.reached[0]
    trial.closed[tie], trial.closed[opened] = False, True
    return max(excess + others[0], 0.0), cost + charged + others[1]


@compiled(
    INTEGER(FLOW_GRID, FOREST, FOREST, FEEDERS, types.int64, LOOP, FLOATS, FLOATS, INTEGERS, types.int64), inner=True
)
def exchange(
    grid: FlowGrid,
    now: Forest,
    trial: Forest,
    feeders: Feeders,
    tie: int,
    loop: Loop,
    value: Floats,
    others: Floats,
    tally: Integers,
    moment: int,
) -> int:
    """Improve `now`, whose value (excess, cost) is given, by closing the tie; returns the branch opened for it or -1.

    The most promising branches are tried first; the first that helps is taken. Where limits are exceeded, the best of
    all is: estimates say nothing about limits. trial.closed is that of `now`, before and after.
    """
    count = trace(grid, now, tie, loop)
    estimate(grid, now, tie, loop, count)
    own_excess, own_loss = concerned(grid, now, feeders, tie)
    others[0], others[1] = value[0] - own_excess, value[1] - own_loss
    every = value[0] > LEAST_EXCESS
    found = -1
    for _ in range(count):
        best, least = -1, np.inf if every else 0.0
        for position in range(count):
            if loop.change[position] < least:
                best, least = position, loop.change[position]
        if best < 0:
            break
        loop.change[best] = np.inf
        opened = now.parent_branch[loop.node[best]]
        excess, cost = attempt(grid, now, trial, feeders, tie, opened, value, others, tally)
        if better(excess, cost, value):
            value[0], value[1] = excess, cost
            found = opened
            if not every:
                break
    if found >= 0:
        if every:
            attempt(grid, now, trial, feeders, tie, found, value, others, tally)
        trial.closed[tie], trial.closed[found] = True, False
        now.closed[tie], now.closed[found] = True, False
        adopt(grid, trial, now, feeders, moment)
    return int(found)


@compiled(VOID(FLOW_GRID, FOREST, FOREST, FOREST, FEEDERS, INTEGERS, INTEGERS, LOOP, FLOATS, INTEGERS))
def settle(
    grid: FlowGrid,
    now: Forest,
    trial: Forest,
    settled: Forest,
    feeders: Feeders,
    ties: Integers,
    tried: Integers,
    loop: Loop,
    value: Floats,
    tally: Integers,
) -> None:
    """Exchange until no exchange helps any more; ties (int64[k], the open branches) and value follow.

    `now` has been assessed, and its power flow converges. What lies in parts that are as in `settled`, where nothing
    helped, is not tried again. tried: int64[k], working memory.
    """
    appoint(grid, now, feeders)
    compare(grid, now, settled, feeders)
    others = np.zeros(2)
    for branch in range(len(now.closed)):
        trial.closed[branch] = now.closed[branch]
    for number in range(len(ties)):
        tried[number] = 0
    moment, idle, number = 1, 0, 0
    while idle < len(ties):
        one, other = feeders.head[grid.branch_from[ties[number]]], feeders.head[grid.branch_to[ties[number]]]
        opened = -1
        if tried[number] < max(feeders.changed[one], feeders.changed[other]):
            opened = exchange(grid, now, trial, feeders, ties[number], loop, value, others, tally, moment + 1)
            tried[number] = moment
        if opened >= 0:
            ties[number] = opened
            moment += 1
            idle = 0
        else:
            idle += 1
        number = (number + 1) % len(ties)
    value[0], value[1] = assess(grid, now, np.inf)


@compiled(INTEGER(INTEGERS, types.int64), inner=True)
def drawn(tally: Integers, below: int) -> int:
    """The next number of a Lehmer generator (Park and Miller 1988), below a bound: the same on every machine."""
    tally[RANDOM] = tally[RANDOM] * 48271 % 2147483647
    return int((tally[RANDOM] >> 8) % below)


@compiled(VOID(FLOW_GRID, FOREST, INTEGERS, LOOP, INTEGERS))
def kick(grid: FlowGrid, tree: Forest, ties: Integers, loop: Loop, tally: Integers) -> None:
    """One to MOST_EXCHANGES exchanges at random."""
    for _ in range(1 + drawn(tally, MOST_EXCHANGES)):
        number = drawn(tally, len(ties))
        count = trace(grid, tree, ties[number], loop)
        if count == 0:
            continue
        opened = tree.parent_branch[loop.node[drawn(tally, count)]]
        if grid.movable[opened]:
            tree.closed[ties[number]], tree.closed[opened] = True, False
            ties[number] = opened
            plant(grid, tree)
