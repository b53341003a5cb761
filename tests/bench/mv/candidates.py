"""Candidates per second: radial states of a grid, each with its power flow and losses."""

from __future__ import annotations

import time
from collections.abc import Callable
from random import Random
from typing import TypeVar

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import minimum_spanning_tree

from models.network.planning import PlanningGrid
from substation.grid.branch_flow import losses
from substation.grid.flow_arrays import FlowGrid, flow_grid, forest
from substation.grid.radial import radial_grid
from tests.bench.figure import Figure, Pair, beside_peer
from tests.bench.mv.peer_batch import GridModelBatch, Pandapower

Found = TypeVar("Found")
AGREES = 1e-6
GRID_MODEL, PANDAPOWER = "power-grid-model 1.12 (iterative current, batch on all cores)", "pandapower 3.5 (runpp)"


def radial_candidates(grid: PlanningGrid, count: int, seed: int = 7) -> np.ndarray:
    """bool[count, m]: one to three ties closed, a random branch of each loop open."""
    random = Random(seed)
    ties = [number for number, branch in enumerate(grid.branches) if not branch.closed]
    size = len(grid.buses) + 1  # the last one joins all sources
    start = [branch.from_bus for branch in grid.branches] + [source.bus for source in grid.sources]
    end = [branch.to_bus for branch in grid.branches] + [size - 1] * len(grid.sources)
    number_of = {(min(ends), max(ends)): number for number, ends in enumerate(zip(start, end, strict=True))}
    found = np.zeros((count, len(grid.branches)), dtype=np.bool_)
    for row in found:
        weights = np.array([1.0 + random.random() if branch.closed else 9.0 for branch in grid.branches])
        weights[random.sample(ties, random.randint(1, min(3, len(ties))))] = 0.5
        every = np.concatenate([weights, np.full(len(grid.sources), 0.1)])
        tree = minimum_spanning_tree(coo_matrix((every, (start, end)), shape=(size, size))).tocoo()
        chosen = [number_of[min(ends), max(ends)] for ends in zip(tree.row.tolist(), tree.col.tolist(), strict=True)]
        row[[number for number in chosen if number < len(grid.branches)]] = True
    return found


def measure(grid: PlanningGrid, count: int, singly: int, turns: int, say: Callable[[str], None]) -> list[Figure]:
    """count candidates for both batches, the first `singly` of them for pandapower, in turns."""
    arrays = flow_grid(radial_grid(grid))
    tree, found = forest(arrays), np.empty(count)
    candidates = _sound(arrays, radial_candidates(grid, count + count // 2 + 10))[:count]
    batch, single = GridModelBatch(grid), Pandapower(grid)
    batches: list[Pair] = []
    calls: list[Pair] = []
    for turn in range(turns):
        ours_s, _ = _timed(lambda: losses(arrays, tree, candidates, found))
        peer_s, batch_w = _timed(lambda: batch.losses_w(candidates))
        other_s, single_w = _timed(lambda: single.losses_w(candidates[:singly]))
        _agree(found * 1e6, [batch_w, single_w])
        batches.append((count / ours_s, count / peer_s))
        calls.append((count / ours_s, singly / other_s))
        rates = f"{batches[-1][0]:.0f}, {batches[-1][1]:.0f}, {calls[-1][1]:.0f} candidates/s"
        say(f"{grid.name}, turn {turn + 1}: {rates}")
    what = f"radial candidates of {len(grid.buses)} buses, power flow and losses"
    return [
        beside_peer(what, "candidates/s", peer, pairs, "more than the peer", lambda ours, peers: ours > peers)
        for peer, pairs in ((GRID_MODEL, batches), (PANDAPOWER, calls))
    ]


def _sound(arrays: FlowGrid, candidates: np.ndarray) -> np.ndarray:
    """Those that lose less than a fifth of the load: near a collapse the engines stop at different iterations."""
    found = np.empty(len(candidates))
    losses(arrays, forest(arrays), candidates, found)
    return candidates[found < 0.2 * float(arrays.active.sum())]


def _timed(work: Callable[[], Found]) -> tuple[float, Found]:
    began_s = time.perf_counter()
    found = work()
    return time.perf_counter() - began_s, found


def _agree(ours_w: np.ndarray, told: list[np.ndarray]) -> None:
    """A figure for wrong results would be worth nothing."""
    for peers_w in told:
        np.testing.assert_allclose(ours_w[: len(peers_w)], peers_w, rtol=AGREES)
