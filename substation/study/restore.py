"""`ringmain study restore`: what is switched after faults so that the least load stays without supply.

The planner's answer: least unserved load, then fewest operations, then least losses, within all limits; what is fed
already is re-switched where that feeds more. A running unit restores with the dark part alone (SAFETY S7, S22).
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import dataclass

import numpy as np

from models.errors import ConfigError
from models.network.planning import PlanningGrid
from substation.grid.arrays import BASE_POWER_VA, Booleans, Complexes, Floats
from substation.grid.forest import components
from substation.grid.radial import RadialGrid, radial_grid
from substation.grid.radial_reduction import RadialQuestion
from substation.grid.wide_restoration import Effort, restore_whole
from substation.study.crew_plan import crew_plan, crew_text, crew_values
from substation.study.faulted import faulted
from substation.study.kind import Asked, Result
from substation.study.present_state import refuse_unless_radial
from substation.study.restored_answer import Restored, findings, text, values

_LASTS_S = 7200.0


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--fault", required=True, metavar="A,B", help="faulted branches")
    words = "operate nothing that is fed, as a running unit does; default: re-switch where that feeds more"
    parser.add_argument("--dark-only", action="store_true", help=words)
    words = "how long it lasts: overloads of --with count that are allowed as long, default %(default)g"
    parser.add_argument("--duration-s", type=float, default=_LASTS_S, metavar="S", help=words)
    for name, what in (("customer", "a customer"), ("critical-customer", "a critical customer")):
        words = f"what {what} weighs besides the load, in W; default %(default)g"
        parser.add_argument(f"--{name}-w", type=float, default=0.0, metavar="W", help=words)
    words = "budget of the search, times the usual; default %(default)g"
    parser.add_argument("--effort", type=float, default=1.0, metavar="X", help=words)


def run(asked: Asked, options: argparse.Namespace) -> Result:
    """ConfigError for unknown branches; AlgorithmError for a present state that is not radial."""
    refuse_unless_radial(asked.grid)
    for name in ("duration_s", "customer_w", "critical_customer_w", "effort"):
        if not (math.isfinite(getattr(options, name)) and getattr(options, name) >= 0):
            raise ConfigError("restore", None, f"{name} is {getattr(options, name):g}", "write 0 or more")
    began = time.perf_counter()
    restored = _restored(asked, options)
    seconds = time.perf_counter() - began
    crew = crew_plan(asked, restored, lambda on, by_hand: _restored(on, options, by_hand))
    found = {**values(restored, seconds), **crew_values(restored, crew)}
    return Result(found, (*text(restored), *crew_text(restored, crew)), findings(restored))


def _restored(asked: Asked, options: argparse.Namespace, by_hand: bool = False) -> Restored:
    names = [each.strip() for each in options.fault.split(",") if each.strip()]
    if not names:
        raise ConfigError("restore", None, "no faulted branch", "write --fault BRANCH[,BRANCH]")
    out = faulted(asked.grid, names, by_hand)
    grid = asked.grid
    arrays = radial_grid(grid)
    after = _After(grid, arrays, out.usable)
    question = RadialQuestion(
        grid=arrays,
        ids=[branch.id for branch in grid.branches],
        usable=out.usable,
        power_pu=after.power_pu(asked),
        counted_w=_counted_w(grid, options),
        loading_limit=_loading_limit(asked, options.duration_s),
    )
    plan = restore_whole(question, _effort(options))
    return Restored(asked, out, question, plan, after.fed)


def _effort(options: argparse.Namespace) -> Effort:
    usual = Effort()
    return Effort(
        candidates=math.ceil(usual.candidates * options.effort),
        steps=math.ceil(usual.steps * options.effort),
        rounds=usual.rounds,
        most_free=0 if options.dark_only else usual.most_free,
    )


@dataclass(slots=True)
class _After:
    """The grid after isolation, before anything is restored. fed: bool[n]."""

    grid: PlanningGrid
    arrays: RadialGrid
    usable: Booleans

    @property
    def fed(self) -> Booleans:
        closed = self.arrays.closed & self.usable
        label = components(len(self.grid.buses), self.arrays.branch_from, self.arrays.branch_to, closed)
        return np.isin(label, label[self.arrays.source_bus])

    def power_pu(self, asked: Asked) -> Complexes:
        """Dark loads come back larger than they were, and generation stays away for its reconnection time (S11)."""
        factor = np.array([each.factor for each in asked.supplement.cold_loads])
        load_va = np.array([complex(bus.load_w, bus.load_var) for bus in self.grid.buses])
        dark: Complexes = load_va * factor / BASE_POWER_VA
        return np.where(self.fed, self.arrays.power, dark)


def _counted_w(grid: PlanningGrid, options: argparse.Namespace) -> Floats:
    return np.array(
        [
            max(0.0, bus.load_w)
            + options.customer_w * bus.customers
            + options.critical_customer_w * bus.critical_customers
            for bus in grid.buses
        ]
    )


def _loading_limit(asked: Asked, lasts_s: float) -> Floats:
    """float64[m], in p.u. of rating: what is allowed for so long (SAFETY S16)."""
    return np.array([each.loading_pu if each.duration_s >= lasts_s else 1.0 for each in asked.supplement.overloads])
