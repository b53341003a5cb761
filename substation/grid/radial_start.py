"""Radial states to start a search from: near the present one, and the one that an optimal meshed flow suggests."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.linalg import splu

from substation.grid.arrays import Booleans, Complexes, Floats, Integers
from substation.grid.forest import components
from substation.grid.radial import RadialGrid
from substation.grid.spanning_trees import chains, contracted, join

_SOLUTIONS = 20
"""Of the meshed flow; where there are more loops, several are opened after each."""
_LEAST_SHARE = 1e-6
"""A branch without resistance counts with this share of the mean one."""


def spanning(grid: RadialGrid, preferred: Iterable[int]) -> Booleans:
    """bool[m]: what cannot be moved as it is, then branches in the order of preference as long as all stays radial.

    Everything is fed that can be. AlgorithmError where what cannot be moved is not radial.
    """
    root = contracted(grid)
    closed = grid.closed & ~grid.movable
    for branch in preferred:
        if grid.movable[branch]:
            closed[branch] = join(root, int(grid.branch_from[branch]), int(grid.branch_to[branch]))
    return closed


def near_present(grid: RadialGrid) -> Booleans:
    """The present state; of a loop that is closed now the last branch is opened, what is dark is fed."""
    return spanning(grid, np.argsort(~grid.closed, kind="stable"))


def from_meshed(grid: RadialGrid) -> Booleans:
    """Close everything, open the branch with the least current of the flow of least losses, and so on until radial
    (Shirmohammadi and Hong 1989). The flow is that of constant powers through the resistances alone."""
    usable = grid.closed | grid.movable
    parts = _parts(grid, usable)
    loops = int(usable.sum()) + len(grid.source_bus) - 1 - (len(grid.power) - parts)
    at_once = 1 + loops // _SOLUTIONS
    movable = np.zeros_like(usable)
    movable[[branch for chain in chains(grid) for branch in chain.branches]] = True  # no others lie in loops
    while loops > 0 and (movable & usable).any():
        magnitude = np.abs(_flows(grid, usable))
        opened = 0
        for branch in np.argsort(magnitude, kind="stable"):
            if not movable[branch] or not usable[branch]:
                continue
            usable[branch], movable[branch] = False, False
            if _parts(grid, usable) != parts:
                usable[branch] = True
            else:
                opened += 1
            if opened == min(at_once, loops):
                break
        loops -= opened
    return spanning(grid, np.argsort(~usable, kind="stable"))


def _parts(grid: RadialGrid, usable: Booleans) -> int:
    """How many parts the buses fall into, all sources being joined."""
    many = len(grid.source_bus) - 1
    start = np.concatenate([grid.branch_from, np.full(many, grid.source_bus[0])])
    end = np.concatenate([grid.branch_to, grid.source_bus[1:]])
    conducting = np.concatenate([usable, np.ones(many, dtype=np.bool_)])
    return int(components(len(grid.power), start, end, conducting).max()) + 1


def _flows(grid: RadialGrid, usable: Booleans) -> Complexes:
    """complex128[m]: powers through the usable branches in per unit, all sources at one potential."""
    buses, branches = len(grid.power), np.flatnonzero(usable)
    resistance = grid.series.real[branches]
    least = _LEAST_SHARE * max(float(resistance.mean()), _LEAST_SHARE)
    conductance = 1.0 / np.maximum(resistance, least)
    start, end = grid.branch_from[branches], grid.branch_to[branches]
    free = _unknown(grid, usable)
    place = np.full(buses, -1, dtype=np.int64)
    place[free] = np.arange(len(free))
    potential = np.zeros(buses, dtype=np.complex128)
    matrix = splu(_laplacian(place[start], place[end], conductance, len(free)))
    potential[free] = matrix.solve(-grid.power[free].real) + 1j * matrix.solve(-grid.power[free].imag)
    flow = np.zeros(len(usable), dtype=np.complex128)
    flow[branches] = conductance * (potential[start] - potential[end])
    return flow


def _unknown(grid: RadialGrid, usable: Booleans) -> Integers:
    """Buses that something feeds, without those of the sources."""
    part = components(len(grid.power), grid.branch_from, grid.branch_to, usable)
    fed = np.isin(part, part[grid.source_bus])
    fed[grid.source_bus] = False
    return np.flatnonzero(fed)


def _laplacian(start: Integers, end: Integers, conductance: Floats, size: int) -> coo_array:
    rows = np.concatenate([start, end, start, end])
    columns = np.concatenate([start, end, end, start])
    values = np.concatenate([conductance, conductance, -conductance, -conductance])
    inside = (rows >= 0) & (columns >= 0)
    return coo_array((values[inside], (rows[inside], columns[inside])), shape=(size, size)).tocsc()
