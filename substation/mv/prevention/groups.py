"""Loads that are forecast together: those of one feeder in the normal state, wherever they are fed from now."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from substation.grid.arrays import Complexes, Floats, Integers
from substation.grid.topology import Topology


@dataclass(frozen=True, slots=True)
class Groups:
    """names: by feeder. member: int64[n], number of the group, -1 for nodes without load and generation.
    shares: complex128[groups, n]: where one watt more of the group goes, by rated peak of its loads."""

    names: tuple[str, ...]
    member: Integers
    shares: Complexes

    def powers_w(self, power_va: Complexes) -> Floats:
        """Net consumption of every group, of complex128[n]."""
        used = self.member >= 0
        return np.bincount(self.member[used], power_va.real[used], minlength=len(self.names)).astype(np.float64)


def groups(topology: Topology) -> Groups:
    """Groups without load, of generators alone, have no shares and are left out."""
    network, index, tree = topology.network, topology.arrays.node_index, topology.normal_tree
    found: dict[str, int] = {}
    member = np.full(topology.arrays.nodes, -1, dtype=np.int64)
    for load in network.loads:
        feeders = topology.feeders_of(load.id, tree)
        name = feeders[-1].id if feeders else ""
        if load.active_power_w > 0:
            member[index[load.node]] = found.setdefault(name, len(found))
    shares = np.zeros((len(found), topology.arrays.nodes), dtype=np.complex128)
    for load in network.loads:
        node = index[load.node]
        if member[node] >= 0:
            shares[member[node], node] += complex(load.active_power_w, load.reactive_power_var)
    return Groups(tuple(found), member, shares / shares.real.sum(axis=1, keepdims=True))
