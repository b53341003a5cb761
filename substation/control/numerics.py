"""What the rules take from the grid numerics: connectivity for a set of closed switches, and the limits of a state."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from substation.control.demand import Demand
from substation.control.grid import Grid
from substation.grid.arrays import Booleans, Complexes
from substation.grid.forest import components
from substation.grid.limits import violations
from substation.grid.sweep import solve
from substation.grid.topology import Topology


class Numerics:
    """Adapter of one Topology: `grid` for the rules of connection, `check_limits` for S16."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self.grid = Grid(topology.network, self._labels)

    def _mask(self, closed: Collection[str]) -> Booleans:
        switches = self._topology.network.switches
        return np.array([switch.id in closed for switch in switches], dtype=np.bool_)

    def _labels(self, closed: Collection[str]) -> Sequence[int]:
        arrays = self._topology.arrays
        conducting = arrays.conducting(self._mask(closed))
        labels = components(arrays.nodes, arrays.branch_from, arrays.branch_to, conducting)
        return [int(label) for label in labels]

    def check_limits(self, closed: frozenset[str], node: str, demand: Demand) -> tuple[str, ...]:
        """Violations in words in the island of `node`; AlgorithmError when the island is not radial or diverges.

        What does not hang together with the node is left out, so that doubt elsewhere does not hinder.
        """
        inside = self.grid.islands(closed).nodes(node)
        switches = self._topology.network.switches
        near = frozenset(each.id for each in switches if each.id in closed and each.from_node in inside)
        flow = solve(self._topology, self._mask(near), self._consumption(demand), demand.taps)
        sources = enumerate(self._topology.network.sources)
        fed_by = frozenset(number for number, source in sources if source.node in inside)
        return tuple(str(violation) for violation in violations(flow, fed_by))

    def _consumption(self, demand: Demand) -> Complexes:
        """Net consumption per node, VA."""
        network, index = self._topology.network, self._topology.arrays.node_index
        consumption = np.zeros(self._topology.arrays.nodes, dtype=np.complex128)
        for load in network.loads:
            consumption[index[load.node]] += complex(*demand.loads[load.id])
        for generator in network.generators:
            consumption[index[generator.node]] -= complex(*demand.generators[generator.id])
        return consumption
