"""`ringmain bench mv`: reconfiguration, restoration and Volt/Var control of medium-voltage grids."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from models.errors import RingmainError
from models.network.matpower import read_matpower
from models.network.planning import PlanningGrid
from tests.bench.child import ROOT
from tests.bench.figure import Figure
from tests.bench.mv import candidates, horizon, known, restoration
from tests.bench.mv.restoration import Site, spread_faults
from tests.substation.grid.synthetic import synthetic_grid

DATA = Path(os.environ.get("RINGMAIN_DATA", str(ROOT.parent / "shared" / "data")))


@dataclass(frozen=True, slots=True)
class Programme:
    """sizes: (buses, candidates, those that pandapower gets); below 200 buses a published network. faults: of each grid
    of restored sizes. exact_s: seconds that the exact solver has for a fault of the smallest."""

    turns: int
    sizes: tuple[tuple[int, int, int], ...]
    known: bool
    restored: tuple[int, ...]
    faults: int
    exact_s: float


WHOLE = Programme(
    5, ((33, 5_000, 5), (118, 3_000, 5), (1_000, 400, 3), (10_000, 40, 2)), True,
    (33, 118, 533, 1_000, 5_000, 10_000), 12, 20.0,
)  # fmt: skip
SHORT = Programme(1, ((33, 200, 1), (118, 100, 1)), False, (33, 1_000), 2, 5.0)
"""Shows that the bench works; what it measures is worth little."""
PUBLISHED = {33: "case33bw.m", 118: "case118zh.m", 533: "case533mt_lo.m"}


def measure(short: bool, say: Callable[[str], None]) -> list[dict[str, object]]:
    """The figures in the form of `ringmain bench --json`; `say` hears of the progress."""
    if not DATA.is_dir():
        raise RingmainError(f"bench mv needs the test networks: no folder {DATA}; set RINGMAIN_DATA")
    return [figure.plain() for figure in _figures(SHORT if short else WHOLE, say)]


def _figures(programme: Programme, say: Callable[[str], None]) -> list[Figure]:
    figures: list[Figure] = []
    for buses, count, singly in programme.sizes:
        figures += candidates.measure(_grid(buses), count, singly, programme.turns, say)
    if programme.known:
        figures += known.measure(DATA, programme.turns, say)
    figures += restoration.measure([_site(programme, buses) for buses in programme.restored], say)
    return figures + horizon.measure(programme.turns, say)


def _grid(buses: int) -> PlanningGrid:
    if buses not in PUBLISHED:
        return synthetic_grid(buses)
    file = DATA / "matpower" / PUBLISHED[buses]
    return read_matpower(file.read_text(encoding="utf-8"), file.name)


def _site(programme: Programme, buses: int) -> Site:
    grid = _grid(buses)
    exact_s = programme.exact_s if buses == 33 else 0.0
    return Site(grid, spread_faults(grid, programme.faults), exact_s, buses in PUBLISHED)
