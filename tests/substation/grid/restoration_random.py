"""Restorations of random grids against the exact MILP: `python -m tests.substation.grid.restoration_random --help`.

20 to 90 buses in feeders of one to three sources, ties between them, ratings and voltages that bind in most cases, one
to three faults. One line per case, verdicts as in tests.substation.grid.restoration_oracle; a WRONG one ends with
status 1.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from dataclasses import replace

import numpy as np

from models.network.planning import PlanningBranch, PlanningGrid
from substation.grid.wide_restoration import Effort
from tests.substation.grid.restoration_oracle import compare
from tests.substation.grid.synthetic import synthetic_grid


def case(seed: int, least: int = 20, most: int = 90) -> tuple[PlanningGrid, set[int]]:
    """(grid, faulted branches), the same for the same seed."""
    random = np.random.default_rng(seed)
    buses = int(random.integers(least, most + 1))
    ties, feeders, sources = float(random.uniform(0.06, 0.2)), int(random.integers(2, 7)), int(random.integers(1, 4))
    grid = synthetic_grid(buses, seed, ties, feeders, sources)
    longer, rated_a = float(random.uniform(2, 25)), float(random.uniform(0.3, 1.2)) * 2.2 * buses / 3
    branches = tuple(_strained(branch, longer, rated_a, random) for branch in grid.branches)
    voltage_min_pu = float(random.choice([0.9, 0.93, 0.95, 0.97]))
    nodes = tuple(replace(bus, voltage_min_pu=voltage_min_pu) for bus in grid.buses)
    closed = [number for number, branch in enumerate(branches) if branch.closed]
    faults = {int(each) for each in random.choice(closed, size=int(random.integers(1, 4)), replace=False)}
    return replace(grid, name=f"random{seed}", buses=nodes, branches=branches), faults


def _strained(branch: PlanningBranch, longer: float, rated_a: float, random: np.random.Generator) -> PlanningBranch:
    """A line without charging, so that a proof is possible; one in ten cannot be moved."""
    return replace(
        branch,
        resistance_ohm=longer * branch.resistance_ohm,
        reactance_ohm=longer * branch.reactance_ohm,
        susceptance_s=0.0,
        rated_a=rated_a,
        remote=bool(random.random() > 0.1),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, default=50)
    parser.add_argument("--buses", type=int, nargs=2, default=(20, 90), metavar=("LEAST", "MOST"))
    parser.add_argument("--seconds", type=float, default=20.0, help="that HiGHS gets for one case")
    options = parser.parse_args()
    verdicts: Counter[str] = Counter()
    for seed in range(options.seed, options.seed + options.cases):
        grid, faults = case(seed, *options.buses)
        began = time.perf_counter()
        found = compare(grid, faults, options.seconds, Effort())
        verdicts[found.verdict] += 1
        verdicts["proved"] += found.plan.proven
        verdicts["load proved"] += found.plan.proven_unserved
        print(
            f"{seed:6} {len(grid.buses):3} buses, {len(faults)} faults: unserved {found.plan.unserved_w / 1e3:8.1f} kW"
            f" (proved {found.plan.bound_w / 1e3:8.1f}), {found.plan.operations:2} operations; MILP"
            f" {found.answer.unserved_kw:8.1f} kW, bound {found.answer.bound_kw:8.1f},"
            f" {'within' if found.feasible else 'BEYOND'} limits: {found.verdict} {'; '.join(found.broken)}"
            f" ({time.perf_counter() - began:.1f} s)",
            flush=True,
        )
    print(dict(verdicts))
    return 1 if verdicts["WRONG"] else 0


if __name__ == "__main__":
    sys.exit(main())
