"""What the rules take from the grid numerics: connectivity, power flow, limits, short circuits, neutrals of a state."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np

from substation.control.demand import Demand
from substation.control.grid import Grid
from substation.grid.arrays import Booleans, Complexes
from substation.grid.forest import components
from substation.grid.limits import Violation, violations
from substation.grid.neutral import Neutrals
from substation.grid.short_circuit import ShortCircuits
from substation.grid.sweep import Flow, solve
from substation.grid.topology import Topology
from substation.placements.derived import with_placements
from substation.placements.placement import Placement

MOST_DERIVED = 4
"""Derived grids that are kept: the present one, and those that somebody is about to make."""


@dataclass(frozen=True, slots=True)
class State:
    """A calculated state of one island. fed_by: numbers of the sources within it."""

    flow: Flow
    fed_by: frozenset[int]

    @property
    def violations(self) -> list[Violation]:
        """Limits that are not kept (SAFETY S16)."""
        return violations(self.flow, self.fed_by)


class Numerics:
    """Adapter of one Topology: `grid` for the rules of connection, `state` for limits, the others for faults.

    bare: of the grid without anything placed on it.
    """

    def __init__(self, topology: Topology) -> None:
        self.topology = self._topology = topology
        self.grid = Grid(topology.network, self._labels)
        self._switches = [each.id for each in topology.network.switches]
        self._placed: dict[tuple[Placement, ...], Numerics] = {}
        self.bare = self

    def with_placements(self, placements: tuple[Placement, ...]) -> Numerics:
        """The same with what stands on the grid; made once while nothing else is placed. UnplacedError."""
        if not placements:
            return self
        found = self._placed.get(placements)
        if found is None:
            found = Numerics(Topology(with_placements(self._topology.network, placements)))
            found.bare = self.bare
            while len(self._placed) >= MOST_DERIVED:
                del self._placed[next(iter(self._placed))]
            self._placed[placements] = found
        return found

    @cached_property
    def circuits(self) -> ShortCircuits:
        """Made when a rule asks: AlgorithmError where only the topology is known."""
        return ShortCircuits(self._topology)

    @cached_property
    def neutrals(self) -> Neutrals:
        return Neutrals(self._topology)

    def mask(self, closed: Collection[str]) -> Booleans:
        return np.fromiter(map(frozenset(closed).__contains__, self._switches), np.bool_, len(self._switches))

    def _labels(self, closed: Collection[str]) -> Sequence[int]:
        arrays = self._topology.arrays
        conducting = arrays.conducting(self.mask(closed))
        labels = components(arrays.nodes, arrays.branch_from, arrays.branch_to, conducting)
        return cast("list[int]", labels.tolist())

    def state(self, closed: Collection[str], nodes: Collection[str], demand: Demand) -> State:
        """The islands of these nodes calculated; AlgorithmError when they are not radial or diverge.

        What does not hang together with the nodes is left out, so that doubt elsewhere does not hinder.
        """
        islands = self.grid.islands(closed)
        inside = frozenset().union(*(islands.nodes(node) for node in nodes))
        switches = self._topology.network.switches
        near = frozenset(each.id for each in switches if each.id in closed and each.from_node in inside)
        flow = solve(self._topology, self.mask(near), self._consumption(demand), demand.taps)
        sources = enumerate(self._topology.network.sources)
        return State(flow, frozenset(number for number, source in sources if source.node in inside))

    def _consumption(self, demand: Demand) -> Complexes:
        """Net consumption per node, VA."""
        network, index = self._topology.network, self._topology.arrays.node_index
        consumption = np.zeros(self._topology.arrays.nodes, dtype=np.complex128)
        for load in network.loads:
            consumption[index[load.node]] += complex(*demand.loads[load.id])
        for generator in network.generators:
            consumption[index[generator.node]] -= complex(*demand.generators[generator.id])
        for bank in network.capacitors:
            consumption[index[bank.node]] -= 1j * demand.banks[bank.id] * bank.step_var
        return consumption
