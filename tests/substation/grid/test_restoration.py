"""The search equals exhaustive search on random grids with tight ratings, many ties and several sources."""

from __future__ import annotations

import os

import networkx
import numpy as np
import pytest

from models.network.elements import Feeder, Limits, Line, Load, Network, Node, Source, Switch, SwitchKind, Transformer
from substation.grid.positions import normal_positions
from substation.grid.reduction import Restorable
from substation.grid.restoration import best_plan
from substation.grid.topology import NotRadialError, Topology
from tests.substation.mv.exhaustive import Exhaustive, Question

SEEDS = range(2000) if os.environ.get("RINGMAIN_EXHAUSTIVE") == "1" else range(330, 450)
STATIONS, TIES, FEEDERS, SOURCES = 16, 6, 3, 2


class RandomGrid:
    """Sources with a transformer each, feeders from them, a random tree of stations, random ties; tight ratings."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.nodes: list[Node] = []
        self.lines: list[Line] = []
        self.switches: list[Switch] = []
        sources = [Source(f"I{n}", f"H{n}", 1.0, 1e9, 0.1) for n in range(SOURCES)]
        rated_va = float(self.random.uniform(4e6, 9e6))
        transformers = [
            Transformer(
                f"T{n}", f"H{n}", f"B{n}", rated_va, 110e3, 20e3, 0.1, 40e3, 1e4, 2e-3, -1, -9, 9, 0.015, "Dyn5"
            )
            for n in range(SOURCES)
        ]
        self.nodes += [Node(f"H{n}", 110e3) for n in range(SOURCES)] + [Node(f"B{n}", 20e3) for n in range(SOURCES)]
        self.nodes += [Node(f"S{n}", 20e3, f"S{n}", True) for n in range(STATIONS)]
        feeders = [self._feeder(n) for n in range(FEEDERS)]
        for station in range(FEEDERS, STATIONS):
            self._line(f"S{int(self.random.integers(0, station))}", f"S{station}", opened=False)
        for _ in range(TIES):
            one, other = self.random.choice(STATIONS, size=2, replace=False)
            self._line(f"S{one}", f"S{other}", opened=True)
        loads = [
            Load(f"D{n}", f"S{n}", float(self.random.uniform(2e5, 9e5)), float(self.random.uniform(0, 3e5)), 1)
            for n in range(STATIONS)
        ]
        limits = Limits(float(self.random.choice([0.9, 0.94])), 1.1, 1.0, 1.0)
        self.network = Network(
            "random", 50.0, limits, (), tuple(self.nodes), tuple(sources), tuple(transformers), tuple(self.lines),
            tuple(self.switches), tuple(loads), (), (), tuple(feeders),
        )  # fmt: skip

    def _feeder(self, number: int) -> Feeder:
        bus = f"B{number % SOURCES}"
        self._line(bus, f"S{number}", opened=False, kind=SwitchKind.BREAKER)
        return Feeder(f"F{number}", self.switches[-1].id, f"T{number % SOURCES}")

    def _line(self, one: str, other: str, opened: bool, kind: SwitchKind = SwitchKind.LOAD_BREAK_SWITCH) -> None:
        number = len(self.lines)
        self.nodes.append(Node(f"L{number}", 20e3))
        self.switches.append(Switch(f"Q{number}", kind, one, f"L{number}", opened, True, 630, 630))
        length_m = float(self.random.uniform(500, 6000))
        ohm, farad = length_m * 3e-4, length_m * 2.5e-10
        rated_a = float(self.random.uniform(90, 260))
        self.lines.append(Line(f"W{number}", f"L{number}", other, length_m, ohm, ohm, farad, rated_a))


def dark_after(network: Network, opened: set[str]) -> set[str]:
    graph = networkx.Graph()
    graph.add_nodes_from(node.id for node in network.nodes)
    graph.add_edges_from((line.from_node, line.to_node) for line in network.lines)
    graph.add_edges_from((each.hv_node, each.lv_node) for each in network.transformers)
    graph.add_edges_from((each.from_node, each.to_node) for each in network.switches if each.id not in opened)
    fed = set().union(*(networkx.node_connected_component(graph, each.node) for each in network.sources))
    return {node.id for node in network.nodes} - fed


def ask(grid: RandomGrid) -> tuple[Topology, Restorable, Question, str]:
    """A random feeder has tripped; one of its stations is faulted and cut off by opening every switch around it."""
    network = grid.network
    topology = Topology(network)
    feeder = network.feeders[int(grid.random.integers(FEEDERS))]
    normally_open = {each.id for each in network.switches if each.normally_open}
    lost = dark_after(network, normally_open | {feeder.breaker})
    head = next(line.to_node for line in network.lines if line.from_node == f"L{int(feeder.breaker[1:])}")
    anywhere = str(grid.random.choice(sorted(node for node in lost if node.startswith("S"))))
    faulted = head if grid.random.random() < 0.6 else anywhere
    area = {faulted}
    for line in network.lines:
        area |= {line.from_node} if line.to_node == faulted else set()
    bounding = {each.id for each in network.switches if (each.from_node in area) != (each.to_node in area)}
    opened = normally_open | {feeder.breaker} | bounding
    dark = dark_after(network, opened) - area
    openable = [
        each.id for each in network.switches if each.id not in opened and {each.from_node, each.to_node} <= dark
    ]
    may_close = [each for each in network.switches if each.normally_open or each.id == feeder.breaker]
    closable = [each.id for each in may_close if each.id not in bounding and {each.from_node, each.to_node} & dark]
    power = {load.node: complex(load.active_power_w, load.reactive_power_var) for load in network.loads}
    outside = dark_after(network, opened) - dark
    power = {node: value for node, value in power.items() if node not in outside}
    closed = np.array([each.id not in opened for each in network.switches])
    mask = np.array([node.id in dark for node in network.nodes])
    va = np.array([power.get(node.id, 0) for node in network.nodes], dtype=np.complex128)
    asked = Restorable(closed, mask, va, np.where(mask, va.real, 0.0), openable, closable, {})
    question = Question(
        network, frozenset(each.id for each in network.switches if each.id not in opened), frozenset(dark), power,
        tuple(openable), tuple(closable),
    )  # fmt: skip
    return topology, asked, question, feeder.breaker if feeder.breaker in closable else ""


@pytest.mark.parametrize("most", [1, 3])
def test_search_equals_exhaustive_search(most: int) -> None:
    judged = partial = split = 0
    for seed in SEEDS:
        topology, asked, question, breaker = ask(RandomGrid(seed))
        oracle = Exhaustive(question)
        if not oracle.movable or not oracle.sound():
            continue
        judged += 1
        plan = best_plan(topology, asked, breaker, most)
        best_w = oracle.best(most)
        found_w = 0.0 if plan is None else plan.restored_w
        assert found_w == pytest.approx(best_w, abs=1.0), seed
        if plan is not None:
            assert plan.proven
            assert len(plan.openings) <= most
            partial += plan.restored_w < asked.counted_w.sum() - 1.0
            split += bool(plan.openings)
    assert judged > len(SEEDS) // 3
    assert partial > judged // 5, "limits bind often enough to prove anything"
    assert split > judged // 8


def test_fewest_operations_among_equals() -> None:
    """No plan with fewer operations restores as much: asked again with every smaller set."""
    for seed in list(SEEDS)[:20]:
        topology, asked, question, breaker = ask(RandomGrid(seed))
        plan = best_plan(topology, asked, breaker, 2)
        if plan is None:
            continue
        for most in range(len(plan.openings)):
            fewer = best_plan(topology, asked, breaker, most)
            if fewer is not None:
                assert fewer.restored_w < plan.restored_w - 0.5 or len(fewer.closings) + len(fewer.openings) >= len(
                    plan.closings
                ) + len(plan.openings)
        assert len(question.closable) == len(asked.closable)


def test_budget_ends_the_search_and_is_told() -> None:
    topology, asked, _, breaker = ask(RandomGrid(5))
    plan = best_plan(topology, asked, breaker, 3, most_candidates=2)
    assert plan is None or not plan.proven


def test_live_loop_is_refused() -> None:
    grid = RandomGrid(1)
    topology, asked, _, breaker = ask(grid)
    everything = np.ones(len(grid.network.switches), dtype=np.bool_)
    assert normal_positions(grid.network).closed.sum() < len(everything)
    looped = Restorable(
        everything, asked.dark, asked.consumption_va, asked.counted_w, asked.openable, asked.closable, {}
    )
    with pytest.raises(NotRadialError):
        best_plan(topology, looped, breaker, 1)
