"""Restorations against the exact MILP, fault by fault: `python -m tests.substation.grid.restoration_oracle --help`.

One line per fault: what stays dark by the study, what the MILP leaves dark and its bound, whether the MILP's own plan
is within limits in the full power flow (power-grid-model), and the verdict:
`equal` where that plan is feasible and the study leaves as much; `near` within 1 kW of the bound; `above` where the
MILP, which knows no losses, is beyond limits and the study leaves more than its bound; `open` where HiGHS proved
nothing in time; `WRONG` for everything else: a plan of the study beyond limits, or worse than a feasible one of the
MILP.
"""

from __future__ import annotations

import argparse
import math
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from power_grid_model.errors import IterationDiverge

from models.network.matpower import read_matpower
from models.network.planning import PlanningGrid
from substation.grid.radial import radial_grid
from substation.grid.radial_reduction import RadialQuestion
from substation.grid.wide_restoration import Effort, WidePlan, restore_whole
from tests.substation.grid.known_grids import limited
from tests.substation.grid.planning_peer import peer
from tests.substation.grid.restoration_milp import Answer, Milp


@dataclass(frozen=True)
class Compared:
    """feasible: the MILP's own plan, in the full power flow. broken: limits that the study's plan breaks there."""

    plan: WidePlan
    answer: Answer
    feasible: bool
    broken: list[str]

    @property
    def impossible(self) -> bool:
        """The study serves more than the MILP's bound, or the MILP's plan more than the study's."""
        ours_kw, proved_kw = self.plan.unserved_w / 1e3, self.plan.bound_w / 1e3
        beaten = self.feasible and self.answer.unserved_kw < proved_kw - 1e-3
        return beaten or ours_kw < self.answer.bound_kw - 1e-3

    @property
    def verdict(self) -> str:
        unserved_kw = self.plan.unserved_w / 1e3
        if self.impossible or self.broken or (self.feasible and unserved_kw > self.answer.unserved_kw + 1e-3):
            return "WRONG"
        if not self.answer.proven:
            return "near" if unserved_kw <= self.answer.bound_kw + 1.0 else "open"
        if self.feasible and abs(unserved_kw - self.answer.unserved_kw) < 1e-3:
            return "equal"
        return "near" if unserved_kw <= self.answer.bound_kw + 1.0 else "above"


def question(grid: PlanningGrid, faults: set[int]) -> RadialQuestion:
    arrays = radial_grid(grid)
    usable = np.array([number not in faults for number in range(len(grid.branches))])
    counted_w = np.array([max(0.0, bus.load_w) for bus in grid.buses])
    ids = [branch.id for branch in grid.branches]
    return RadialQuestion(arrays, ids, usable, arrays.power, counted_w, np.ones(len(ids)))


def within_limits(grid: PlanningGrid, closed: np.ndarray) -> list[str]:
    try:
        return peer(grid, closed).beyond(grid)
    except IterationDiverge:
        return ["diverged"]


def compare(grid: PlanningGrid, faults: set[int], seconds: float, effort: Effort | None = None) -> Compared:
    asked = question(grid, faults)
    plan = restore_whole(asked, effort or Effort())
    answer = Milp(asked.grid, faults, seconds).solve()
    feasible = math.isfinite(answer.unserved_kw) and not within_limits(grid, answer.closed)
    return Compared(plan, answer, feasible, within_limits(grid, plan.closed))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    data = os.environ.get("RINGMAIN_DATA", "../shared/data")
    parser.add_argument("--network", default=f"{data}/matpower/case33bw.m", help="a MATPOWER case")
    parser.add_argument("--fault", type=int, action="append", help="branch row; default: every closed branch")
    parser.add_argument("--voltage-min", type=float, default=0.9, metavar="PU")
    parser.add_argument("--rated-a", type=float, default=math.inf, metavar="A", help="of every branch")
    parser.add_argument("--seconds", type=float, default=60.0, help="that HiGHS gets for one fault")
    options = parser.parse_args()
    text = Path(options.network).read_text(encoding="utf-8")
    grid = limited(read_matpower(text, options.network), options.voltage_min, options.rated_a)
    rows = options.fault or [number + 1 for number, branch in enumerate(grid.branches) if branch.closed]
    for row in rows:
        began = time.perf_counter()
        found = compare(grid, {row - 1}, options.seconds)
        answer, took_s = found.answer, time.perf_counter() - began
        milp = (
            f"{answer.unserved_kw:9.1f} kW, bound {answer.bound_kw:9.1f} kW, {'within' if found.feasible else 'BEYOND'}"
        )
        print(
            f"{row:4} unserved {found.plan.unserved_w / 1e3:9.1f} kW, {found.plan.operations:2} operations,"
            f" MILP {milp} limits: {found.verdict} {'; '.join(found.broken)} ({took_s:.1f} s)",
            flush=True,
        )


if __name__ == "__main__":
    main()
