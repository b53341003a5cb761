"""Galvanic networks as the unit watches them: which bays belong to each at its busbar."""

from __future__ import annotations

from dataclasses import dataclass

from models.network.elements import GalvanicNetwork
from substation.grid.neutral import Neutrals
from substation.grid.positions import normal_positions
from substation.grid.topology import Topology
from substation.mv.reading import bay_of


@dataclass(frozen=True, slots=True)
class Watched:
    """One galvanic network of the file. node: of its busbar. bays: of transformers and feeders at its busbars, feeders:
    the latter alone."""

    galvanic: GalvanicNetwork
    node: int
    nominal_v: float
    bays: tuple[str, ...]
    feeders: tuple[str, ...]


def watched_networks(topology: Topology, neutrals: Neutrals) -> tuple[Watched, ...]:
    """As in the normal diagram: which busbar a bay stands at does not change."""
    network, index = topology.network, topology.arrays.node_index
    closed = normal_positions(network).closed
    found = []
    for galvanic in network.galvanic_networks:
        node = index[galvanic.busbar]
        inside = neutrals.joined(closed, node).nodes
        transformers = [bay_of(each.lv_node) for each in network.transformers if index[each.lv_node] in inside]
        feeders = [
            each.id
            for each in network.feeders
            if not each.within and inside.intersection(topology.nodes_of_element[each.breaker])
        ]
        found.append(
            Watched(
                galvanic,
                node,
                network.nodes[node].nominal_voltage_v,
                (*dict.fromkeys(transformers), *feeders),
                tuple(feeders),
            )
        )
    return tuple(found)
