"""Kernels that calculate only what an exchange of branches changes: the one or two feeders that it concerns.

Behind a stiff source the feeders do not see each other, so a candidate that differs in two of them costs two feeders.
"""

from __future__ import annotations

from numba import types

from substation.grid.arrays import Booleans, Integers
from substation.grid.branch_flow import flatten
from substation.grid.compiled import compiled
from substation.grid.flow_arrays import (
    FEEDERS,
    FLOW_GRID,
    FOREST,
    PAIR,
    VOID,
    Feeders,
    FlowGrid,
    Forest,
)


@compiled(VOID(FLOW_GRID, FOREST, FEEDERS), inner=True)
def appoint(grid: FlowGrid, tree: Forest, feeders: Feeders) -> None:
    """Heads of the buses in tree.order[:tree.reached[0]], and what their parts lose and exceed."""
    for position in range(tree.reached[0]):
        node = tree.order[position]
        parent = tree.parent_node[node]
        if parent < 0:
            head = node
        else:
            root = tree.root_of[node]
            stiff = grid.source_resistance[root] == 0.0 and grid.source_reactance[root] == 0.0
            head = node if stiff and tree.parent_node[parent] < 0 else feeders.head[parent]
        feeders.head[node] = head
        if head == node:
            feeders.loss[head] = feeders.excess[head] = 0.0
        feeders.loss[head] += tree.lost[node]
        feeders.excess[head] += tree.excess[node]


@compiled(PAIR(FLOW_GRID, FOREST, FEEDERS, types.int64), inner=True)
def concerned(grid: FlowGrid, tree: Forest, feeders: Feeders, tie: int) -> tuple[float, float]:
    """(excess, losses) now of the parts that a tie touches, with the buses of their sources."""
    one, other = grid.branch_from[tie], grid.branch_to[tie]
    first, second = feeders.head[one], feeders.head[other]
    excess, loss = feeders.excess[first], feeders.loss[first]
    if second != first:
        excess += feeders.excess[second]
        loss += feeders.loss[second]
    root, opposite = grid.source_bus[tree.root_of[one]], grid.source_bus[tree.root_of[other]]
    if root not in (first, second):
        excess += feeders.excess[root]
    if opposite not in (first, second, root):
        excess += feeders.excess[opposite]
    return excess, loss


@compiled(
    "int64(int64[::1], int64[::1], int64[::1], int64[::1], boolean[::1], int64[::1], int64[::1], int64, int64, int64,"
    " int64[::1], int64[::1], int64[::1], int64[::1], int64[::1], int64)",
    inner=True,
)
def spread(
    first: Integers,
    adjacent: Integers,
    branch_from: Integers,
    branch_to: Integers,
    closed: Booleans,
    head: Integers,
    mark: Integers,
    stamp: int,
    one: int,
    other: int,
    above: Integers,
    order: Integers,
    parent_branch: Integers,
    parent_node: Integers,
    root_of: Integers,
    count: int,
) -> int:
    """Breadth-first from order[:count] within the parts whose heads are `one` and `other`; sources (nothing is `above`
    them) are not entered. Returns how many buses there are then."""
    done = 0
    while done < count:
        node = order[done]
        done += 1
        for position in range(first[node], first[node + 1]):
            branch = adjacent[position]
            if not closed[branch]:
                continue
            beyond = branch_to[branch] if branch_from[branch] == node else branch_from[branch]
            if mark[beyond] == stamp or above[beyond] < 0:
                continue
            if head[beyond] != one and head[beyond] != other:
                continue
            mark[beyond] = stamp
            parent_branch[beyond] = branch
            parent_node[beyond] = node
            root_of[beyond] = root_of[node]
            order[count] = beyond
            count += 1
    return count


@compiled(VOID(FLOW_GRID, FOREST, FOREST, FEEDERS, types.int64), inner=True)
def replant(grid: FlowGrid, now: Forest, trial: Forest, feeders: Feeders, tie: int) -> None:
    """Grow the parts of `now` that the tie touches anew with trial.closed; trial.order lists them alone, with the buses
    of their sources first."""
    one, other = grid.branch_from[tie], grid.branch_to[tie]
    feeders.mark_of[0] += 1
    stamp = feeders.mark_of[0]
    count = 0
    for end in (one, other):
        root = now.root_of[end]
        bus = grid.source_bus[root]
        if feeders.mark[bus] != stamp:
            feeders.mark[bus] = stamp
            trial.parent_branch[bus], trial.parent_node[bus], trial.root_of[bus] = -1, -1, root
            trial.order[count] = bus
            count += 1
    trial.reached[0] = spread(
        grid.first, grid.adjacent, grid.branch_from, grid.branch_to, trial.closed, feeders.head, feeders.mark, stamp,
        feeders.head[one], feeders.head[other], now.parent_node, trial.order, trial.parent_branch, trial.parent_node,
        trial.root_of, count,
    )  # fmt: skip
    flatten(grid, trial)


@compiled(VOID(FLOW_GRID, FOREST, FOREST, FEEDERS, types.int64), inner=True)
def adopt(grid: FlowGrid, trial: Forest, now: Forest, feeders: Feeders, moment: int) -> None:
    """Take over what was grown anew; the order of `now` is not kept."""
    for position in range(trial.reached[0]):
        node = trial.order[position]
        now.parent_branch[node], now.parent_node[node] = trial.parent_branch[node], trial.parent_node[node]
        now.root_of[node], now.depth[node] = trial.root_of[node], trial.depth[node]
        now.active[node], now.reactive[node] = trial.active[node], trial.reactive[node]
        now.current[node], now.square[node] = trial.current[node], trial.square[node]
    appoint(grid, trial, feeders)
    for position in range(trial.reached[0]):
        feeders.changed[feeders.head[trial.order[position]]] = moment


@compiled(VOID(FLOW_GRID, FOREST, FOREST, FEEDERS), inner=True)
def compare(grid: FlowGrid, now: Forest, than: Forest, feeders: Feeders) -> None:
    """Only the parts of `now` count as changed in which a branch is otherwise than in another forest."""
    for node in range(len(feeders.changed)):
        feeders.changed[node] = 0
    for branch in range(len(now.closed)):
        if now.closed[branch] != than.closed[branch]:
            feeders.changed[feeders.head[grid.branch_from[branch]]] = 1
            feeders.changed[feeders.head[grid.branch_to[branch]]] = 1
