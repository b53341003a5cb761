"""One galvanic network as a tree of zones, from its busbar down all feeders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from substation.grid.topology import Topology, Tree
from substation.mv.indication import Indication


@dataclass(frozen=True, slots=True)
class NetworkTree:
    """One galvanic network as it is fed now. zones: parents first, the busbar's zone first. above: by zone the one
    before it. entered: by zone the switch through which it is fed, and the direction of a fault behind it. feeder: by
    zone the feeder bay, '' at the busbar."""

    zones: tuple[int, ...]
    above: Mapping[int, int]
    entered: Mapping[int, tuple[str, Indication]]
    feeder: Mapping[int, str]


def network_tree(topology: Topology, tree: Tree, nodes: frozenset[int]) -> NetworkTree:
    """nodes: of the galvanic network."""
    arrays, zone_of = topology.arrays, topology.zone_of_node
    feeder_of = {feeder.breaker: feeder.id for feeder in topology.network.feeders if not feeder.within}
    zones: dict[int, None] = {}
    above: dict[int, int] = {}
    entered: dict[int, tuple[str, Indication]] = {}
    feeder: dict[int, str] = {}
    for node in (int(each) for each in tree.order if int(each) in nodes):
        zone, parent = int(zone_of[node]), int(tree.parent_node[node])
        if zone in zones:
            continue
        zones[zone], feeder[zone] = None, ""
        if parent in nodes:
            branch = int(tree.parent_branch[node])
            switch = arrays.branch_id(branch)
            leaves = bool(arrays.branch_from[branch] == parent)
            above[zone] = int(zone_of[parent])
            entered[zone] = switch, Indication.FORWARD if leaves else Indication.REVERSE
            feeder[zone] = feeder_of.get(switch, feeder[above[zone]])
    return NetworkTree(tuple(zones), above, entered, feeder)
