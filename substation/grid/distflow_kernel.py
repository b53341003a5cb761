"""Kernel of the radial power flow in squared magnitudes (DistFlow, Baran and Wu 1989): much faster than phasors.

For searches that ask of very many states how far they are beyond limits. Angles are left out, nothing else: the fixed
point is that of substation.grid.sweep_kernel. Each state begins from the voltages of the last one.
"""

from __future__ import annotations

import numpy as np
from numba import types

from substation.grid.compiled import compiled
from substation.grid.search_arrays import BOUND, FLOAT, GRID, NOTHING, SCRATCH, ReducedGrid, Scratch

COLLAPSED = 10.0
"""Strain of a state that the sources cannot carry."""

_TOLERANCE = 1e-6
_MOST_ITERATIONS = 40
_LOWEST, _HIGHEST = 0.2, 4.0
"""Squares of voltages in p.u. beyond which a sweep is given up."""
_ROUNDING_PU = 1e-7


@compiled(types.float64(types.complex128), inner=True)
def _squared(phasor: complex) -> float:
    return float(phasor.real * phasor.real + phasor.imag * phasor.imag)


@compiled(NOTHING(GRID, SCRATCH, types.int64), inner=True)
def _begin(grid: ReducedGrid, scratch: Scratch, total: int) -> None:
    for node in scratch.order[:total]:
        if not _LOWEST < scratch.square[node] < _HIGHEST:
            parent = scratch.parent_node[node]
            scratch.square[node] = _squared(grid.base_voltage[node]) if parent < 0 else scratch.square[parent]


@compiled(NOTHING(GRID, SCRATCH, types.int64), inner=True)
def _gather(grid: ReducedGrid, scratch: Scratch, total: int) -> None:
    """demand: power that each node draws; flow: what its branch gives to its series impedance's lower end."""
    for node in scratch.order[:total]:
        scratch.demand[node] = grid.power[node] + np.conj(grid.shunt[node]) * scratch.square[node]
    for position in range(total - 1, -1, -1):
        node = scratch.order[position]
        branch = scratch.parent_branch[node]
        if branch < 0:
            continue
        parent = scratch.parent_node[node]
        upwards = grid.branch_from[branch] != parent
        ratio = _squared(grid.ratio[branch])
        inner = scratch.square[node] / ratio if upwards else scratch.square[node]
        half = np.conj(grid.half_shunt[branch])
        outer = scratch.square[parent] if upwards else scratch.square[parent] / ratio
        scratch.flow[node] = scratch.demand[node] + half * inner
        squared_current = _squared(scratch.flow[node]) / inner
        scratch.demand[parent] += scratch.flow[node] + grid.series[branch] * squared_current + half * outer


@compiled(FLOAT(GRID, SCRATCH, types.int64), inner=True)
def _spread_voltage(grid: ReducedGrid, scratch: Scratch, total: int) -> float:
    """Squares of all voltages from the sources down; returns the largest change, inf after a collapse."""
    change = 0.0
    for node in scratch.order[:total]:
        branch, parent = scratch.parent_branch[node], scratch.parent_node[node]
        if branch < 0:
            source = scratch.root_of[node]
            series, through, ratio = grid.source_series[source], scratch.demand[node], 1.0
            inner = scratch.square[node]
            outer = grid.source_voltage[source] ** 2
        else:
            upwards = grid.branch_from[branch] != parent
            ratio = _squared(grid.ratio[branch])
            series, through = grid.series[branch], scratch.flow[node]
            outer = scratch.square[parent] if upwards else scratch.square[parent] / ratio
            ratio = ratio if upwards else 1.0
            inner = scratch.square[node] / ratio
        drop = 2.0 * (series.real * through.real + series.imag * through.imag)
        square = ratio * (outer - drop - _squared(series) * _squared(through) / inner)
        if not square > _LOWEST:
            scratch.square[node] = 0.0
            return np.inf
        change = max(change, abs(square - scratch.square[node]))
        scratch.square[node] = square
    return change


@compiled(FLOAT(GRID, SCRATCH, types.int64), inner=True)
def _beyond(grid: ReducedGrid, scratch: Scratch, node: int) -> float:
    """How far the node's voltage (tenfold) or the branch that feeds it is beyond its limit; 0 within."""
    square = scratch.square[node]
    beyond = 0.0
    if square < grid.voltage_min[node] ** 2:
        beyond = 10.0 * (grid.voltage_min[node] - np.sqrt(square))
    elif square > grid.voltage_max[node] ** 2:
        beyond = 10.0 * (np.sqrt(square) - grid.voltage_max[node])
    branch = scratch.parent_branch[node]
    if branch < 0:
        return beyond
    parent = scratch.parent_node[node]
    upwards = grid.branch_from[branch] != parent
    ratio = _squared(grid.ratio[branch])
    inner = square / ratio if upwards else square
    half = np.conj(grid.half_shunt[branch])
    outer = scratch.square[parent] if upwards else scratch.square[parent] / ratio
    below = _squared(scratch.flow[node] - half * inner)
    current = _squared(scratch.flow[node]) / inner
    above = _squared(scratch.flow[node] + grid.series[branch] * current + half * outer)
    load = max(above / outer, below / inner) / grid.current_rating[branch] ** 2  # rated at the to side
    load = max(load, max(above, below) / grid.power_rating[branch] ** 2)
    if load > grid.loading_limit[branch] ** 2:
        beyond = max(beyond, np.sqrt(load) - grid.loading_limit[branch])
    return beyond


@compiled(BOUND(GRID, SCRATCH, types.int64))
def settled_strain(grid: ReducedGrid, scratch: Scratch, total: int) -> tuple[float, float]:
    """(sum of all distances beyond limits, losses in p.u.) of the nodes scratch.order[:total]."""
    _begin(grid, scratch, total)
    change = np.inf
    for _ in range(_MOST_ITERATIONS):
        _gather(grid, scratch, total)
        change = _spread_voltage(grid, scratch, total)
        if not _TOLERANCE < change < np.inf:
            break
    if not change <= _TOLERANCE:
        return COLLAPSED, np.inf
    beyond, loss = 0.0, 0.0
    for node in scratch.order[:total]:
        beyond += max(0.0, _beyond(grid, scratch, node) - _ROUNDING_PU)
        branch = scratch.parent_branch[node]
        if branch >= 0:
            inner = scratch.square[node]
            if grid.branch_from[branch] != scratch.parent_node[node]:
                inner /= _squared(grid.ratio[branch])
            loss += grid.series[branch].real * _squared(scratch.flow[node]) / inner
    return min(beyond, COLLAPSED), loss
