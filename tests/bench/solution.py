"""How long FDIR takes for one solution: from the image at the end of the evidence window to the order.

Every measured fault is put to the peer too: exhaustive search over the same ties and splitting switches, judged by
power-grid-model in batches. It answers less, only the restoration; location and isolation are given to it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import networkx

from models.switching import Order
from substation.application import Decision
from substation.grid.topology import Topology
from substation.image import ProcessImage
from substation.mv.fdir import Fdir, FdirState
from substation.mv.settings import FdirSettings
from tests.bench.figure import Figure, Pair, beside_peer
from tests.substation.mv.exhaustive import Exhaustive
from tests.substation.mv.scene import Scene, Times, oberrhein
from tests.substation.mv.test_every_fault import Field, question

TARGET_MS = 50.0
PEER = "exhaustive search with power-grid-model in batches (restoration alone)"


class TimedFdir(Fdir):
    """Notes how long the evaluation took that made the newest order."""

    took_ms = 0.0

    def evaluate(self, image: ProcessImage, state: FdirState) -> Decision[FdirState]:
        began_s = time.perf_counter()
        decision = super().evaluate(image, state)
        if decision.orders:
            self.took_ms = (time.perf_counter() - began_s) * 1e3
        return decision


def measure(pairs: int, say: Callable[[str], None]) -> list[Figure]:
    """One fault more than pairs is played: the first one pays for loading the compiled code."""
    network = oberrhein()
    lines = [line.id for line in network.lines]
    step = max(1, len(lines) // (2 * pairs + 2))
    measured: list[Pair] = []
    for element in lines[::step]:
        pair = _solve(element)
        if pair is None:
            continue
        say(f"fault on {element}: FDIR {pair[0]:.1f} ms, peer {pair[1]:.1f} ms")
        measured.append(pair)
        if len(measured) > pairs:
            break
    what = "one FDIR solution (locate, isolate, restore) on mv_oberrhein, compilation excluded, median over faults"
    return [beside_peer(what, "ms", PEER, measured[1:], f"below {TARGET_MS:g} ms", lambda ours, _: ours < TARGET_MS)]


def _solve(element: str) -> Pair | None:
    """Ours and the peer's time in ms; None where FDIR hands over to people."""
    network = oberrhein()
    topology = Topology(network)
    fdir = TimedFdir(topology, Times())
    scene = Scene(network, fdir)
    scene.quiet()
    breaker = scene.feeder_of(element)
    scene.fault(element)
    order = scene.settle()
    if order is None:
        return None
    return fdir.took_ms, _peer_ms(Field(scene, topology, _zones(scene)), element, breaker, order)


def _peer_ms(field: Field, element: str, breaker: str, order: Order) -> float:
    asked = question(field, element, breaker, order)
    began_s = time.perf_counter()
    Exhaustive(asked).best(FdirSettings().preferences.most_openings)
    return (time.perf_counter() - began_s) * 1e3


def _zones(scene: Scene) -> dict[str, int]:
    graph = networkx.Graph()
    graph.add_nodes_from(node.id for node in scene.network.nodes)
    graph.add_edges_from((line.from_node, line.to_node) for line in scene.network.lines)
    return {node: number for number, part in enumerate(networkx.connected_components(graph)) for node in part}
