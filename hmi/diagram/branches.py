"""The grid as people see it: stations and joints connected by lines, each line end with the switches of its bay."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from models.network.elements import Line, Network, Switch, SwitchKind


@dataclass(frozen=True, slots=True)
class End:
    """vertex: node id of the busbar or joint. switches: from the vertex outwards to the line."""

    vertex: str
    switches: tuple[Switch, ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """A line between two vertices; `ends[0]` is at its from_node."""

    line: Line
    ends: tuple[End, End]

    @property
    def normally_closed(self) -> bool:
        return not any(switch.normally_open for end in self.ends for switch in end.switches)


def branches(network: Network) -> tuple[Branch, ...]:
    """One for each line, in the order of the network."""
    tracer = _Tracer(network)
    return tuple(Branch(line, (tracer.end(line.from_node), tracer.end(line.to_node))) for line in network.lines)


class _Tracer:
    def __init__(self, network: Network) -> None:
        self._switches: dict[str, list[Switch]] = defaultdict(list)
        self._lines: dict[str, int] = defaultdict(int)
        self._busbars = {node.id for node in network.nodes if node.busbar}
        for switch in network.switches:
            if switch.kind is not SwitchKind.EARTHING_SWITCH:
                self._switches[switch.from_node].append(switch)
                self._switches[switch.to_node].append(switch)
        for line in network.lines:
            self._lines[line.from_node] += 1
            self._lines[line.to_node] += 1

    def end(self, node: str) -> End:
        """Follow a bay's only way inwards until a busbar, a joint, or a place where ways part."""
        passed: list[Switch] = []
        while node not in self._busbars and self._lines[node] < 2:
            onward = [switch for switch in self._switches[node] if switch not in passed]
            if len(onward) != 1:
                break
            passed.append(onward[0])
            node = onward[0].from_node if onward[0].to_node == node else onward[0].to_node
        return End(node, tuple(reversed(passed)))
