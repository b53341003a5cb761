"""Galvanic networks of any state: what lines and closed switches join, without transformers; their earth-fault current.

A coil or resistor counts where the transformer (or source) that feeds its network in the normal diagram belongs to the
joined part.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from models.network.completion import earth_capacitance_f
from models.network.elements import GalvanicNetwork, Network
from models.network.unstated import Unstated
from substation.grid.arrays import Booleans, Floats, Integers
from substation.grid.forest import components
from substation.grid.positions import normal_positions
from substation.grid.topology import Topology
from substation.placements.placement import PLACED


@dataclass(frozen=True, slots=True)
class Joined:
    """One galvanic network of a state. neutrals: whose neutral is connected. capacitive_a: earth-fault current in A."""

    nodes: frozenset[int]
    neutrals: tuple[GalvanicNetwork, ...]
    capacitive_a: float


class Neutrals:
    """One per topology; asked with the closed switches of any state (bool[s])."""

    def __init__(self, topology: Topology) -> None:
        self._topology, arrays = topology, topology.arrays
        network, index = topology.network, arrays.node_index
        self._line_from = np.array([index[line.from_node] for line in network.lines], dtype=np.int64)
        self._line_a = None if network.topology_only else self._currents(network)
        self._normal = self._labels(normal_positions(network).closed)
        self._feeding = self._feeding_nodes()

    def _currents(self, network: Network) -> Floats:
        """What each line adds to an earth fault, in A."""
        earth_f = np.array(
            [earth_capacitance_f(each.capacitance_f, each.earth_capacitance_f) for each in network.lines]
        )
        omega = 2 * math.pi * network.frequency_hz
        return math.sqrt(3) * omega * earth_f * self._topology.arrays.nominal_voltage_v[self._line_from]

    def _labels(self, closed: Booleans) -> Integers:
        arrays = self._topology.arrays
        conducting = arrays.conducting(closed)
        conducting[arrays.first_transformer : arrays.first_switch] = False
        return components(arrays.nodes, arrays.branch_from, arrays.branch_to, conducting)

    def _feeding_nodes(self) -> Mapping[str, tuple[int, ...]]:
        """Per galvanic network the nodes where its neutral is connected: its transformers' and sources' terminals."""
        network, index = self._topology.network, self._topology.arrays.node_index
        labels = self._normal
        terminals = [index[each.lv_node] for each in network.transformers] + [
            index[each.node]
            for each in network.sources
            if not each.id.startswith(PLACED)  # the neutral of a mobile generator is connected to nothing
        ]
        return {
            each.id: tuple(node for node in terminals if labels[node] == labels[index[each.busbar]])
            for each in network.galvanic_networks
        }

    def joined(self, closed: Booleans, node: int) -> Joined:
        """The galvanic network of this node."""
        labels = self._labels(closed)
        inside = labels == labels[node]
        neutrals = tuple(
            each
            for each in self._topology.network.galvanic_networks
            if any(inside[terminal] for terminal in self._feeding[each.id])
        )
        return Joined(frozenset(np.flatnonzero(inside).tolist()), neutrals, self._capacitive_a(inside))

    def homes(self, nodes: Collection[int]) -> frozenset[str]:
        """Ids of the galvanic networks that these nodes belong to in the released normal diagram."""
        labels = set(self._normal[list(nodes)].tolist())
        return frozenset(
            name
            for name, terminals in self._feeding.items()
            if any(self._normal[terminal] in labels for terminal in terminals)
        )

    def _capacitive_a(self, inside: Booleans) -> float:
        """In A. Of a topology alone nobody computes with it: whoever tries is told so in words."""
        if self._line_a is None:
            return Unstated(f"the earth-fault current of {self._topology.network.name}")
        return float(self._line_a[inside[self._line_from]].sum()) if len(self._line_a) else 0.0
