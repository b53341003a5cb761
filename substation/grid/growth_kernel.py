"""Kernel that proves how much can be served, losses included: branch and bound over what grows from the sources.

A state is a forest that hangs on the sources and a set of branches that stay open for good. Where every bus only draws,
one more bus lowers every voltage and raises every current: what is beyond a limit stays so, whatever is added. Each
state branches on one branch at the edge of the forest: take its outer bus in, or leave the branch open for good. A
state is cut off when what it can still reach does not beat the incumbent: by topology, and by what the lowest voltage
and the fullest branch have left, of which every bus takes at least its power with its marginal losses on the way.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import types

from substation.grid.arrays import Booleans, Floats, Integers
from substation.grid.compiled import compiled
from substation.grid.distflow_kernel import settled_strain
from substation.grid.reswitching_kernel import ordered_strain
from substation.grid.search_arrays import (
    BOOLEANS,
    BOUND,
    FLOAT,
    FLOATS,
    GRID,
    INTEGER,
    NOTHING,
    SCRATCH,
    TRUTH,
    ReducedGrid,
    Scratch,
    numba_type,
)
from substation.grid.search_kernel import COST_TOLERANCE, LOAD_TOLERANCE_W

_OPEN = 1
_FAR_BEYOND = 1e-4
_TAKEN, _LEFT, _FORCED = 1, 2, 3
"""How a level of the search stands: its bus taken in, its branch left open after that, taken in without a choice."""


class Growth(NamedTuple):
    """One search. state: int64[b], _OPEN where a branch stays open for good; usable, normal, fixed: bool[b], may be
    closed, is closed now, is closed for good. label: int64[n], the part not served yet that a bus belongs to; queue:
    int64[n]. ways: int64[n], branches between each part and the forest; within_w: float64[n], what each part counts.
    price: float64[2n], what room 1 W and 1 var take at each node of the forest (the latter from n on); least: the same
    for each part. worth, weight: float64[n], things to fit into a room.
    """

    state: Integers
    usable: Booleans
    normal: Booleans
    fixed: Booleans
    label: Integers
    queue: Integers
    ways: Integers
    within_w: Floats
    price: Floats
    least: Floats
    worth: Floats
    weight: Floats


GROWTH = numba_type(Growth)


@compiled(NOTHING(GRID, SCRATCH, GROWTH), inner=True)
def _label(grid: ReducedGrid, scratch: Scratch, growth: Growth) -> None:
    """Number the parts that are not served but hang together over branches that may be closed."""
    label, queue = growth.label, growth.queue
    label[:] = -1
    growth.within_w[:] = 0.0
    growth.ways[:] = 0
    parts = 0
    for start in grid.dark:
        if label[start] >= 0 or scratch.root_of[start] >= 0:
            continue
        label[start] = parts
        queue[0] = start
        count, done = 1, 0
        while done < count:
            node = queue[done]
            done += 1
            growth.within_w[parts] += grid.load_w[node]
            for position in range(grid.first[node], grid.first[node + 1]):
                branch = grid.adjacent[position]
                if not growth.usable[branch] or growth.state[branch] == _OPEN:
                    continue
                other = grid.branch_to[branch] if grid.branch_from[branch] == node else grid.branch_from[branch]
                if scratch.root_of[other] >= 0:
                    growth.ways[parts] += 1
                elif label[other] < 0:
                    label[other] = parts
                    queue[count] = other
                    count += 1
        parts += 1


@compiled(NOTHING(GRID, SCRATCH, GROWTH, types.int64, types.int64, types.complex128), inner=True)
def _prices(
    grid: ReducedGrid, scratch: Scratch, growth: Growth, count: int, target: int, direction: complex
) -> None:  # fmt: skip
    """What room 1 W and 1 var more at each node of the forest take at least, losses at their present margin included.

    direction 0: room of the square of the target's voltage; else: of the power in that direction into its branch.
    """
    nodes = len(growth.label)
    price = growth.price
    on_way = growth.queue
    on_way[:] = 0
    node = target
    while node >= 0 and direction == 0:
        on_way[node] = 1
        node = scratch.parent_node[node]
    for node in scratch.order[:count]:
        branch, parent = scratch.parent_branch[node], scratch.parent_node[node]
        if branch < 0:
            series = grid.source_series[scratch.root_of[node]]
            price[node], price[nodes + node] = on_way[node] * 2 * series.real, on_way[node] * 2 * series.imag
            continue
        series, through = grid.series[branch], scratch.flow[node]
        active, reactive = 2 * through.real / scratch.square[node], 2 * through.imag / scratch.square[node]
        above, beside = price[parent], price[nodes + parent]
        if direction != 0 and node == target:
            above, beside = direction.real, direction.imag
        each = above * series.real + beside * series.imag
        if on_way[node]:
            each += series.real**2 + series.imag**2
        price[node] = above + each * active + on_way[node] * 2 * series.real
        price[nodes + node] = beside + each * reactive + on_way[node] * 2 * series.imag


@compiled(NOTHING(GROWTH, types.int64), inner=True)
def _sort(growth: Growth, count: int) -> None:
    """By weight for its worth, least first."""
    worth, weight = growth.worth, growth.weight
    for item in range(1, count):
        one, other = worth[item], weight[item]
        place = item
        while place > 0 and weight[place - 1] * one > other * worth[place - 1]:
            worth[place], weight[place] = worth[place - 1], weight[place - 1]
            place -= 1
        worth[place], weight[place] = one, other


@compiled(FLOAT(GRID, SCRATCH, GROWTH, types.float64), inner=True)
def _fitting(grid: ReducedGrid, scratch: Scratch, growth: Growth, room: float) -> float:
    """The most load in W that fits into the room at these prices, buses divisible, each over its cheapest way."""
    nodes = len(growth.label)
    growth.least[:] = np.inf
    for branch in range(len(growth.state)):
        if not growth.usable[branch] or growth.state[branch] == _OPEN:
            continue
        for inner, outer in (
            (grid.branch_from[branch], grid.branch_to[branch]),
            (grid.branch_to[branch], grid.branch_from[branch]),
        ):
            part = growth.label[outer]
            if part >= 0 and scratch.root_of[inner] >= 0:
                growth.least[part] = min(growth.least[part], growth.price[inner])
                growth.least[nodes + part] = min(growth.least[nodes + part], growth.price[nodes + inner])
    count = 0
    for node in grid.dark:
        part = growth.label[node]
        if part >= 0 and growth.ways[part] > 0 and grid.load_w[node] > 0:
            growth.worth[count] = grid.load_w[node]
            power = grid.power[node]
            growth.weight[count] = growth.least[part] * power.real + growth.least[nodes + part] * power.imag
            count += 1
    _sort(growth, count)
    total = 0.0
    for item in range(count):
        if growth.weight[item] > room:
            return float(total + growth.worth[item] * max(room, 0.0) / growth.weight[item])
        room -= growth.weight[item]
        total += growth.worth[item]
    return total


@compiled(FLOAT(GROWTH), inner=True)
def _reach(growth: Growth) -> float:
    """Load in W of the parts that branches still lead to."""
    reach_w = 0.0
    for part in range(len(growth.ways)):
        if growth.ways[part] > 0:
            reach_w += growth.within_w[part]
    return reach_w


@compiled(FLOAT(GRID, SCRATCH, GROWTH, types.int64), inner=True)
def _at_most(grid: ReducedGrid, scratch: Scratch, growth: Growth, count: int) -> float:
    """What a state can serve besides at most, in W."""
    most_w = _reach(growth)
    lowest, fullest = -1, -1
    room, filled = np.inf, 0.0
    for node in scratch.order[:count]:
        branch = scratch.parent_branch[node]
        spare = scratch.square[node] - grid.voltage_min[node] ** 2
        if branch < 0:
            continue
        if spare < room:
            room, lowest = spare, node
        sent = scratch.flow[node] + grid.series[branch] * abs(scratch.flow[node]) ** 2 / scratch.square[node]
        share = abs(sent) / (grid.current_rating[branch] * np.sqrt(scratch.square[scratch.parent_node[node]]))
        if share > filled:
            filled, fullest = share, node
    if lowest >= 0:
        _prices(grid, scratch, growth, count, lowest, 0j)
        most_w = min(most_w, _fitting(grid, scratch, growth, room))
    if fullest >= 0:
        branch = scratch.parent_branch[fullest]
        through = scratch.flow[fullest]
        sent = through + grid.series[branch] * abs(through) ** 2 / scratch.square[fullest]
        largest = grid.loading_limit[branch] * grid.current_rating[branch]
        room = largest * np.sqrt(scratch.square[scratch.parent_node[fullest]]) - abs(sent)
        if abs(sent) > 0:
            _prices(grid, scratch, growth, count, fullest, sent / abs(sent))
            most_w = min(most_w, _fitting(grid, scratch, growth, room))
    return most_w


@compiled(BOUND(GRID, SCRATCH, GROWTH), inner=True)
def _following(grid: ReducedGrid, scratch: Scratch, growth: Growth) -> tuple[float, float]:
    """(branch to decide or -1, 1 where it must be closed): what must be closed first, then parts with few ways, much
    load. (-2, 0): a branch that must be closed makes a loop.
    """
    _label(grid, scratch, growth)
    chosen, fewest, most_w, highest = -1, 1 << 40, 0.0, 0.0
    for branch in range(len(growth.state)):
        if not growth.usable[branch] or growth.state[branch] == _OPEN:
            continue
        one, other = grid.branch_from[branch], grid.branch_to[branch]
        served = (scratch.root_of[one] >= 0, scratch.root_of[other] >= 0)
        closed = scratch.parent_branch[one] == branch or scratch.parent_branch[other] == branch
        if growth.fixed[branch] and served[0] and served[1] and not closed:
            return -2.0, 0.0
        if served[0] == served[1]:
            continue
        if growth.fixed[branch]:
            return float(branch), 1.0
        inner, part = (one, growth.label[other]) if served[0] else (other, growth.label[one])
        ways, load_w, square = growth.ways[part], growth.within_w[part], scratch.square[inner]
        if (
            ways < fewest
            or (ways == fewest and load_w > most_w)
            or (ways == fewest and load_w == most_w and square > highest)
        ):
            chosen, fewest, most_w, highest = branch, ways, load_w, square
    return float(chosen), 0.0


@compiled(INTEGER(GRID, SCRATCH, types.int64, types.int64), inner=True)
def _take(grid: ReducedGrid, scratch: Scratch, branch: int, count: int) -> int:
    one, other = grid.branch_from[branch], grid.branch_to[branch]
    inner, outer = (one, other) if scratch.root_of[one] >= 0 else (other, one)
    scratch.root_of[outer] = scratch.root_of[inner]
    scratch.parent_node[outer], scratch.parent_branch[outer] = inner, branch
    scratch.order[count] = outer
    return int(count + 1)


@compiled(INTEGER(SCRATCH, types.int64), inner=True)
def _let_go(scratch: Scratch, count: int) -> int:
    node = scratch.order[count - 1]
    scratch.root_of[node] = scratch.parent_node[node] = scratch.parent_branch[node] = -1
    return int(count - 1)


@compiled(BOUND(GRID, SCRATCH, GROWTH), inner=True)
def _operations(grid: ReducedGrid, scratch: Scratch, growth: Growth) -> tuple[float, float]:
    """(operations that whatever grows from here takes at least, operations of the state as it is)."""
    least = exactly = 0.0
    for branch in range(len(growth.state)):
        one, other = grid.branch_from[branch], grid.branch_to[branch]
        served = (scratch.root_of[one] >= 0, scratch.root_of[other] >= 0)
        if not growth.usable[branch] or not (served[0] or served[1]):
            continue
        closed = scratch.parent_branch[one] == branch or scratch.parent_branch[other] == branch
        if closed != growth.normal[branch]:
            exactly += 1.0
            if closed or growth.state[branch] == _OPEN or (served[0] and served[1]):
                least += 1.0
    return least, exactly


@compiled(TRUTH(GRID, SCRATCH, GROWTH, types.int64, types.float64, types.float64, FLOATS, BOOLEANS), inner=True)
def _keep(
    grid: ReducedGrid, scratch: Scratch, growth: Growth, count: int, served_w: float, moved: float, known: Floats,
    best: Booleans,
) -> bool:  # fmt: skip
    """Take the state as the best one if it is within limits and better; its flows are spoiled then."""
    more = served_w >= known[0] + 0.5 * known[3]
    if not more and (served_w < known[0] - LOAD_TOLERANCE_W or moved > known[1]):
        return False
    beyond, loss = ordered_strain(grid, scratch, count)
    if beyond > 0.0 or (not more and moved == known[1] and loss >= known[2] - COST_TOLERANCE):
        return False
    known[0], known[1], known[2] = served_w, moved, loss
    best[:] = False
    for node in scratch.order[:count]:
        if scratch.parent_branch[node] >= 0:
            best[scratch.parent_branch[node]] = True
    return True


@compiled(BOUND(GRID, SCRATCH, GROWTH, FLOATS, types.int64, BOOLEANS))
def grow(
    grid: ReducedGrid, scratch: Scratch, growth: Growth, known: Floats, budget: int, best: Booleans
) -> tuple[float, float]:
    """(load in W that no state exceeds, budget of states that is left: none where the search has not ended).

    known: load in W, operations, losses in p.u. of the state to beat, and the least gain in W that there is; they and
    best follow when a better state is found. Operations below 0: only more load counts.
    """
    depth = len(growth.state) + 1
    decided, stand = np.zeros(depth, dtype=np.int64), np.zeros(depth, dtype=np.int64)
    at_most_w = np.zeros(depth)
    count = len(grid.base_order)
    scratch.order[:count] = grid.base_order
    level, served_w = 0, 0.0
    beyond, loss = settled_strain(grid, scratch, count)
    while budget > 0:
        budget -= 1
        following, must = _following(grid, scratch, growth)
        least, moved = _operations(grid, scratch, growth)
        hopeful = served_w + _reach(growth) >= known[0] - LOAD_TOLERANCE_W
        bound_w = served_w + _at_most(grid, scratch, growth, count) if hopeful else 0.0
        if must == 0.0 and following > -2.0 and beyond <= _FAR_BEYOND:
            _keep(grid, scratch, growth, count, served_w, moved, known, best)
        equal = least < known[1] or (least == known[1] and loss < known[2])
        hopeful = bound_w >= known[0] + known[3] or (equal and bound_w >= known[0] - LOAD_TOLERANCE_W)
        if hopeful and following >= 0.0:
            decided[level], at_most_w[level] = int(following), bound_w
            stand[level] = _FORCED if must > 0 else _TAKEN
            level += 1
            count = _take(grid, scratch, int(following), count)
            served_w += grid.load_w[scratch.order[count - 1]]
            beyond, loss = settled_strain(grid, scratch, count)
            if beyond <= _FAR_BEYOND:
                continue
        while level > 0:
            level -= 1
            branch = decided[level]
            if stand[level] != _LEFT:
                served_w -= grid.load_w[scratch.order[count - 1]]
                count = _let_go(scratch, count)
            if stand[level] == _TAKEN:
                stand[level] = _LEFT
                growth.state[branch] = _OPEN
                level += 1
                beyond, loss = settled_strain(grid, scratch, count)
                break
            growth.state[branch] = 0
        if level == 0:
            return known[0], float(budget + 1)
    open_w = known[0]
    for each in range(level):
        if stand[each] == _TAKEN or each == level - 1:
            open_w = max(open_w, at_most_w[each])
    return open_w, 0.0
