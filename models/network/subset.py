"""A small world cut out of a large one: a few stations around one normally open tie, radially fed as before.

The cut keeps the stations on the two feeders' paths to the tie, then the nearest further stations until the number is
reached, and the primary substations that feed them. Line ends that lead to stations left out disappear with their bays.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, replace

from models.errors import AlgorithmError
from models.network.elements import Line, Network, Node


def subset(network: Network, stations: int) -> Network:
    """The network cut down to that many secondary substations. Raises AlgorithmError when no tie fits into it."""
    graph = _Graph(network)
    kept = _shortest(network, graph, stations)
    for station in graph.outward(kept):
        if len(kept) >= stations:
            break
        kept.setdefault(station)
    return _cut(network, graph, set(kept))


@dataclass(frozen=True, slots=True)
class _Reach:
    """How a node is fed in the normal state: by which feeder, and the stations on the way from its breaker."""

    feeder: str
    stations: tuple[str, ...]


class _Graph:
    """The grid in its normal state, walked from the feeder breakers outwards."""

    def __init__(self, network: Network) -> None:
        self._station = {node.id: node.station for node in network.nodes if node.busbar}
        self._next: dict[str, list[str]] = defaultdict(list)
        for one, other in _closed(network):
            self._next[one].append(other)
            self._next[other].append(one)
        self.reach: dict[str, _Reach] = {}
        breakers = {each.id: each for each in network.switches}
        for feeder in (each for each in network.feeders if not each.within):
            self._walk(feeder.id, breakers[feeder.breaker].to_node, breakers[feeder.breaker].from_node)

    def outward(self, kept: Iterable[str]) -> list[str]:
        """All stations, those of the kept ones' feeders first, near before far, so that each comes after its path."""
        feeders = {each.feeder for each in self.reach.values() if set(each.stations) & set(kept)}
        order: dict[str, None] = {}
        for each in sorted(self.reach.values(), key=lambda each: (each.feeder not in feeders, len(each.stations))):
            order.update(dict.fromkeys(each.stations))
        return list(order)

    def _walk(self, feeder: str, start: str, back: str) -> None:
        self.reach[start] = _Reach(feeder, ())
        queue = deque([start])
        while queue:
            node = queue.popleft()
            for other in self._next[node]:
                if other != back and other not in self.reach:
                    self.reach[other] = _Reach(feeder, self._longer(self.reach[node].stations, other))
                    queue.append(other)

    def _longer(self, stations: tuple[str, ...], node: str) -> tuple[str, ...]:
        return (*stations, self._station[node]) if node in self._station else stations


def _closed(network: Network) -> Iterable[tuple[str, str]]:
    for line in network.lines:
        yield line.from_node, line.to_node
    for switch in network.switches:
        if not switch.normally_open and switch.to_node:
            yield switch.from_node, switch.to_node


def _shortest(network: Network, graph: _Graph, stations: int) -> dict[str, None]:
    """Stations on both paths to the shortest tie that fits: between two transformers if possible, else two feeders."""
    transformer = {feeder.id: feeder.transformer for feeder in network.feeders}
    found: list[tuple[bool, bool, int, str, dict[str, None]]] = []
    for switch in network.switches:
        one, other = graph.reach.get(switch.from_node), graph.reach.get(switch.to_node)
        if switch.normally_open and one and other and one.feeder != other.feeder:
            kept = dict.fromkeys((*one.stations, *other.stations))
            same = transformer[one.feeder] == transformer[other.feeder]
            fits = len(kept) <= stations
            found.append((not fits, same and fits, len(kept), switch.id, kept))
    if not found:
        raise AlgorithmError("no normally open switch links two feeders: this network cannot be cut around a tie")
    too_long, _, count, tie, kept = min(found, key=lambda each: each[:4])
    if too_long:
        problem = f"the two paths to {tie}, the nearest tie, have {count} stations, not {stations}"
        raise AlgorithmError(f"{problem}: ask for at least as many")
    return kept


def _cut(network: Network, graph: _Graph, kept: set[str]) -> Network:
    stations = kept | _feeding(network, graph, kept)
    nodes = {node.id: node for node in network.nodes if not node.station or node.station in stations}
    lines = _pruned([each for each in network.lines if {each.from_node, each.to_node} <= nodes.keys()], nodes)
    used = {end for line in lines for end in (line.from_node, line.to_node)}
    dead_bays = _dead_bays(network, nodes, used)
    nodes = {
        name: node
        for name, node in nodes.items()
        if (name in used or node.station) and name.rpartition("/")[0] not in dead_bays
    }
    switches = tuple(
        each for each in network.switches if each.from_node in nodes and (each.to_node in nodes or not each.to_node)
    )
    left = {each.id for each in switches}
    return replace(
        network,
        name=f"{network.name}_{len(kept)}",
        galvanic_networks=tuple(each for each in network.galvanic_networks if each.busbar in nodes),
        nodes=tuple(nodes.values()),
        sources=tuple(each for each in network.sources if each.node in nodes),
        transformers=tuple(each for each in network.transformers if {each.hv_node, each.lv_node} <= nodes.keys()),
        lines=tuple(lines),
        switches=switches,
        loads=tuple(each for each in network.loads if each.node in nodes),
        generators=tuple(each for each in network.generators if each.node in nodes),
        capacitors=tuple(each for each in network.capacitors if each.node in nodes),
        indicators=tuple(each for each in network.indicators if each.switch in left),
        feeders=tuple(each for each in network.feeders if each.breaker in left),
    )


def _feeding(network: Network, graph: _Graph, kept: set[str]) -> set[str]:
    """Primary substations whose feeders lead to the kept stations, and those that feed their transformers."""
    feeders = {each.feeder for each in graph.reach.values() if set(each.stations) & kept}
    chosen = [each for each in network.feeders if each.id in feeders]
    station = {node.id: node.station for node in network.nodes}
    outgoing = {each.id: station[each.from_node] for each in network.switches}
    infeed = {each.id: station[each.node] for each in network.sources}
    infeed |= {each.id: station[each.hv_node] for each in network.transformers}
    return {outgoing[each.breaker] for each in chosen} | {infeed[each.transformer] for each in chosen}


def _pruned(lines: list[Line], nodes: dict[str, Node]) -> list[Line]:
    """The lines without those that end in a joint where nothing goes on, again until none is left."""
    while True:
        degree: dict[str, int] = defaultdict(int)
        for line in lines:
            degree[line.from_node] += 1
            degree[line.to_node] += 1
        dangling = {name for name, count in degree.items() if count == 1 and not nodes[name].station}
        if not dangling:
            return lines
        lines = [each for each in lines if not {each.from_node, each.to_node} & dangling]


def _dead_bays(network: Network, nodes: dict[str, Node], used: set[str]) -> set[str]:
    """Bays whose line has gone: the bay's outer node was a line's end before and is none any more."""
    before = {end for line in network.lines for end in (line.from_node, line.to_node)}
    gone = {name for name in nodes if name in before and name not in used and not nodes[name].busbar}
    return {name.rpartition("/")[0] for name in gone if nodes[name].station}
