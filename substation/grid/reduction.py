"""The grid of a restoration, reduced to what the search moves: closed switches that stay closed melt into nodes.

The live part is what sources feed now; the dark part is what may be fed again. Everything else (the faulted area, other
dead parts) is left out, and with it every switch that leads there.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from models.errors import AlgorithmError, DivergedError
from substation.grid.arrays import BASE_POWER_VA, Booleans, Complexes, Floats, GridArrays, Integers
from substation.grid.forest import components, extra_branches, grow
from substation.grid.search_arrays import ReducedGrid, Scratch
from substation.grid.search_kernel import flows
from substation.grid.sweep_kernel import sweep
from substation.grid.topology import NotRadialError, Topology, Tree, radial_or_raise

Number = TypeVar("Number", np.float64, np.complex128)

_TOLERANCE_PU = 1e-10
_MOST_ITERATIONS = 100
_VOLTAGE_RISE = 1.01
"""How far a voltage may rise over the highest present one while load is added: the charging of dark cables."""


@dataclass(frozen=True, slots=True)
class Restorable:
    """What the search is asked, in terms of the network.

    closed: bool[s], switches that are closed now (after isolation). dark: bool[n], healthy nodes to feed again.
    consumption_va: complex128[n], net at live nodes, without generation at dark ones. counted_w: float64[n], the load
    that counts as restored. openable: closed switches inside the dark part; closable: open ones at its edge or inside.
    overload: allowed loading in p.u. of rating, by line or transformer, where it is not the network's limit (S16).
    """

    closed: Booleans
    dark: Booleans
    consumption_va: Complexes
    counted_w: Floats
    openable: Collection[str]
    closable: Collection[str]
    taps: Mapping[str, int]
    overload: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reduction:
    """The reduced grid with the way back: branch of every movable switch, reduced node of every node (-1: left out).

    A closable switch that leads to a part that is left out is not in `branches`. fixed_open: branches out of service.
    wide: only the sources are live; the search may re-switch what is fed now.
    """

    grid: ReducedGrid
    branches: Mapping[str, int]
    node_of: Integers
    openable: tuple[str, ...]
    closable: tuple[str, ...]
    fixed_open: Integers = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    wide: bool = False

    def scratch(self) -> Scratch:
        """Working memory with the live forest written into it."""
        nodes, branches = len(self.grid.live), len(self.grid.branch_from)
        return Scratch(
            parent_branch=self.grid.base_parent_branch.copy(),
            parent_node=self.grid.base_parent_node.copy(),
            root_of=self.grid.base_root.copy(),
            dark_order=np.zeros(nodes, dtype=np.int64),
            order=np.zeros(nodes, dtype=np.int64),
            flow=np.zeros(nodes, dtype=np.complex128),
            extra=np.zeros(branches, dtype=np.complex128),
            voltage=np.zeros(nodes, dtype=np.complex128),
            current=np.zeros(branches, dtype=np.complex128),
            drawn=np.zeros(nodes, dtype=np.complex128),
            demand=np.zeros(nodes, dtype=np.complex128),
            square=np.zeros(nodes, dtype=np.float64),
        )


_Forest = tuple[Integers, Integers, Integers, Integers]
"""order, parent branch, parent node, source"""


@dataclass(frozen=True, slots=True)
class _Kept:
    """Which nodes and branches stay: node_of int64[n] (-1 left out), branches int64[b], their reduced ends."""

    node_of: Integers
    branches: Integers
    branch_from: Integers
    branch_to: Integers
    nodes: int


def reduce(topology: Topology, asked: Restorable) -> Reduction:
    """Build the reduced grid. NotRadialError or DivergedError when the live part is no sound starting point."""
    tree = topology.tree(asked.closed)
    radial_or_raise(tree)
    kept = _keep(topology, asked, tree)
    arrays = topology.arrays
    live = np.zeros(kept.nodes, dtype=np.bool_)
    live[kept.node_of[tree.root_of >= 0]] = True
    grid = _grid(arrays, asked, kept, live)
    numbers = {arrays.branch_id(int(branch)): number for number, branch in enumerate(kept.branches)}
    return Reduction(
        grid=grid,
        branches=numbers,
        node_of=kept.node_of,
        openable=tuple(switch for switch in asked.openable if switch in numbers),
        closable=tuple(switch for switch in asked.closable if switch in numbers),
    )


def _keep(topology: Topology, asked: Restorable, tree: Tree) -> _Kept:
    arrays = topology.arrays
    inside = (tree.root_of >= 0) | asked.dark
    both = inside[arrays.branch_from] & inside[np.maximum(arrays.branch_to, 0)] & (arrays.branch_to >= 0)
    moving = np.zeros(arrays.branches, dtype=np.bool_)
    moving[[topology.switch_branch(switch) for switch in (*asked.openable, *asked.closable)]] = True
    is_switch = np.arange(arrays.branches) >= arrays.first_switch
    melted = both & is_switch & arrays.conducting(asked.closed) & ~moving
    labels = components(arrays.nodes, arrays.branch_from, arrays.branch_to, melted)
    used = np.unique(labels[inside])
    compact = np.full(arrays.nodes, -1, dtype=np.int64)
    compact[used] = np.arange(len(used))
    node_of = np.where(inside, compact[labels], -1)
    branches = np.flatnonzero(both & (~is_switch | moving))
    ends = node_of[arrays.branch_from[branches]], node_of[arrays.branch_to[branches]]
    return _Kept(node_of, branches, ends[0], ends[1], len(used))


def _grid(arrays: GridArrays, asked: Restorable, kept: _Kept, live: Booleans) -> ReducedGrid:
    first, adjacent = _adjacency(kept)
    switches = kept.branches >= arrays.first_switch
    roots = kept.node_of[arrays.source_node]
    forest = _live_forest(kept, first, adjacent, live, switches, roots)
    order, parent_branch, parent_node, root_of = forest
    power = _gathered(kept, asked.consumption_va / BASE_POWER_VA)
    ratio = arrays.tapped(asked.taps)[kept.branches]
    voltage, loss = _live_state(arrays, kept, forest, ratio, power)
    highest_pu = _VOLTAGE_RISE * float(np.abs(voltage).max(initial=0.0))
    bound_power = _bound_power(arrays, kept, power, highest_pu)
    current, apparent, loading = (each[kept.branches] for each in _ratings(arrays, asked))
    limits = arrays.network.limits
    one_live_end = live[kept.branch_from] != live[kept.branch_to]
    return ReducedGrid(
        first=first,
        adjacent=adjacent,
        branch_from=kept.branch_from,
        branch_to=kept.branch_to,
        series=arrays.series_pu[kept.branches],
        half_shunt=arrays.half_shunt_pu[kept.branches],
        ratio=ratio,
        live=live,
        dark=np.flatnonzero(~live),
        ties=np.flatnonzero(one_live_end & switches),
        base_parent_branch=parent_branch,
        base_parent_node=parent_node,
        base_root=root_of,
        base_order=order,
        base_first=np.searchsorted(root_of[order], np.arange(len(roots) + 1)).astype(np.int64),
        base_voltage=voltage,
        source_voltage=arrays.source_voltage_pu,
        source_series=arrays.source_series_pu,
        power=power,
        load_w=np.where(live, 0.0, _gathered(kept, asked.counted_w)),
        bound_power=bound_power,
        shunt=np.zeros(kept.nodes, dtype=np.complex128),
        base_flow=_flows(forest, bound_power, len(kept.branches)),
        base_loss=loss,
        current_rating=current,
        power_rating=apparent,
        bound_rating=loading * np.minimum(current * highest_pu, apparent),
        loading_limit=loading,
        voltage_min=np.full(kept.nodes, limits.voltage_min_pu),
        voltage_max=np.full(kept.nodes, limits.voltage_max_pu),
        price=np.array([0.0, -1.0]),
    )


def _live_state(
    arrays: GridArrays, kept: _Kept, forest: _Forest, ratio: Complexes, power: Complexes
) -> tuple[Complexes, Floats]:
    """(present voltages of the live part, losses behind each source); DivergedError when it cannot carry its load."""
    order, parent_branch, parent_node, root_of = forest
    voltage, drawn = (np.zeros(kept.nodes, dtype=np.complex128) for _ in range(2))
    current = np.zeros(len(kept.branches), dtype=np.complex128)
    series, shunt = arrays.series_pu[kept.branches], arrays.half_shunt_pu[kept.branches]
    iterations, change = sweep(
        order, parent_branch, parent_node, root_of, kept.branch_from, series, shunt, ratio, arrays.source_voltage_pu,
        arrays.source_series_pu, power, _TOLERANCE_PU, _MOST_ITERATIONS, voltage, current, drawn,
    )  # fmt: skip
    if not change < _TOLERANCE_PU:
        raise DivergedError(iterations, change)
    behind = parent_branch[order]
    lost = series[behind].real * np.abs(current[behind]) ** 2 * (behind >= 0)
    return voltage, np.bincount(root_of[order], weights=lost, minlength=len(arrays.source_node)).astype(np.float64)


def _bound_power(arrays: GridArrays, kept: _Kept, power: Complexes, highest_pu: float) -> Complexes:
    """Power of each node less the most that the lines which end there can charge."""
    bound = power.copy()
    lines = kept.branches < arrays.first_transformer
    charging = np.conj(arrays.half_shunt_pu[kept.branches][lines]) * highest_pu**2
    for ends in (kept.branch_from, kept.branch_to):
        np.add.at(bound, ends[lines], charging)
    return bound


def _adjacency(kept: _Kept) -> tuple[Integers, Integers]:
    ends = np.concatenate([kept.branch_from, kept.branch_to])
    numbers = np.concatenate([np.arange(len(kept.branches))] * 2)
    by_node = np.argsort(ends, kind="stable")
    first = np.searchsorted(ends[by_node], np.arange(kept.nodes + 1)).astype(np.int64)
    return first, numbers[by_node]


def _live_forest(
    kept: _Kept, first: Integers, adjacent: Integers, live: Booleans, switches: Booleans, roots: Integers
) -> _Forest:
    """(order grouped by source, parent branch, parent node, source) of the live nodes."""
    conducting = live[kept.branch_from] & live[kept.branch_to] & ~switches
    order, branch, node, root = (np.empty(kept.nodes, dtype=np.int64) for _ in range(4))
    count = grow(first, adjacent, kept.branch_from, kept.branch_to, conducting, roots, order, branch, node, root)
    if count != int(live.sum()) or len(extra_branches(kept.branch_from, kept.branch_to, conducting, branch, root)):
        raise NotRadialError("a live switch was offered to the search; only switches of the dark part can be moved")
    return order[:count][np.argsort(root[order[:count]], kind="stable")], branch, node, root


def _gathered(kept: _Kept, values: NDArray[Number]) -> NDArray[Number]:
    """Sums over the connectivity nodes of every reduced node."""
    inside = kept.node_of >= 0
    total: NDArray[Number] = np.zeros(kept.nodes, dtype=values.dtype)
    np.add.at(total, kept.node_of[inside], values[inside])
    return total


def _flows(forest: _Forest, power: Complexes, branches: int) -> Complexes:
    """complex128[branches]: sum of the power behind each live branch."""
    order, parent_branch, parent_node, _ = forest
    flow = np.zeros(branches, dtype=np.complex128)
    flows(order, parent_branch, parent_node, power.copy(), flow)
    return flow


def _ratings(arrays: GridArrays, asked: Restorable) -> tuple[Floats, Floats, Floats]:
    """(rated current, rated apparent power) in p.u. of base, inf where there is none; allowed loading by branch."""
    network, limits = arrays.network, arrays.network.limits
    current = np.full(arrays.branches, np.inf)
    apparent = np.full(arrays.branches, np.inf)
    loading = np.full(arrays.branches, limits.line_loading_pu)
    loading[arrays.first_transformer : arrays.first_switch] = limits.transformer_loading_pu
    for number, line in enumerate(network.lines):
        loading[number] = asked.overload.get(line.id, limits.line_loading_pu)
        if line.rated_current_a > 0:
            base_a = BASE_POWER_VA / (math.sqrt(3) * arrays.nominal_voltage_v[arrays.branch_from[number]])
            current[number] = line.rated_current_a / base_a
    for number, transformer in enumerate(network.transformers, arrays.first_transformer):
        apparent[number] = transformer.rated_power_va / BASE_POWER_VA
        loading[number] = asked.overload.get(transformer.id, limits.transformer_loading_pu)
    each = (limits.voltage_min_pu, limits.voltage_max_pu)
    if not all(math.isfinite(limit) for limit in each) or not np.isfinite(loading).all():
        raise AlgorithmError("the limits of the network are not finite numbers; correct network.json")
    return current, apparent, loading
