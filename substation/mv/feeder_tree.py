"""What a tripped breaker fed before the fault: its zones, and the switches on the way to each of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from models.network.elements import Feeder, Network, Switch
from substation.grid.arrays import Booleans
from substation.grid.positions import Positions
from substation.grid.topology import Topology, Tree
from substation.mv.indication import Indication

Step = tuple[str, Indication]
"""A switch, and the direction in which fault current from the breaker passes its indicator."""


@dataclass(frozen=True, slots=True)
class FeederTree:
    """The tripped feeder before the fault. way: by zone, nearest first, the steps from the breaker down. above: by zone
    the one before it, but for the first. switches: all that touch the feeder, open ones too. first: the breaker's own
    step."""

    feeder: Feeder
    nodes: frozenset[int]
    way: Mapping[int, tuple[Step, ...]]
    switches: tuple[Switch, ...]
    above: Mapping[int, int] = field(default_factory=dict)
    first: Step | None = None

    @property
    def zones(self) -> frozenset[int]:
        return frozenset(self.way)


def feeder_tree(topology: Topology, tree: Tree, feeder: Feeder) -> FeederTree:
    """What the feeder's breaker fed in this tree."""
    arrays, zone_of = topology.arrays, topology.zone_of_node
    below = topology_below(topology, tree, feeder)
    way: dict[int, tuple[Step, ...]] = {}
    before: dict[int, int] = {}
    first: Step | None = None
    for node in below:
        zone, branch = int(zone_of[node]), int(tree.parent_branch[node])
        if zone in way:
            continue
        above = int(zone_of[tree.parent_node[node]])
        leaves = bool(arrays.branch_from[branch] == tree.parent_node[node])
        step = (arrays.branch_id(branch), Indication.FORWARD if leaves else Indication.REVERSE)
        if step[0] == feeder.breaker:
            way[zone], first = way.get(above, ()), step
        else:
            way[zone], before[zone] = (*way.get(above, ()), step), above
    nodes = frozenset(below)
    touching = tuple(
        switch for switch in topology.network.switches if nodes.intersection(topology.nodes_of_element[switch.id])
    )
    return FeederTree(feeder, nodes, way, touching, before, first)


def closed_before(network: Network, breaker: str, open_before: Iterable[str], doubts_before: Iterable[str]) -> Booleans:
    """Switches that were closed before the event; the tripped breaker was, whatever the image said when it was read."""
    positions = {switch.id: True for switch in network.switches}
    positions |= dict.fromkeys((*open_before, *doubts_before), False)
    return Positions.certain(network, positions | {breaker: True}).closed


def topology_below(topology: Topology, tree: Tree, feeder: Feeder) -> list[int]:
    """Nodes that the feeder's breaker feeds, nearest first."""
    return [int(node) for node in tree.nodes_below(topology.switch_branch(feeder.breaker))]
