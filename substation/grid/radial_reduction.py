"""A radial grid of a study as the restoration search sees it: what stays as it is, what is dark, what may be moved.

What is free may be re-switched: in the narrow scope only what the fault has left dark, in a wide one also parts that
are fed. Everything else is live and stays as it is. A stiff source feeds each of its branches on its own: what hangs on
one of them does not see the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from models.errors import DivergedError
from substation.grid.arrays import Booleans, Complexes, Floats, Integers
from substation.grid.forest import extra_branches, grow
from substation.grid.radial import RadialGrid
from substation.grid.reduction import Reduction
from substation.grid.search_arrays import ReducedGrid
from substation.grid.search_kernel import flows
from substation.grid.sweep_kernel import sweep
from substation.grid.topology import NotRadialError

_TOLERANCE_PU = 1e-10
_MOST_ITERATIONS = 100


@dataclass(frozen=True, slots=True)
class RadialQuestion:
    """usable: bool[m], branches that no fault keeps out. power_pu: complex128[n], net consumption as it will be once
    fed. counted_w: float64[n], what counts as restored. loading_limit: float64[m], in p.u. of rating. ids: of branches.
    """

    grid: RadialGrid
    ids: Sequence[str]
    usable: Booleans
    power_pu: Complexes
    counted_w: Floats
    loading_limit: Floats


@dataclass(slots=True)
class _Nodes:
    """Buses, with a copy of every stiff source for each of its branches. bus_of: int64[k]; ends: int64[m] each."""

    bus_of: Integers
    branch_from: Integers
    branch_to: Integers
    roots: Integers
    source_of_root: Integers


@dataclass(slots=True)
class _Forest:
    order: Integers
    parent_branch: Integers
    parent_node: Integers
    root_of: Integers
    voltage: Complexes = field(default_factory=lambda: np.zeros(0, dtype=np.complex128))
    loss: Floats = field(default_factory=lambda: np.zeros(0))


def reduce_radial(asked: RadialQuestion, free: Booleans | None = None) -> Reduction:
    """Branch numbers of the reduction are those of the grid. free: bool[n], buses to re-switch besides the dark ones.

    NotRadialError, DivergedError: the live part is no sound starting point.
    """
    grid = asked.grid
    nodes = _split_sources(grid)
    first, adjacent = _rows(len(nodes.bus_of), nodes.branch_from, nodes.branch_to)
    closed = grid.closed & asked.usable
    kept = closed if free is None else closed & ~free[grid.branch_from] & ~free[grid.branch_to]
    forest = _grown(nodes, first, adjacent, kept)
    live = forest.root_of >= 0
    power = np.ascontiguousarray(asked.power_pu[nodes.bus_of])
    forest.voltage, forest.loss = _state(grid, nodes, forest, power)
    dark_end = ~(live[nodes.branch_from] & live[nodes.branch_to])
    offered = asked.usable & dark_end & grid.movable
    return Reduction(
        grid=_reduced(asked, nodes, first, adjacent, forest, live, power),
        branches={asked.ids[branch]: branch for branch in np.flatnonzero(offered).tolist()},
        node_of=np.arange(len(grid.power), dtype=np.int64),
        openable=tuple(asked.ids[branch] for branch in np.flatnonzero(offered & closed).tolist()),
        closable=tuple(asked.ids[branch] for branch in np.flatnonzero(offered & ~closed).tolist()),
        fixed_open=np.flatnonzero(~asked.usable | (~grid.movable & ~closed)),
        wide=free is not None,
    )


def _split_sources(grid: RadialGrid) -> _Nodes:
    bus_of = list(range(len(grid.power)))
    ends = grid.branch_from.copy(), grid.branch_to.copy()
    roots: list[int] = []
    source_of_root: list[int] = []
    for source, bus in enumerate(grid.source_bus.tolist()):
        roots.append(bus)
        source_of_root.append(source)
        near = grid.adjacent[grid.first[bus] : grid.first[bus + 1]]
        if grid.source_series[source] != 0 or grid.source_bus.tolist().count(bus) > 1:
            continue
        for branch in near[1:]:
            for side in ends:
                if side[branch] == bus:
                    side[branch] = len(bus_of)
            roots.append(len(bus_of))
            source_of_root.append(source)
            bus_of.append(bus)
    return _Nodes(
        np.array(bus_of, dtype=np.int64), *ends, np.array(roots, dtype=np.int64),
        np.array(source_of_root, dtype=np.int64),
    )  # fmt: skip


def _rows(count: int, start: Integers, end: Integers) -> tuple[Integers, Integers]:
    ends = np.concatenate([start, end])
    branches = np.tile(np.arange(len(start), dtype=np.int64), 2)
    order = np.argsort(ends, kind="stable")
    return np.searchsorted(ends[order], np.arange(count + 1)).astype(np.int64), branches[order]


def _grown(nodes: _Nodes, first: Integers, adjacent: Integers, kept: Booleans) -> _Forest:
    """What is live: what the sources feed over these branches, grouped by root."""
    order, branch, node, root = (np.empty(len(nodes.bus_of), dtype=np.int64) for _ in range(4))
    count = grow(first, adjacent, nodes.branch_from, nodes.branch_to, kept, nodes.roots, order, branch, node, root)
    loops = extra_branches(nodes.branch_from, nodes.branch_to, kept, branch, root)
    if len(loops):
        raise NotRadialError(f"branch {int(loops[0]) + 1} is fed from both sides; start from a radial grid")
    order = order[:count]
    return _Forest(order[np.argsort(root[order], kind="stable")], branch, node, root)


def _state(grid: RadialGrid, nodes: _Nodes, forest: _Forest, power: Complexes) -> tuple[Complexes, Floats]:
    """(voltages of the live part, losses behind each root); DivergedError when it cannot carry its own load."""
    voltage, drawn = (np.zeros(len(nodes.bus_of), dtype=np.complex128) for _ in range(2))
    current = np.zeros(len(grid.branch_from), dtype=np.complex128)
    drawn_pu = power + np.conj(grid.shunt[nodes.bus_of])
    iterations, change = sweep(
        forest.order, forest.parent_branch, forest.parent_node, forest.root_of, nodes.branch_from, grid.series,
        grid.half_shunt, grid.ratio, grid.source_voltage[nodes.source_of_root],
        grid.source_series[nodes.source_of_root], drawn_pu, _TOLERANCE_PU, _MOST_ITERATIONS, voltage, current, drawn,
    )  # fmt: skip
    if not change < _TOLERANCE_PU:
        raise DivergedError(iterations, change)
    behind = forest.parent_branch[forest.order]
    lost = grid.series[behind].real * np.abs(current[behind]) ** 2 * (behind >= 0)
    root = forest.root_of[forest.order]
    return voltage, np.bincount(root, weights=lost, minlength=len(nodes.roots)).astype(np.float64)


def _reduced(
    asked: RadialQuestion, nodes: _Nodes, first: Integers, adjacent: Integers, forest: _Forest, live: Booleans,
    power: Complexes,
) -> ReducedGrid:  # fmt: skip
    grid = asked.grid
    highest_pu = _highest(grid, power)
    bound_power = power - 1j * np.maximum(grid.shunt[nodes.bus_of].imag, 0.0) * highest_pu**2
    charging = np.conj(grid.half_shunt) * highest_pu**2
    for ends in (nodes.branch_from, nodes.branch_to):
        np.add.at(bound_power, ends, charging)
    base_flow = np.zeros(len(grid.branch_from), dtype=np.complex128)
    flows(forest.order, forest.parent_branch, forest.parent_node, bound_power.copy(), base_flow)
    counted_w = np.where(live, 0.0, asked.counted_w[nodes.bus_of])
    return ReducedGrid(
        first=first,
        adjacent=adjacent,
        branch_from=nodes.branch_from,
        branch_to=nodes.branch_to,
        series=grid.series,
        half_shunt=grid.half_shunt,
        ratio=grid.ratio,
        live=live,
        dark=np.flatnonzero(~live),
        ties=np.flatnonzero(live[nodes.branch_from] != live[nodes.branch_to]),
        base_parent_branch=forest.parent_branch,
        base_parent_node=forest.parent_node,
        base_root=forest.root_of,
        base_order=forest.order,
        base_first=np.searchsorted(forest.root_of[forest.order], np.arange(len(nodes.roots) + 1)).astype(np.int64),
        base_voltage=forest.voltage,
        source_voltage=grid.source_voltage[nodes.source_of_root],
        source_series=grid.source_series[nodes.source_of_root],
        power=power,
        load_w=counted_w,
        bound_power=bound_power,
        shunt=np.ascontiguousarray(grid.shunt[nodes.bus_of]),
        base_flow=base_flow,
        base_loss=forest.loss,
        current_rating=grid.rating,
        power_rating=np.full(len(grid.rating), np.inf),
        bound_rating=asked.loading_limit * grid.rating * highest_pu,
        loading_limit=asked.loading_limit,
        voltage_min=_but_at(nodes.roots, grid.voltage_min[nodes.bus_of], 0.0),
        voltage_max=_but_at(nodes.roots, grid.voltage_max[nodes.bus_of], np.inf),
        price=np.array([1.0, 0.0]),
    )


def _but_at(roots: Integers, limit: Floats, free: float) -> Floats:
    """The limit of every node but the roots, whose voltage no switching changes for the better."""
    limit[roots] = free
    return limit


def _highest(grid: RadialGrid, power: Complexes) -> float:
    """A voltage in p.u. that nothing within limits exceeds: the sources' where everything only draws."""
    draws = (power.real >= 0).all() and (power.imag >= 0).all() and (grid.shunt.imag <= 0).all()
    if draws and (np.abs(grid.ratio) == 1.0).all() and (grid.half_shunt.imag <= 0).all():
        return float(grid.source_voltage.max(initial=0.0))
    return float(grid.voltage_max[np.isfinite(grid.voltage_max)].max(initial=1.0))
