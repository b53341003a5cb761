"""The best restoration of a small grid by looking at every state of its switches; shares nothing with ours.

Least load left dark, then fewest operations, then least losses. Power flows by power-grid-model.
"""

from __future__ import annotations

import math
from itertools import product
from typing import NamedTuple

import networkx
import numpy as np
from power_grid_model.errors import PowerGridError

from models.network.planning import PlanningGrid
from tests.substation.grid.planning_peer import Peer, peer


class Ranked(NamedTuple):
    """What decides, in this order."""

    unserved_w: float
    operations: int
    loss_w: float


def exhaustively(grid: PlanningGrid, faults: set[int]) -> Ranked:
    """Every branch that is remote may stand either way, a faulted one is open."""
    states = sorted(_radial(grid, faults), key=lambda each: each[0])
    best: Ranked | None = None
    for (unserved_w, operations), closed in states:
        if best is not None and (unserved_w, operations) > (best.unserved_w, best.operations):
            return best
        loss_w = _loss_w(grid, closed)
        if best is None or loss_w < best.loss_w:
            best = Ranked(unserved_w, operations, loss_w) if loss_w < math.inf else best
    assert best is not None
    return best


def _radial(grid: PlanningGrid, faults: set[int]) -> list[tuple[tuple[float, int], np.ndarray]]:
    """((load left dark in W, operations), bool[m]) of every state in which what is fed is fed in one way."""
    found = []
    ways = [
        (False,) if number in faults else ((False, True) if branch.remote else (branch.closed,))
        for number, branch in enumerate(grid.branches)
    ]
    for closed in product(*ways):
        fed = _fed(grid, closed)
        if fed is None:
            continue
        idle = [
            on != branch.closed and number not in faults and not fed & {branch.from_bus, branch.to_bus}
            for number, (branch, on) in enumerate(zip(grid.branches, closed, strict=True))
        ]
        if any(idle):
            continue
        dark_w = sum(bus.load_w for number, bus in enumerate(grid.buses) if number not in fed)
        moved = sum(
            on != branch.closed
            for number, (branch, on) in enumerate(zip(grid.branches, closed, strict=True))
            if number not in faults
        )
        found.append(((round(dark_w, 3), moved), np.array(closed)))
    return found


def _fed(grid: PlanningGrid, closed: tuple[bool, ...]) -> set[int] | None:
    """Buses that hang on the sources; None where one is fed in two ways."""
    graph = networkx.MultiGraph([("source", source.bus) for source in grid.sources])
    graph.add_nodes_from(range(len(grid.buses)))
    graph.add_edges_from((b.from_bus, b.to_bus) for b, on in zip(grid.branches, closed, strict=True) if on)
    fed = networkx.node_connected_component(graph, "source")
    part = graph.subgraph(fed)
    return set(fed) - {"source"} if part.number_of_edges() == len(fed) - 1 else None


def _loss_w(grid: PlanningGrid, closed: np.ndarray) -> float:
    """inf beyond limits."""
    try:
        state: Peer = peer(grid, closed)
    except PowerGridError:
        return math.inf
    if state.beyond(grid, tolerance=1e-9):
        return math.inf
    ohm = np.array([branch.resistance_ohm for branch in grid.branches])
    return float(3 * (ohm * state.current_a**2)[closed].sum())
