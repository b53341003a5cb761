"""Time of a restoration: fault by fault on grids of growing size, beside an exact solver where one is fit."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from models.network.planning import PlanningGrid
from substation.grid.radial import RadialGrid, radial_grid
from substation.grid.radial_reduction import RadialQuestion
from substation.grid.wide_restoration import Effort, restore_whole
from tests.bench.figure import Figure, Pair, beside_peer
from tests.substation.grid.restoration_milp import Milp

PEER = "HiGHS, exact MILP without losses (LinDistFlow)"
LARGEST, TARGET_S = 10_000, 1.0
WORSE_KW = 1.0


@dataclass(frozen=True, slots=True)
class Site:
    """faults: branches, by position. exact_s: seconds that the exact solver has for each fault, 0: it is not asked.

    published: a grid of its own kind, which tells nothing of how the time grows with the size.
    """

    grid: PlanningGrid
    faults: tuple[int, ...]
    exact_s: float = 0.0
    published: bool = False


def spread_faults(grid: PlanningGrid, count: int) -> tuple[int, ...]:
    """Closed branches, evenly over the file."""
    closed = [number for number, branch in enumerate(grid.branches) if branch.closed]
    return tuple(closed[:: max(1, len(closed) // count)][:count])


def measure(sites: Sequence[Site], say: Callable[[str], None]) -> list[Figure]:
    """One figure for each grid, and how the time grows with the size."""
    figures = []
    sizes: list[tuple[int, float]] = []
    for site in sites:
        figure = _site(site, say)
        figures.append(figure)
        if not site.published:
            sizes.append((len(site.grid.buses), figure.ours))
    return [*figures, _growth(sizes)] if len(sizes) > 1 else figures


def _site(site: Site, say: Callable[[str], None]) -> Figure:
    grid = radial_grid(site.grid)
    restore_whole(_question(site.grid, grid, site.faults[0]), Effort())  # warm: compiled code, caches
    pairs: list[Pair] = []
    for fault in site.faults:
        began_s = time.perf_counter()
        plan = restore_whole(_question(site.grid, grid, fault), Effort())
        pairs.append((time.perf_counter() - began_s, _exact_s(site, grid, fault, plan.unserved_w / 1e3)))
    worst_s = max(ours for ours, _ in pairs)
    what = (
        f"restoration after one fault, {len(site.grid.buses)} buses ({site.grid.name}), median of {len(pairs)} faults"
    )
    say(f"{what}: {statistics.median(ours for ours, _ in pairs) * 1e3:.1f} ms, longest {worst_s * 1e3:.0f} ms")
    if site.exact_s:
        return beside_peer(what, "s", PEER, pairs, "as good as the peer", lambda *_: True)
    ours_s = statistics.median(ours for ours, _ in pairs)
    large = len(site.grid.buses) >= LARGEST
    target = f"below {TARGET_S:g} s" if large else "none in the issue"
    return Figure(what, "s", ours_s, "none: absolute bound", None, target, not large or worst_s < TARGET_S)


def _question(planned: PlanningGrid, grid: RadialGrid, fault: int) -> RadialQuestion:
    usable = np.ones(len(grid.closed), dtype=np.bool_)
    usable[fault] = False
    load_w = np.array([bus.load_w for bus in planned.buses])
    ids = [branch.id for branch in planned.branches]
    return RadialQuestion(grid, ids, usable, grid.power, load_w, np.ones(len(grid.closed)))


def _exact_s(site: Site, grid: RadialGrid, fault: int, unserved_kw: float) -> float:
    """Seconds of the solver; ValueError when it has proved that less need stay dark."""
    if not site.exact_s:
        return math.nan
    began_s = time.perf_counter()
    answer = Milp(grid, [fault], site.exact_s).solve()
    took_s = time.perf_counter() - began_s
    if answer.bound_kw > unserved_kw + WORSE_KW:
        raise ValueError(f"fault {fault}: {unserved_kw} kW unserved beats the bound {answer.bound_kw} kW of the peer")
    return took_s


def _growth(sizes: list[tuple[int, float]]) -> Figure:
    """Exponent of the size in the time, by least squares over the logarithms."""
    logs = np.log(np.array(sizes, dtype=np.float64))
    exponent = float(np.polyfit(logs[:, 0], logs[:, 1], 1)[0])
    span = f"{sizes[0][0]} to {sizes[-1][0]} buses"
    return Figure(
        f"growth of the restoration time, synthetic grids, {span}",
        "power of the size",
        exponent,
        "none",
        None,
        "none in the issue",
        True,
    )
