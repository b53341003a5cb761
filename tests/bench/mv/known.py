"""Time to the best known loss of published networks, proof included where the search gives one."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

from substation.grid.radial import radial_grid
from substation.grid.reconfiguration import reconfigure
from tests.bench.figure import Figure, Pair, beside_peer
from tests.bench.mv.candidates import GRID_MODEL, radial_candidates
from tests.bench.mv.peer_batch import GridModelBatch
from tests.substation.grid.known_grids import FILE, known_grid

SAMPLE = 1_000
"""Candidates by which the peer's time for all of them is reckoned."""
REACHED = 1.000001
LOW_PU = 0.5
"""The known results keep no voltage limit."""


def measure(data: Path, turns: int, say: Callable[[str], None]) -> list[Figure]:
    """One figure for each network of the file."""
    known = json.loads((data / FILE).read_text(encoding="utf-8"))
    return [_network(data, name, float(case["best_loss_kw"]), turns, say) for name, case in known.items()]


def _network(data: Path, name: str, best_kw: float, turns: int, say: Callable[[str], None]) -> Figure:
    planned = known_grid(data, name, LOW_PU)
    grid, peer = radial_grid(planned), GridModelBatch(planned)
    sample = radial_candidates(planned, SAMPLE)
    reconfigure(grid)  # whatever is loaded or compiled at the first call
    pairs: list[Pair] = []
    for turn in range(turns):
        began_s = time.perf_counter()
        found = reconfigure(grid)
        ours_s = time.perf_counter() - began_s
        began_s = time.perf_counter()
        peer.losses_w(sample, tolerant=True)
        peer_s = (time.perf_counter() - began_s) / len(sample) * found.evaluations
        pairs.append((ours_s, peer_s))
        say(f"{name}, turn {turn + 1}: {found.loss_w / 1e3:.4f} kW in {ours_s:.3f} s; the peer needs {peer_s:.3f} s")
    reached = found.loss_w / 1e3 <= best_kw * REACHED
    proof = ", proved" if found.proven else ""
    what = f"time to the best known loss of {name} ({best_kw:g} kW{proof}), whole search"
    name_of_peer = f"{GRID_MODEL}, the same number of candidates ({found.evaluations})"
    return beside_peer(what, "s", name_of_peer, pairs, "best known loss reached", lambda *_: reached)
