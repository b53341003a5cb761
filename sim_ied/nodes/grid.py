"""What is fed and what flows, from connectivity alone: no impedances, so currents are those of assumed loads.

Every source feeds along the shortest path of closed switches. The load of each end of the network flows along the path
that feeds it; so does the current of a short circuit. A loop carries its current on one of its two ways.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import sqrt

from sim_ied.nodes.change import Overcurrent
from sim_ied.nodes.switch import Switch

EARTHED_A = 10_000.0
"""Assumed current when something that is earthed is fed."""


@dataclass(frozen=True, slots=True)
class Edge:
    """Two nodes that a piece of equipment joins. switch: None for what always conducts; path: of the equipment."""

    path: str
    a: int
    b: int
    switch: Switch | None = None

    @property
    def conducts(self) -> bool:
        return self.switch is None or self.switch.closed


@dataclass(frozen=True, slots=True)
class Fault:
    """A short circuit at a node."""

    node: int
    current: Overcurrent


@dataclass(slots=True)
class State:
    """parents: number of the edge through which each node is fed, -1 for a source, None where dead.

    power_va: apparent power through each edge; faults: what flows through each edge into short circuits, and
    source: number of the feeding source by node.
    """

    parents: list[int | None]
    sources: list[int | None]
    power_va: list[float]
    faults: dict[int, list[Overcurrent]] = field(default_factory=dict)


class Grid:
    """nominal_v: line to line, by node. sources: nodes; loads: apparent power by node. earth: the earthed node."""

    def __init__(
        self,
        edges: Sequence[Edge],
        nominal_v: Sequence[float],
        sources: Sequence[int],
        loads: dict[int, float],
        earth: int | None,
    ) -> None:
        self.edges, self.nominal_v, self.sources, self.loads, self.earth = edges, nominal_v, sources, loads, earth
        self._at: list[list[int]] = [[] for _ in nominal_v]
        for number, edge in enumerate(edges):
            self._at[edge.a].append(number)
            self._at[edge.b].append(number)

    def solve(self, faults: Sequence[Fault]) -> State:
        """The state with the switches as they are."""
        parents, sources, order = self._feed()
        state = State(parents, sources, [0.0] * len(self.edges))
        carried = {node: load for node, load in self.loads.items() if parents[node] is not None}
        for node in reversed(order):
            parent, power = parents[node], carried.get(node, 0.0)
            if parent is not None and parent >= 0 and power:
                state.power_va[parent] += power
                above = self.other(parent, node)
                carried[above] = carried.get(above, 0.0) + power
        for fault in (*faults, *self._earthed(parents)):
            self._carry(fault, state)
        return state

    def other(self, edge: int, node: int) -> int:
        """The node at the other end of an edge."""
        found = self.edges[edge]
        return found.b if found.a == node else found.a

    def edges_at(self, node: int) -> list[int]:
        return self._at[node]

    def _feed(self) -> tuple[list[int | None], list[int | None], list[int]]:
        parents: list[int | None] = [None] * len(self.nominal_v)
        sources: list[int | None] = [None] * len(self.nominal_v)
        order: list[int] = []
        waiting: deque[int] = deque()
        for number, node in enumerate(self.sources):
            if parents[node] is None:
                parents[node], sources[node] = -1, number
                waiting.append(node)
        while waiting:
            node = waiting.popleft()
            order.append(node)
            for number in self._at[node]:
                far = self.other(number, node)
                if self.edges[number].conducts and parents[far] is None:
                    parents[far], sources[far] = number, sources[node]
                    if far != self.earth:
                        waiting.append(far)
        return parents, sources, order

    def _earthed(self, parents: list[int | None]) -> list[Fault]:
        if self.earth is None or parents[self.earth] is None:
            return []
        return [Fault(self.earth, Overcurrent(EARTHED_A, "ABC", True))]

    def _carry(self, fault: Fault, state: State) -> None:
        """Along the path to the source; through a transformer the current changes with the voltage."""
        node, seen = fault.node, 0
        while (parent := state.parents[node]) is not None and parent >= 0 and seen <= len(self.edges):
            ratio = self.nominal_v[fault.node] / self.nominal_v[node]
            scaled = Overcurrent(fault.current.current_a * ratio, fault.current.phases, fault.current.earth)
            state.faults.setdefault(parent, []).append(scaled)
            node, seen = self.other(parent, node), seen + 1

    def load_a(self, edge: int, state: State) -> float:
        """Load current through an edge, at the voltage of its first node."""
        return state.power_va[edge] / (sqrt(3) * self.nominal_v[self.edges[edge].a])
