"""Which bays couple busbars, and what closed switches join. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from models.network.elements import Switch, SwitchKind


def joined_by(closed: Iterable[Switch], nodes: Iterable[str]) -> Mapping[str, str]:
    """Each of the nodes, and each end of the switches, to one node that stands for all that hang together."""
    above: dict[str, str] = {node: node for node in nodes}

    def root(node: str) -> str:
        above.setdefault(node, node)
        while above[node] != node:
            node = above[node]
        return node

    for switch in closed:
        if switch.to_node:
            above[root(switch.from_node)] = root(switch.to_node)
    return {node: root(node) for node in list(above)}


def couplers(bays: Mapping[str, Sequence[Switch]], busbars: frozenset[str]) -> frozenset[str]:
    """Bays that join two busbars with everything closed, and part them when their breakers open."""
    return frozenset(bay for bay, switches in bays.items() if _couples(switches, busbars))


def _couples(switches: Sequence[Switch], busbars: frozenset[str]) -> bool:
    ends = busbars.intersection(node for each in switches for node in (each.from_node, each.to_node))
    without = [each for each in switches if each.kind is not SwitchKind.BREAKER]
    return _parts(switches, ends) < _parts(without, ends)


def _parts(closed: Sequence[Switch], ends: frozenset[str]) -> int:
    found = joined_by(closed, ends)
    return len({found[node] for node in ends})
