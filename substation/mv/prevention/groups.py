"""Loads that are forecast together: those of one feeder in the normal state, wherever they are fed from now."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from substation.grid.arrays import Complexes, Floats, Integers
from substation.grid.topology import Topology

PV = "pv"


@dataclass(frozen=True, slots=True)
class Groups:
    """names: by feeder. member: int64[n], number of the group, -1 for nodes without load and generation.
    shares: complex128[groups, n]: where one watt more of the group goes, by rated peak of its loads. rated_w, pv_w:
    float64[groups], rated peak of its loads, and rating of the PV behind the same feeder."""

    names: tuple[str, ...]
    member: Integers
    shares: Complexes
    rated_w: Floats
    pv_w: Floats

    def powers_w(self, power_va: Complexes) -> Floats:
        """Net consumption of every group, of complex128[n]."""
        used = self.member >= 0
        return np.bincount(self.member[used], power_va.real[used], minlength=len(self.names)).astype(np.float64)


def groups(topology: Topology) -> Groups:
    """Groups without load, of generators alone, have no shares and are left out."""
    network, index = topology.network, topology.arrays.node_index
    found: dict[str, int] = {}
    member = np.full(topology.arrays.nodes, -1, dtype=np.int64)
    for load in network.loads:
        name = _feeder(topology, load.id)
        if load.active_power_w > 0:
            member[index[load.node]] = found.setdefault(name, len(found))
    shares = np.zeros((len(found), topology.arrays.nodes), dtype=np.complex128)
    for load in network.loads:
        node = index[load.node]
        if member[node] >= 0:
            shares[member[node], node] += complex(load.active_power_w, load.reactive_power_var)
    rated_w, pv_w = shares.real.sum(axis=1), np.zeros(len(found))
    for generator in network.generators:
        name = _feeder(topology, generator.id)
        if generator.kind == PV and name in found:
            pv_w[found[name]] += generator.rated_power_w
    return Groups(tuple(found), member, shares / rated_w[:, None], rated_w, pv_w)


def _feeder(topology: Topology, element: str) -> str:
    """At the primary substation, in the normal state."""
    feeders = topology.feeders_of(element, topology.normal_tree)
    return feeders[-1].id if feeders else ""
