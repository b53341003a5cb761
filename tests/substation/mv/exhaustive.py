"""Exhaustive search over ties and splitting switches, judged by power-grid-model: the oracle for restorations.

Shares no code with the search under test. Every set of closings is combined with every set of at most `most` openings;
what is radial is sorted by the load it feeds, and power-grid-model looks from the top until it finds one within limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, combinations

import networkx
import numba
import numpy as np
from power_grid_model import LoadGenType, PowerGridModel, initialize_array

from models.network.elements import Network
from tests.substation.grid.peers import PeerGrid

BATCH = 400


@dataclass(frozen=True)
class Question:
    """consumption_va by node: net where fed now, gross where dark. closed: switch ids after isolation."""

    network: Network
    closed: frozenset[str]
    dark: frozenset[str]
    consumption_va: dict[str, complex]
    openable: tuple[str, ...]
    closable: tuple[str, ...]


@numba.njit(cache=True)
def _fed(count, live, base_from, base_to, move_from, move_to, load, states):
    """Load per candidate, -1 where something is fed twice. states: bool[candidates, movable]."""
    result = np.empty(len(states))
    parent = np.empty(count, dtype=np.int64)
    for number in range(len(states)):
        for block in range(count):
            parent[block] = block
        fed_twice = False
        for edge in range(len(base_from) + len(move_from)):
            if edge < len(base_from):
                one, other = base_from[edge], base_to[edge]
            else:
                if not states[number, edge - len(base_from)]:
                    continue
                one, other = move_from[edge - len(base_from)], move_to[edge - len(base_from)]
            while parent[one] != one:
                one = parent[one]
            while parent[other] != other:
                other = parent[other]
            if one == other:
                fed_twice = True
                break
            parent[one] = other
        total = 0.0
        root = live
        while parent[root] != root:
            root = parent[root]
        for block in range(count):
            top = block
            while parent[top] != top:
                top = parent[top]
            if top == root:
                total += load[block]
        result[number] = -1.0 if fed_twice else total
    return result


class Exhaustive:
    """`best(most)` gives the most load in W that can be restored with at most so many openings; 0 when none can."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.movable = (*question.openable, *question.closable)
        network = question.network
        moving = set(self.movable)
        graph = networkx.Graph()
        graph.add_nodes_from(node.id for node in network.nodes)
        graph.add_edges_from((line.from_node, line.to_node) for line in network.lines)
        graph.add_edges_from((each.hv_node, each.lv_node) for each in network.transformers)
        switches = {each.id: each for each in network.switches}
        fixed = [each for each in network.switches if each.to_node and each.id in question.closed - moving]
        graph.add_edges_from((each.from_node, each.to_node) for each in fixed)
        self.block: dict[str, int] = {}
        sources = {source.node for source in network.sources}
        for number, nodes in enumerate(networkx.connected_components(graph), 1):
            self.block |= dict.fromkeys(nodes, 0 if nodes & sources else number)
        self.blocks = max(self.block.values()) + 1
        self.load = np.zeros(self.blocks)
        for node in question.dark:
            self.load[self.block[node]] += max(question.consumption_va.get(node, 0).real, 0.0)
        self.load[0] = 0.0
        self.ends = np.array(
            [[self.block[switches[each].from_node], self.block[switches[each].to_node]] for each in self.movable]
        )
        self._model()

    def states(self, most: int) -> np.ndarray:
        """bool[candidates, movable]: True closed."""
        openable, closable = len(self.question.openable), len(self.question.closable)
        sets = chain.from_iterable(combinations(range(openable), size) for size in range(most + 1))
        openings = np.ones((0, openable), dtype=np.bool_)
        rows = []
        for each in sets:
            row = np.ones(openable, dtype=np.bool_)
            row[list(each)] = False
            rows.append(row)
        openings = np.array(rows)
        closings = np.array([[bool(number >> bit & 1) for bit in range(closable)] for number in range(1, 2**closable)])
        return np.hstack([np.repeat(openings, len(closings), axis=0), np.tile(closings, (len(openings), 1))])

    def sound(self) -> bool:
        """What is fed already is within all limits; they are judged everywhere, not only where something changes."""
        nothing = np.zeros((1, len(self.movable)), dtype=np.bool_)
        return self._first_feasible(nothing, [0]) is not None

    def best(self, most: int) -> float:
        if not self.question.closable:
            return 0.0
        states = self.states(most)
        none = np.empty(0, dtype=np.int64)
        ends = self.ends.astype(np.int64)
        loads = _fed(
            self.blocks, 0, none, none, np.ascontiguousarray(ends[:, 0]), np.ascontiguousarray(ends[:, 1]), self.load,
            states,
        )  # fmt: skip
        order = np.argsort(-loads, kind="stable")
        order = order[loads[order] > 0]
        seen: set[bytes] = set()
        waiting: list[int] = []
        for candidate in order:
            key = states[candidate].tobytes()
            if key not in seen and self._may_carry(states[candidate]):
                waiting.append(candidate)
                seen.add(key)
            if len(waiting) == BATCH:
                found = self._first_feasible(states, waiting)
                if found is not None:
                    return float(loads[found])
                waiting = []
        found = self._first_feasible(states, waiting) if waiting else None
        return 0.0 if found is None else float(loads[found])

    def _may_carry(self, state: np.ndarray) -> bool:
        """Cheap necessary condition: what hangs on one closing fits through the largest line at 1.1 p.u."""
        graph = networkx.Graph()
        for closed, (one, other) in zip(state, self.ends, strict=True):
            if closed:
                graph.add_edge(int(one), int(other))
        if 0 not in graph:
            return False
        parts = graph.copy()
        parts.remove_node(0)
        largest = max((line.rated_current_a for line in self.question.network.lines), default=0.0)
        capacity_w = np.sqrt(3) * 1.1 * 20e3 * largest * self.question.network.limits.line_loading_pu
        fed = networkx.node_connected_component(graph, 0)
        return all(
            sum(self.load[block] for block in part) <= capacity_w
            for part in networkx.connected_components(parts)
            if part & fed
        )

    def _model(self) -> None:
        """power-grid-model of the state with the movable switches as links."""
        question, network = self.question, self.question.network
        moving = set(self.movable)
        closed = {each.id: each.id in question.closed and each.id not in moving for each in network.switches}
        peer = PeerGrid(network, closed, question.consumption_va)
        switches = {each.id: each for each in network.switches}
        links = initialize_array("input", "link", len(self.movable))
        links["id"] = 10**6 + np.arange(len(self.movable))
        links["from_node"] = [peer.bus[switches[each].from_node] for each in self.movable]
        links["to_node"] = [peer.bus[switches[each].to_node] for each in self.movable]
        links["from_status"] = links["to_status"] = 0
        assert np.all(links["from_node"] != links["to_node"])
        assert peer.data["sym_load"]["type"][0] == LoadGenType.const_power
        self.model = PowerGridModel({**peer.data, "link": links}, system_frequency=network.frequency_hz)
        self.links = links["id"]
        nodes = {node.id: number for node, number in ((each, peer.bus[each.id]) for each in network.nodes)}
        rows = {number: row for row, number in enumerate(peer.data["node"]["id"])}
        self.source_rows = [rows[nodes[source.node]] for source in network.sources]

    def _first_feasible(self, states: np.ndarray, candidates: list[int]) -> int | None:
        update = initialize_array("update", "link", (len(candidates), len(self.links)))
        update["id"] = self.links
        update["from_status"] = update["to_status"] = states[candidates]
        result = self.model.calculate_power_flow(
            update_data={"link": update},
            output_component_types=["node", "line", "transformer"],
            max_iterations=100,
            continue_on_batch_error=True,
        )
        limits = self.question.network.limits
        voltage, energized = result["node"]["u_pu"], result["node"]["energized"] == 1
        good = ~np.any(energized & ((voltage < limits.voltage_min_pu) | (voltage > limits.voltage_max_pu)), axis=1)
        good &= np.all(energized.any(axis=1)[:, None] & np.isfinite(voltage), axis=1)
        good &= np.all(result["line"]["loading"] <= limits.line_loading_pu, axis=1)
        good &= np.all(result["transformer"]["loading"] <= limits.transformer_loading_pu, axis=1)
        if self.model.batch_error is not None:  # what did not converge holds no values
            good[self.model.batch_error.failed_scenarios] = False
        first = np.flatnonzero(good)
        return None if len(first) == 0 else candidates[first[0]]
