"""Kernel of the branch flow of a radial candidate in magnitudes (DistFlow: Baran and Wu 1989), per unit.

The same state as the sweep over phasors (substation.grid.sweep_kernel), exactly, since angles follow from it in a
radial grid; it is reckoned in real numbers without roots, which makes it several times as fast. Iterated from no losses
and the source's voltage, losses only rise and voltages only fall where FlowGrid.rising holds, so each sweep bounds the
solution from below; a candidate that is dearer already is given up.
"""

from __future__ import annotations

import math

import numpy as np
from numba import types

from substation.grid.arrays import Booleans, Floats
from substation.grid.compiled import compiled
from substation.grid.flow_arrays import (
    CANDIDATES,
    FLOAT,
    FLOATS,
    FLOW_GRID,
    FOREST,
    INTEGER,
    PAIR,
    VOID,
    FlowGrid,
    Forest,
)
from substation.grid.forest import grow

TOLERANCE = 1e-9
"""Of the squares of voltages, from one sweep to the next; p.u."""
MOST_SWEEPS = 60
SLACK = 1.15
"""Where losses may sink from sweep to sweep a candidate is given up when it is dearer by this factor."""
COLLAPSED = 0.04
"""Square of a voltage below which no load is carried any more."""


@compiled(VOID(FLOW_GRID, FOREST), inner=True)
def flatten(grid: FlowGrid, tree: Forest) -> None:
    """Depths, and voltages without load, of the buses in tree.order[:tree.reached[0]]."""
    for position in range(tree.reached[0]):
        node = tree.order[position]
        parent = tree.parent_node[node]
        tree.depth[node] = 0 if parent < 0 else tree.depth[parent] + 1
        if parent < 0:
            tree.square[node] = grid.source_square[tree.root_of[node]]
        elif grid.branch_from[tree.parent_branch[node]] == parent:
            tree.square[node] = tree.square[parent] * grid.per_turns[tree.parent_branch[node]]
        else:
            tree.square[node] = tree.square[parent] * grid.turns[tree.parent_branch[node]]


@compiled(INTEGER(FLOW_GRID, FOREST), inner=True)
def plant(grid: FlowGrid, tree: Forest) -> int:
    """Let the forest of tree.closed grow from the sources; returns how many buses it reaches."""
    count = grow(
        grid.first, grid.adjacent, grid.branch_from, grid.branch_to, tree.closed, grid.source_bus, tree.order,
        tree.parent_branch, tree.parent_node, tree.root_of,
    )  # fmt: skip
    tree.reached[0] = count
    flatten(grid, tree)
    return count


@compiled(FLOAT(FLOW_GRID, FOREST), inner=True)
def gather(grid: FlowGrid, tree: Forest) -> float:
    """Powers and currents from the ends up, with the voltages as they are; returns the losses of all branches."""
    loss = 0.0
    count = tree.reached[0]
    for position in range(count):
        node = tree.order[position]
        square = tree.square[node]
        tree.drawn_active[node] = grid.active[node] + grid.shunt_active[node] * square
        tree.drawn_reactive[node] = grid.reactive[node] + grid.shunt_reactive[node] * square
    for position in range(count - 1, -1, -1):
        node = tree.order[position]
        branch = tree.parent_branch[node]
        if branch < 0:
            tree.lost[node] = 0.0
            continue
        parent = tree.parent_node[node]
        per_turns = grid.per_turns[branch]
        down = grid.branch_from[branch] == parent
        out_square = tree.square[node] if down else tree.square[node] * per_turns
        in_square = tree.square[parent] * per_turns if down else tree.square[parent]
        active = tree.drawn_active[node] + grid.conductance[branch] * out_square
        reactive = tree.drawn_reactive[node] - grid.susceptance[branch] * out_square
        current = (active * active + reactive * reactive) / out_square
        lost = grid.resistance[branch] * current
        tree.active[node], tree.reactive[node], tree.current[node] = active, reactive, current
        tree.drawn_active[parent] += active + lost + grid.conductance[branch] * in_square
        tree.drawn_reactive[parent] += (
            reactive + grid.reactance[branch] * current - grid.susceptance[branch] * in_square
        )
        lost += grid.conductance[branch] * (in_square + out_square)
        tree.lost[node] = lost
        loss += lost
    return loss


@compiled(FLOAT(FLOW_GRID, FOREST), inner=True)
def descend(grid: FlowGrid, tree: Forest) -> float:
    """Voltages from the sources down; returns the largest change of a square, inf where a voltage has collapsed."""
    change = 0.0
    for position in range(tree.reached[0]):
        node = tree.order[position]
        branch = tree.parent_branch[node]
        if branch < 0:
            root = tree.root_of[node]
            active, reactive = tree.drawn_active[node], tree.drawn_reactive[node]
            resistance, reactance = grid.source_resistance[root], grid.source_reactance[root]
            drop = 2.0 * (resistance * active + reactance * reactive)
            lost = (resistance**2 + reactance**2) * (active**2 + reactive**2) / tree.square[node]
            new = grid.source_square[root] - drop - lost
        else:
            parent = tree.parent_node[node]
            drop = 2.0 * (grid.resistance[branch] * tree.active[node] + grid.reactance[branch] * tree.reactive[node])
            drop += grid.square[branch] * tree.current[node]
            if grid.branch_from[branch] == parent:
                new = tree.square[parent] * grid.per_turns[branch] - drop
            else:
                new = (tree.square[parent] - drop) * grid.turns[branch]
        if not new > COLLAPSED:
            return np.inf
        change = max(change, abs(new - tree.square[node]))
        tree.square[node] = new
    return change


@compiled(FLOAT(FLOW_GRID, FOREST, types.int64), inner=True)
def larger_end(grid: FlowGrid, tree: Forest, node: int) -> float:
    """Square of the larger of the currents at both ends of the branch that feeds a bus, at its to side."""
    branch, parent = tree.parent_branch[node], tree.parent_node[node]
    conductance, susceptance, per_turns = grid.conductance[branch], grid.susceptance[branch], grid.per_turns[branch]
    if conductance == 0.0 and susceptance == 0.0:
        return float(tree.current[node])
    down = grid.branch_from[branch] == parent
    out_square = tree.square[node] if down else tree.square[node] * per_turns
    in_square = tree.square[parent] * per_turns if down else tree.square[parent]
    out_active = tree.active[node] - conductance * out_square
    out_reactive = tree.reactive[node] + susceptance * out_square
    in_active = tree.active[node] + grid.resistance[branch] * tree.current[node] + conductance * in_square
    in_reactive = tree.reactive[node] + grid.reactance[branch] * tree.current[node] - susceptance * in_square
    return float(max((out_active**2 + out_reactive**2) / out_square, (in_active**2 + in_reactive**2) / in_square))


@compiled(FLOAT(FLOW_GRID, FOREST), inner=True)
def beyond(grid: FlowGrid, tree: Forest) -> float:
    """By how much limits are exceeded altogether: p.u. of rating, voltages in p.u. counted tenfold."""
    total = 0.0
    for position in range(tree.reached[0]):
        node = tree.order[position]
        square, own = tree.square[node], 0.0
        if square < grid.lowest[node] ** 2:
            own = 10.0 * (grid.lowest[node] - math.sqrt(square))
        elif square > grid.highest[node] ** 2:
            own = 10.0 * (math.sqrt(square) - grid.highest[node])
        branch = tree.parent_branch[node]
        if branch >= 0 and grid.rating[branch] < np.inf:
            own += max(math.sqrt(larger_end(grid, tree, node)) / grid.rating[branch] - 1.0, 0.0)
        tree.excess[node] = own
        total += own
    return total


@compiled(PAIR(FLOW_GRID, FOREST, types.float64), inner=True)
def converge(grid: FlowGrid, tree: Forest, dearest: float) -> tuple[float, float]:
    """(by how much limits are exceeded, losses in p.u.) of a planted forest; inf twice when it does not converge.

    Losses beyond `dearest` need not be exact: then (0, inf), for certain where they rise from sweep to sweep.
    """
    if not grid.rising[0]:
        dearest *= SLACK
    for _ in range(MOST_SWEEPS):
        loss = gather(grid, tree)
        if loss > dearest:
            return 0.0, np.inf
        change = descend(grid, tree)
        if change < TOLERANCE:
            return beyond(grid, tree), gather(grid, tree)
        if change == np.inf:
            break
    return np.inf, np.inf


@compiled(INTEGER(FLOW_GRID, FOREST, CANDIDATES, FLOATS))
def losses(grid: FlowGrid, tree: Forest, candidates: Booleans, found: Floats) -> int:
    """Losses in p.u. of many candidates (bool[k, m]) into found (float64[k]), inf where none converges or not all is
    fed; returns how many have a result. Candidates have to be radial."""
    sound = 0
    for number in range(len(candidates)):
        for branch in range(len(tree.closed)):
            tree.closed[branch] = candidates[number, branch]
        found[number] = np.inf
        if plant(grid, tree) == len(grid.active):
            found[number] = converge(grid, tree, np.inf)[1]
        sound += found[number] < np.inf
    return sound
