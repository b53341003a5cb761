"""Kernels of topology: components of nodes, and the forest that grows from roots along conducting branches."""

from __future__ import annotations

import numpy as np

from substation.grid.arrays import Booleans, Integers
from substation.grid.compiled import compiled


@compiled("int64[::1](int64, int64[::1], int64[::1], boolean[::1])")
def components(nodes: int, branch_from: Integers, branch_to: Integers, conducting: Booleans) -> Integers:
    """Component number (0, 1, ... in order of the lowest node) of every node; union-find with path halving."""
    parent = np.arange(nodes)
    for branch in range(len(branch_from)):
        if not conducting[branch] or branch_to[branch] < 0:
            continue
        one, other = branch_from[branch], branch_to[branch]
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        while parent[other] != other:
            parent[other] = parent[parent[other]]
            other = parent[other]
        parent[max(one, other)] = min(one, other)
    label = np.full(nodes, -1, dtype=np.int64)
    count = 0
    for node in range(nodes):
        root = node
        while parent[root] != root:
            root = parent[root]
        if label[root] < 0:
            label[root] = count
            count += 1
        label[node] = label[root]
    return label


@compiled(
    "int64(int64[::1], int64[::1], int64[::1], int64[::1], boolean[::1], int64[::1],"
    " int64[::1], int64[::1], int64[::1], int64[::1])"
)
def grow(
    first: Integers,
    adjacent: Integers,
    branch_from: Integers,
    branch_to: Integers,
    conducting: Booleans,
    roots: Integers,
    order: Integers,
    parent_branch: Integers,
    parent_node: Integers,
    root_of: Integers,
) -> int:
    """Breadth-first forest from all roots at once; returns how many nodes it reaches.

    Fills order[:returned] (parents before children), parent_branch, parent_node (-1 at roots) and root_of (the root's
    number, -1 where nothing arrives).
    """
    parent_branch[:] = -1
    parent_node[:] = -1
    root_of[:] = -1
    count = 0
    for number in range(len(roots)):
        if root_of[roots[number]] < 0:
            root_of[roots[number]] = number
            order[count] = roots[number]
            count += 1
    done = 0
    while done < count:
        node = order[done]
        done += 1
        for position in range(first[node], first[node + 1]):
            branch = adjacent[position]
            if not conducting[branch]:
                continue
            other = branch_to[branch] if branch_from[branch] == node else branch_from[branch]
            if root_of[other] < 0:
                root_of[other] = root_of[node]
                parent_branch[other] = branch
                parent_node[other] = node
                order[count] = other
                count += 1
    return count


@compiled("int64[::1](int64[::1], int64[::1], boolean[::1], int64[::1], int64[::1])")
def extra_branches(
    branch_from: Integers, branch_to: Integers, conducting: Booleans, parent_branch: Integers, root_of: Integers
) -> Integers:
    """Conducting branches that close a loop or join two roots' trees: those that are nobody's parent branch."""
    found = np.empty(len(branch_from), dtype=np.int64)
    count = 0
    for branch in range(len(branch_from)):
        if not conducting[branch] or branch_to[branch] < 0 or root_of[branch_from[branch]] < 0:
            continue
        if parent_branch[branch_from[branch]] != branch and parent_branch[branch_to[branch]] != branch:
            found[count] = branch
            count += 1
    return found[:count].copy()
