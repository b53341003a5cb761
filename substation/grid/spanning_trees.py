"""The radial candidates of a grid as its spanning trees: how many there are, and all of them.

Sources count as one node, what cannot be moved is contracted. Branches in series make a chain, of which a tree opens at
most one: the trees of the graph of chains are few, and each stands for a product. Their number follows from the
determinant of a Laplacian matrix (Kirchhoff 1847), where a chain of k branches weighs 1/k.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from models.errors import AlgorithmError
from substation.grid.arrays import Integers
from substation.grid.radial import RadialGrid


@dataclass(frozen=True, slots=True)
class Chain:
    """Movable branches in series between two nodes of the contracted graph; the same one twice: a loop at it."""

    start: int
    end: int
    branches: tuple[int, ...]


def chains(grid: RadialGrid) -> list[Chain]:
    """AlgorithmError where branches that cannot be moved make a loop or join two sources."""
    root = contracted(grid)
    edges = [
        Chain(find(root, int(grid.branch_from[branch])), find(root, int(grid.branch_to[branch])), (int(branch),))
        for branch in np.flatnonzero(grid.movable)
    ]
    fed = find(root, int(grid.source_bus[0]))
    return _in_series(_without_pendants(_reached(edges, fed), fed), fed)


def contracted(grid: RadialGrid) -> Integers:
    """int64[n], a forest of parents: what sources and closed branches that cannot be moved make one node."""
    root = np.arange(len(grid.power))
    for bus in grid.source_bus[1:]:
        join(root, int(grid.source_bus[0]), int(bus))
    for branch in np.flatnonzero(grid.closed & ~grid.movable):
        if not join(root, int(grid.branch_from[branch]), int(grid.branch_to[branch])):
            raise AlgorithmError("branches that cannot be opened make a loop or join two sources; no state is radial")
    return root


def find(root: Integers, node: int) -> int:
    """The node that stands for a set of joined ones (union-find with path halving)."""
    while root[node] != node:
        root[node] = root[root[node]]
        node = int(root[node])
    return node


def join(root: Integers, one: int, other: int) -> bool:
    """False where both are joined already."""
    one, other = find(root, one), find(root, other)
    root[max(one, other)] = min(one, other)
    return one != other


def _reached(edges: Sequence[Chain], fed: int) -> list[Chain]:
    """Those that some state can feed."""
    nodes = {node for edge in edges for node in (edge.start, edge.end)} | {fed}
    number = {node: position for position, node in enumerate(sorted(nodes))}
    root = np.arange(len(number))
    for edge in edges:
        join(root, number[edge.start], number[edge.end])
    return [edge for edge in edges if find(root, number[edge.start]) == find(root, number[fed])]


def _beside(edges: Sequence[Chain]) -> dict[int, set[int]]:
    beside: dict[int, set[int]] = {}
    for number, edge in enumerate(edges):
        beside.setdefault(edge.start, set()).add(number)
        beside.setdefault(edge.end, set()).add(number)
    return beside


def _without_pendants(edges: Sequence[Chain], fed: int) -> list[Chain]:
    """Without what hangs on one branch only, which no tree leaves out."""
    beside = _beside(edges)
    ends = [node for node, numbers in beside.items() if len(numbers) == 1 and node != fed]
    gone: set[int] = set()
    while ends:
        node = ends.pop()
        for number in beside.pop(node, set()):
            edge = edges[number]
            if edge.start == edge.end:
                continue
            gone.add(number)
            other = edge.end if edge.start == node else edge.start
            beside[other].discard(number)
            if len(beside[other]) == 1 and other != fed:
                ends.append(other)
    return [edge for number, edge in enumerate(edges) if number not in gone]


def _in_series(edges: Sequence[Chain], fed: int) -> list[Chain]:
    """Two branches at a node with no third become one chain."""
    merged = dict(enumerate(edges))
    beside = _beside(edges)
    for node in [each for each in beside if each != fed]:
        if len(beside[node]) != 2 or any(merged[number].start == merged[number].end for number in beside[node]):
            continue
        keep, drop = sorted(beside[node])
        one, other = merged[keep], merged[drop]
        start = one.end if one.start == node else one.start
        end = other.end if other.start == node else other.start
        merged[keep] = Chain(start, end, one.branches + other.branches)
        del merged[drop]
        beside[end].discard(drop)
        beside[end].add(keep)
        del beside[node]
    return list(merged.values())


def count_trees(found: Sequence[Chain], weighted: bool = True) -> float:
    """How many spanning trees there are; weighted=False: of the graph of chains alone."""
    nodes = sorted({node for chain in found for node in (chain.start, chain.end)})
    number = {node: position for position, node in enumerate(nodes)}
    matrix = np.zeros((len(nodes), len(nodes)))
    logarithm = 0.0
    for chain in found:
        length = len(chain.branches) if weighted else 1
        logarithm += float(np.log(length))
        start, end = number[chain.start], number[chain.end]
        if start != end:
            matrix[[start, end], [start, end]] += 1 / length
            matrix[[start, end], [end, start]] -= 1 / length
    sign, determinant = np.linalg.slogdet(matrix[1:, 1:])
    return float(np.exp(min(logarithm + float(determinant), 700.0))) if sign > 0 else 1.0


def opened_chains(found: Sequence[Chain]) -> Iterator[list[int]]:
    """Of every spanning tree of the graph of chains: the chains that it leaves out."""
    nodes = sorted({node for chain in found for node in (chain.start, chain.end)})
    number = {node: position for position, node in enumerate(nodes)}
    ends = [(number[chain.start], number[chain.end]) for chain in found]
    yield from _extended(ends, 0, np.arange(len(nodes)), [])


def _extended(ends: Sequence[tuple[int, int]], at: int, root: Integers, out: list[int]) -> Iterator[list[int]]:
    if at == len(ends):
        yield list(out)
        return
    start, end = ends[at]
    if _spans(ends[at + 1 :], root):
        yield from _extended(ends, at + 1, root, [*out, at])
    inside = root.copy()
    if join(inside, start, end):
        yield from _extended(ends, at + 1, inside, out)


def _spans(ends: Sequence[tuple[int, int]], root: Integers) -> bool:
    """What is joined already and these join all nodes."""
    trial = root.copy()
    for start, end in ends:
        join(trial, start, end)
    return len({find(trial, node) for node in range(len(trial))}) == 1
