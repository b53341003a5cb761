"""Topology of the grid: zones, what feeds what, loops and parallels, paths and feeders.

A zone is a set of nodes joined by lines alone: what a fault in it takes with it. Whether a conductor is fed is judged
twice (SAFETY S14): it is LIVE when sources reach it over certainly closed switches, DEAD when none reaches it even if
every doubtful switch were closed, else UNKNOWN. "Dead" here means disconnected by topology, not voltage absent (S1).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

import numpy as np

from models.errors import AlgorithmError
from models.network.elements import Feeder, Network, SwitchKind
from substation.grid.arrays import Booleans, GridArrays, Integers, grid_arrays
from substation.grid.forest import components, extra_branches, grow
from substation.grid.positions import Positions, normal_positions


class Supply(Enum):
    LIVE = "live"
    DEAD = "disconnected"
    UNKNOWN = "unknown"


class NotRadialError(AlgorithmError):
    """The closed switches make a loop or join two sources; the text names a branch of it."""


@dataclass(frozen=True, slots=True)
class Tree:
    """Forest of everything that sources feed, by one mask of closed switches.

    order: int64[reached], parents first. parent_branch, parent_node, root_of: int64[n]; root_of is the number of the
    source (Network.sources), -1 where none arrives. extra: branches that close a loop or a parallel.
    """

    arrays: GridArrays
    order: Integers
    parent_branch: Integers
    parent_node: Integers
    root_of: Integers
    extra: Integers

    @property
    def radial(self) -> bool:
        return len(self.extra) == 0

    def path(self, node: int) -> list[int]:
        """Branches from the source down to the node; empty at a source or where nothing feeds the node."""
        branches = []
        while (branch := int(self.parent_branch[node])) >= 0:
            branches.append(branch)
            node = int(self.parent_node[node])
        return branches[::-1]

    def nodes_below(self, branch: int) -> Integers:
        """Nodes that are fed through the branch, nearest first; empty when it feeds nothing."""
        below = np.zeros(self.arrays.nodes, dtype=np.bool_)
        found = []
        for node in self.order:
            parent = self.parent_node[node]
            if self.parent_branch[node] == branch or (parent >= 0 and below[parent]):
                below[node] = True
                found.append(node)
        return np.array(found, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Energisation:
    """Supply of every node, both masks kept. feeding is the tree over certainly closed switches."""

    feeding: Tree
    possible: Tree

    def node(self, number: int) -> Supply:
        if self.feeding.root_of[number] >= 0:
            return Supply.LIVE
        return Supply.UNKNOWN if self.possible.root_of[number] >= 0 else Supply.DEAD


class Topology:
    """Everything topological about one network; built once, asked with positions."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.arrays = grid_arrays(network)
        self._feeder_of_breaker = {feeder.breaker: feeder for feeder in network.feeders}

    @cached_property
    def zone_of_node(self) -> Integers:
        """int64[n]: the zone of every node, zones numbered from 0."""
        arrays = self.arrays
        lines = np.arange(arrays.branches) < arrays.first_transformer
        return components(arrays.nodes, arrays.branch_from, arrays.branch_to, lines)

    @cached_property
    def zone_elements(self) -> tuple[tuple[str, ...], ...]:
        """Per zone the ids of its lines and station busbars; of its nodes where it has neither."""
        network, count = self.network, int(self.zone_of_node.max()) + 1
        elements: list[list[str]] = [[] for _ in range(count)]
        for number, line in enumerate(network.lines):
            elements[self.zone_of_node[self.arrays.branch_from[number]]].append(line.id)
        for number, node in enumerate(network.nodes):
            if node.busbar:
                elements[self.zone_of_node[number]].append(node.id)
        for number, node in enumerate(network.nodes):
            zone = self.zone_of_node[number]
            if not elements[zone]:
                elements[zone].append(node.id)
        return tuple(tuple(ids) for ids in elements)

    @cached_property
    def nodes_of_element(self) -> Mapping[str, tuple[int, ...]]:
        """Node numbers at which an element stands, for every conducting element and node; earth is left out."""
        network, index = self.network, self.arrays.node_index
        ends: dict[str, tuple[str, ...]] = {node.id: (node.id,) for node in network.nodes}
        ends |= {line.id: (line.from_node, line.to_node) for line in network.lines}
        ends |= {each.id: (each.hv_node, each.lv_node) for each in network.transformers}
        ends |= {switch.id: (switch.from_node, switch.to_node) for switch in network.switches}
        ends |= {load.id: (load.node,) for load in network.loads}
        ends |= {generator.id: (generator.node,) for generator in network.generators}
        ends |= {bank.id: (bank.node,) for bank in network.capacitors}
        ends |= {source.id: (source.node,) for source in network.sources}
        return {element: tuple(index[node] for node in nodes if node) for element, nodes in ends.items()}

    def zone_of(self, element: str) -> int | None:
        """The zone of a line, node, load or generator; None for what joins zones, or is unknown."""
        zones = {int(self.zone_of_node[node]) for node in self.nodes_of_element.get(element, ())}
        return zones.pop() if len(zones) == 1 else None

    def tree(self, closed: Booleans, without: Collection[str] = ()) -> Tree:
        """The forest that the sources feed over closed switches (bool[s]). without: transformers that are left out."""
        arrays = self.arrays
        conducting = arrays.conducting(closed)
        for number, transformer in enumerate(self.network.transformers if without else ()):
            conducting[arrays.first_transformer + number] &= transformer.id not in without
        order, branch, node, root = (np.empty(arrays.nodes, dtype=np.int64) for _ in range(4))
        count = grow(
            arrays.first,
            arrays.adjacent,
            arrays.branch_from,
            arrays.branch_to,
            conducting,
            arrays.source_node,
            order,
            branch,
            node,
            root,
        )
        extra = extra_branches(arrays.branch_from, arrays.branch_to, conducting, branch, root)
        return Tree(arrays, order[:count].copy(), branch, node, root, extra)

    @cached_property
    def normal_tree(self) -> Tree:
        """What the sources feed in the released normal diagram."""
        return self.tree(normal_positions(self.network).closed)

    def energisation(self, positions: Positions) -> Energisation:
        return Energisation(self.tree(positions.feeding), self.tree(positions.isolating))

    def supplies(self, energisation: Energisation) -> dict[str, Supply]:
        """Supply of every conducting element and node by id; an element between a live and a dead node is live."""
        order = (Supply.LIVE, Supply.UNKNOWN, Supply.DEAD)
        states = [energisation.node(number) for number in range(self.arrays.nodes)]
        return {
            element: min((states[node] for node in nodes), key=order.index, default=Supply.DEAD)
            for element, nodes in self.nodes_of_element.items()
        }

    def switch_branch(self, switch: str) -> int:
        """Branch number of a switch; KeyError when the network has no such switch."""
        return self.arrays.first_switch + self.arrays.switch_index[switch]

    def feeder_of(self, element: str, tree: Tree) -> Feeder | None:
        """The feeder whose breaker feeds the element in this tree (the last on the way); None above all breakers."""
        return next(iter(self.feeders_of(element, tree)), None)

    def feeders_of(self, element: str, tree: Tree) -> list[Feeder]:
        """Every feeder on the way to the element, the last one first: line reclosers, then the feeder around them."""
        for node in self.nodes_of_element.get(element, ()):
            ids = [self.arrays.branch_id(branch) for branch in reversed(tree.path(node))]
            found = [feeder for each in ids if (feeder := self._feeder_of_breaker.get(each)) is not None]
            if found:
                return found
        return []

    def closing_joins(self, switch: str, tree: Tree) -> str:
        """What closing an open switch would join, in words: '' when one side at most is fed (SAFETY S7, S8)."""
        nodes = self.nodes_of_element[switch]
        if len(nodes) < 2 or any(tree.root_of[node] < 0 for node in nodes):
            return ""
        one, other = (self.network.sources[int(tree.root_of[node])].id for node in nodes)
        if one == other:
            return f"closing {switch} makes a loop on {one}"
        return f"closing {switch} makes a parallel of {one} and {other}"

    def upstream_breakers(self, feeder: Feeder, tree: Tree) -> list[str]:
        """Breakers between the source and the feeder's own breaker: transformer and busbar bays."""
        nodes = self.nodes_of_element[feeder.breaker]
        fed = [node for node in nodes if tree.root_of[node] >= 0]
        path = min((tree.path(node) for node in fed), key=len, default=[])
        ids = [self.arrays.branch_id(branch) for branch in path]
        return [each for each in ids if each in self._breakers and each != feeder.breaker]

    @cached_property
    def _breakers(self) -> frozenset[str]:
        return frozenset(each.id for each in self.network.switches if each.kind is SwitchKind.BREAKER)


def radial_or_raise(tree: Tree) -> None:
    """NotRadialError when the tree has a loop or a parallel."""
    if not tree.radial:
        branch = tree.arrays.branch_id(int(tree.extra[0]))
        raise NotRadialError(f"{branch} closes a loop or a parallel; open one switch of it")


def switch_numbers(topology: Topology, switches: Sequence[str]) -> Integers:
    """Numbers of switches in the order of Network.switches."""
    return np.array([topology.arrays.switch_index[each] for each in switches], dtype=np.int64)
