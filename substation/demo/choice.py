"""The fault of a demonstration: asked for, or else a line in the middle of the most loaded feeder."""

from __future__ import annotations

from collections import defaultdict

from models.errors import RingmainError
from models.network.elements import Feeder, Network

Neighbours = dict[str, list[tuple[str, str]]]


def choose_fault(network: Network) -> str:
    """Line id with about half of its feeder's load behind it, in the released normal diagram."""
    neighbours = _neighbours(network)
    load_w = defaultdict[str, float](float)
    for load in network.loads:
        load_w[load.node] += load.active_power_w
    best = max((_behind_each_line(network, feeder, neighbours, load_w) for feeder in network.feeders), key=_total)
    half_w = _total(best) / 2
    return min(best, key=lambda line: abs(best[line] - half_w))


def check_fault(network: Network, element: str) -> None:
    """RingmainError when no line segment and no busbar of the network has that id."""
    busbars = [node.id for node in network.nodes if node.busbar]
    places = [*(line.id for line in network.lines), *(busbar.rpartition("/")[0] for busbar in busbars)]
    if element in places or element in busbars:
        return
    near = [place for place in places if place.startswith(f"{element}/")] or places[:1] + places[-1:]
    raise RingmainError(f"{network.name} has no line or busbar '{element}'; name one, for example {' or '.join(near)}")


def _neighbours(network: Network) -> Neighbours:
    """Node to (element, other node) over lines and normally closed switches."""
    neighbours: Neighbours = defaultdict(list)
    ends = [(line.id, line.from_node, line.to_node) for line in network.lines]
    ends += [
        (switch.id, switch.from_node, switch.to_node)
        for switch in network.switches
        if switch.to_node and not switch.normally_open
    ]
    for element, one, other in ends:
        neighbours[one].append((element, other))
        neighbours[other].append((element, one))
    return neighbours


def _behind_each_line(
    network: Network, feeder: Feeder, neighbours: Neighbours, load_w: dict[str, float]
) -> dict[str, float]:
    """Load behind every line of a feeder, seen from its breaker."""
    breaker = next(switch for switch in network.switches if switch.id == feeder.breaker)
    lines = {line.id for line in network.lines}
    order = [(breaker.to_node, "", breaker.from_node)]
    seen = {breaker.from_node, breaker.to_node}
    for node, _, _ in order:
        for element, other in neighbours[node]:
            if other not in seen:
                seen.add(other)
                order.append((other, element, node))
    below_w = {node: load_w.get(node, 0.0) for node, _, _ in order}
    behind: dict[str, float] = {}
    for node, element, parent in reversed(order):
        if element in lines:
            behind[element] = below_w[node]
        below_w[parent] = below_w.get(parent, 0.0) + below_w[node]
    return behind


def _total(behind: dict[str, float]) -> float:
    return max(behind.values(), default=0.0)
