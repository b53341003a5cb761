"""Power flow by node admittances, over meshes too: the second computation that a result has to agree with.

Fixed-point iteration on the factorised admittance matrix (implicit Z-bus method: Chen et al. 1991). It shares nothing
with the sweeps but the data: phasors instead of magnitudes, a matrix instead of a forest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.linalg import splu

from models.errors import AlgorithmError, DivergedError
from substation.grid.arrays import BASE_POWER_VA, Booleans, Complexes, Floats, Integers
from substation.grid.forest import components
from substation.grid.radial import RadialGrid

_TOLERANCE_PU = 1e-11
_MOST_ITERATIONS = 300


@dataclass(frozen=True, slots=True)
class NodalFlow:
    """n buses, m branches. voltage: complex128[n], p.u., 0 where nothing feeds. current: float64[m], p.u., the larger
    of both ends, at the to side; 0 where a branch is off or has no impedance (its part is not determined)."""

    voltage: Complexes
    current: Floats
    loss_pu: float
    fed: Booleans

    @property
    def loss_w(self) -> float:
        return self.loss_pu * BASE_POWER_VA


@dataclass(frozen=True, slots=True)
class _Joined:
    """node: int64[n], the node of each bus; branches without impedance have melted their ends into one."""

    node: Integers
    nodes: int
    branches: Integers


def nodal_flow(grid: RadialGrid, closed: Booleans) -> NodalFlow:
    """DivergedError when the loads cannot be carried; AlgorithmError for what has no admittance."""
    joined = _joined(grid, closed)
    start, end = joined.node[grid.branch_from[joined.branches]], joined.node[grid.branch_to[joined.branches]]
    part = components(joined.nodes, start, end, np.ones(len(start), dtype=np.bool_))
    fed = np.isin(part, part[joined.node[grid.source_bus]])
    at_node = _solved(grid, joined, fed)
    voltage = at_node[joined.node]
    current, loss = _through(grid, joined.branches, voltage)
    return NodalFlow(voltage, current, loss, fed[joined.node])


def _joined(grid: RadialGrid, closed: Booleans) -> _Joined:
    none = closed & (grid.series == 0)
    if np.any(none & (np.abs(grid.ratio - 1) > 0)) or np.any(none & (grid.half_shunt != 0)):
        raise AlgorithmError("a transformer or line without series impedance cannot be calculated; state its impedance")
    node = components(len(grid.power), grid.branch_from, grid.branch_to, none)
    return _Joined(node, int(node.max()) + 1, np.flatnonzero(closed & ~none))


def _stamps(grid: RadialGrid, branches: Integers) -> tuple[Complexes, Complexes, Complexes, Complexes]:
    """Admittances of each branch: from-from, from-to, to-from, to-to."""
    series, ratio = 1.0 / grid.series[branches], grid.ratio[branches]
    whole = series + grid.half_shunt[branches]
    return whole / np.abs(ratio) ** 2, -series / np.conj(ratio), -series / ratio, whole


def _matrix(grid: RadialGrid, joined: _Joined) -> coo_array:
    start, end = joined.node[grid.branch_from[joined.branches]], joined.node[grid.branch_to[joined.branches]]
    behind = grid.source_series != 0
    own = joined.node[grid.source_bus[behind]]
    rows = np.concatenate([start, start, end, end, joined.node, own])
    columns = np.concatenate([start, end, start, end, joined.node, own])
    values = np.concatenate([*_stamps(grid, joined.branches), grid.shunt, 1.0 / grid.source_series[behind]])
    return coo_array((values, (rows, columns)), shape=(joined.nodes, joined.nodes)).tocsc()


def _solved(grid: RadialGrid, joined: _Joined, fed: Booleans) -> Complexes:
    matrix = _matrix(grid, joined)
    stiff = grid.source_series == 0
    voltage = np.zeros(joined.nodes, dtype=np.complex128)
    injected = np.zeros(joined.nodes, dtype=np.complex128)
    power = np.zeros(joined.nodes, dtype=np.complex128)
    np.add.at(power, joined.node, grid.power)
    np.add.at(injected, joined.node[grid.source_bus[~stiff]], grid.source_voltage[~stiff] / grid.source_series[~stiff])
    given = np.zeros(joined.nodes, dtype=np.bool_)
    given[joined.node[grid.source_bus[stiff]]] = True
    voltage[joined.node[grid.source_bus[stiff]]] = grid.source_voltage[stiff]
    free = np.flatnonzero(fed & ~given)
    if len(free) == 0:
        return voltage
    factors = splu(matrix[free][:, free])
    injected[free] -= matrix[free][:, np.flatnonzero(given)] @ voltage[given]
    voltage[free] = factors.solve(injected[free])  # without load
    change = np.inf
    for _ in range(_MOST_ITERATIONS):
        new = factors.solve(injected[free] - np.conj(power[free] / voltage[free]))
        change = float(np.max(np.abs(new - voltage[free])))
        voltage[free] = new
        if change < _TOLERANCE_PU:
            return voltage
        if not change < 10.0:
            break
    raise DivergedError(_MOST_ITERATIONS, change)


def _through(grid: RadialGrid, branches: Integers, voltage: Complexes) -> tuple[Floats, float]:
    from_from, from_to, to_from, to_to = _stamps(grid, branches)
    start, end = voltage[grid.branch_from[branches]], voltage[grid.branch_to[branches]]
    into, out = from_from * start + from_to * end, to_from * start + to_to * end
    current = np.zeros(len(grid.series))
    current[branches] = np.maximum(np.abs(into) * np.abs(grid.ratio[branches]), np.abs(out))
    return current, float(np.sum((start * np.conj(into) + end * np.conj(out)).real))
