"""The grid as the rules see it: which nodes hang together for a set of closed switches, and what belongs to a node."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache

from models.network.elements import CapacitorBank, Feeder, Generator, Load, Network, Node, Switch, SwitchKind
from substation.control.couplers import couplers, joined_by
from substation.control.instruments import Instruments
from substation.register import PointRegister

Labelling = Callable[[Collection[str]], Sequence[int]]
"""Closed switches (ids) -> island number of every node, in the order of network.nodes. Lines and transformers join."""

MOST_KEPT = 16
"""States whose islands are kept: of one command and of those judged beside it."""


class Islands:
    """Nodes joined by lines, transformers and a set of closed switches."""

    def __init__(self, grid: Grid, labels: Sequence[int]) -> None:
        self._grid, self._labels = grid, labels

    def of(self, node: str) -> int:
        return self._labels[self._grid.index[node]]

    def joined(self, one: str, other: str) -> bool:
        return self.of(one) == self.of(other)

    @cached_property
    def _live(self) -> frozenset[int]:
        return frozenset(self.of(source.node) for source in self._grid.network.sources)

    def live(self, node: str) -> bool:
        """A source feeds the island of this node; by topology only, which never proves the opposite (SAFETY S1)."""
        return self.of(node) in self._live

    @cached_property
    def _members(self) -> Mapping[int, frozenset[str]]:
        members: dict[int, list[str]] = defaultdict(list)
        for node, label in zip(self._grid.network.nodes, self._labels, strict=True):
            members[label].append(node.id)
        return {label: frozenset(nodes) for label, nodes in members.items()}

    def nodes(self, node: str) -> frozenset[str]:
        """Every node of the island of this node."""
        return self._members[self.of(node)]


class Grid:
    """A network with the look-ups that rules need. `labelling` comes from the topology of the grid numerics."""

    def __init__(self, network: Network, labelling: Labelling) -> None:
        self.network = network
        self._labelled = lru_cache(MOST_KEPT)(lambda closed: Islands(self, labelling(closed)))
        self._instruments: Instruments | None = None
        self.index = {node.id: number for number, node in enumerate(network.nodes)}
        self.switches: Mapping[str, Switch] = {switch.id: switch for switch in network.switches}
        self.feeder_of_breaker: Mapping[str, Feeder] = {feeder.breaker: feeder for feeder in network.feeders}
        self._node_by_id: Mapping[str, Node] = {node.id: node for node in network.nodes}

    def islands(self, closed: Iterable[str]) -> Islands:
        """For these closed switches; kept while the same are asked for again."""
        return self._labelled(frozenset(closed))

    def instruments(self, register: PointRegister) -> Instruments:
        """A unit has one register."""
        found = self._instruments
        if found is None or found.register is not register:
            found = self._instruments = Instruments(self.network, register)
        return found

    def node(self, node: str) -> Node:
        return self._node_by_id[node]

    def sides(self, switch: Switch) -> tuple[str, ...]:
        """Its nodes; an earthing switch has one."""
        return tuple(node for node in (switch.from_node, switch.to_node) if node)

    @cached_property
    def _element_nodes(self) -> Mapping[str, tuple[str, ...]]:
        nodes: dict[str, tuple[str, ...]] = {node.id: (node.id,) for node in self.network.nodes}
        nodes |= {line.id: (line.from_node, line.to_node) for line in self.network.lines}
        nodes |= {transformer.id: (transformer.lv_node,) for transformer in self.network.transformers}
        nodes |= {load.id: (load.node,) for load in self.network.loads}
        nodes |= {generator.id: (generator.node,) for generator in self.network.generators}
        nodes |= {bank.id: (bank.node,) for bank in self.network.capacitors}
        return nodes

    @cached_property
    def _nodes_below(self) -> Mapping[str, frozenset[str]]:
        """Nodes of every element and of every path above one: `ST103/K1/BB1` holds `ST103/K1/BB1/N1`."""
        below: dict[str, set[str]] = defaultdict(set)
        for element, nodes in self._element_nodes.items():
            path = element
            while path:
                below[path].update(nodes)
                path = path.rpartition("/")[0]
        return {path: frozenset(nodes) for path, nodes in below.items()}

    def nodes_of(self, element: str) -> frozenset[str]:
        """Nodes of a conductor (node, line, busbar, transformer, load, generator), bay or station; else empty."""
        return frozenset() if element in self.switches else self._nodes_below.get(element, frozenset())

    def knows(self, element: str) -> bool:
        return element in self.switches or element in self._nodes_below

    def boundary(self, islands: Islands, nodes: Iterable[str]) -> tuple[Switch, ...]:
        """The switches between the islands of these nodes and the rest, in the order of the network."""
        inside = {islands.of(node) for node in nodes}
        return tuple(
            switch
            for switch in self.network.switches
            if switch.to_node and (islands.of(switch.from_node) in inside) != (islands.of(switch.to_node) in inside)
        )

    @cached_property
    def joining(self) -> frozenset[str]:
        """Switches that join two nodes."""
        return frozenset(each.id for each in self.network.switches if each.to_node)

    @cached_property
    def normally_closed(self) -> frozenset[str]:
        """Those of them that are closed in the released normal diagram."""
        return frozenset(each.id for each in self.network.switches if each.to_node and not each.normally_open)

    @cached_property
    def bays(self) -> Mapping[str, tuple[Switch, ...]]:
        """Bay to its switches that join two nodes."""
        found: dict[str, list[Switch]] = defaultdict(list)
        for switch in self.network.switches:
            if switch.kind is not SwitchKind.EARTHING_SWITCH:
                found[switch.id.rpartition("/")[0]].append(switch)
        return {bay: tuple(switches) for bay, switches in found.items()}

    @cached_property
    def couplers(self) -> frozenset[str]:
        """Bays whose breaker decides whether they join two busbars."""
        busbars = frozenset(node.id for node in self.network.nodes if node.busbar)
        return couplers(self.bays, busbars)

    def conducting(self, closed: Collection[str], nodes: Iterable[str]) -> Mapping[str, str]:
        """Nodes to what stands for all that these closed switches alone join with them; no lines, no transformers."""
        return joined_by((self.switches[each] for each in closed), nodes)

    @cached_property
    def bearing(self) -> frozenset[str]:
        """Nodes where more than switchgear stands: busbars, ends of lines and transformers, loads and supplies."""
        network = self.network
        found = {node.id for node in network.nodes if node.busbar}
        found |= {end for line in network.lines for end in (line.from_node, line.to_node)}
        found |= {end for each in network.transformers for end in (each.hv_node, each.lv_node)}
        found |= {each.node for each in network.loads} | {each.node for each in network.generators}
        found |= {each.node for each in network.capacitors}
        return frozenset(found | {each.node for each in network.sources})

    def generators_at(self, nodes: frozenset[str]) -> tuple[Generator, ...]:
        return tuple(generator for generator in self.network.generators if generator.node in nodes)

    def banks_at(self, nodes: frozenset[str]) -> tuple[CapacitorBank, ...]:
        return tuple(bank for bank in self.network.capacitors if bank.node in nodes)

    def loads_at(self, nodes: frozenset[str]) -> tuple[Load, ...]:
        return tuple(load for load in self.network.loads if load.node in nodes)

    @cached_property
    def indicated_bays(self) -> Mapping[str, frozenset[str]]:
        """Bays that may show an earth fault (of indicators and feeders), and the nodes of the switch there."""
        switches = [indicator.switch for indicator in self.network.indicators]
        switches += [feeder.breaker for feeder in self.network.feeders]
        return {bay_of(each, self.switches): frozenset(self.sides(self.switches[each])) for each in switches}

    @cached_property
    def zones(self) -> Islands:
        """Nodes joined without any switch; transformers join here too."""
        return self.islands(())

    def feeders_reaching(self, closed: Collection[str], switch: Switch) -> frozenset[str]:
        """Feeders that end at this switch when the feeder breakers cut the grid, for these closed switches."""
        own = self.feeder_of_breaker.get(switch.id)
        cut = self.islands(frozenset(closed) - self.feeder_of_breaker.keys() - {switch.id})
        sides = {cut.of(node) for node in (self.sides(switch) if own is None else (switch.to_node,)) if node}
        touched = {
            feeder.id
            for feeder in self.network.feeders
            if sides & {cut.of(node) for node in self.sides(self.switches[feeder.breaker])}
        }
        return self._with_outer(touched if own is None else touched | {own.id})

    def _with_outer(self, feeders: set[str]) -> frozenset[str]:
        """Line reclosers with the feeders in which they stand."""
        within = {feeder.id: feeder.within for feeder in self.network.feeders}
        found, waiting = set[str](), list(feeders)
        while waiting:
            feeder = waiting.pop()
            found.add(feeder)
            waiting += [outer for outer in (within[feeder],) if outer and outer not in found]
        return frozenset(found)


def bay_of(location: str, switches: Collection[str]) -> str:
    """The bay of a switch, or the location itself when it is no switch (`OBR1/K1/E03`)."""
    return location.rpartition("/")[0] if location in switches else location
