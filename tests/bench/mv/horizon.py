"""Volt/Var control over 96 quarter hours on mv_oberrhein: two tap changers, four capacitor banks, a converter."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

from models.network.pandapower import planning_from_pandapower
from models.network.planning import PlanningGrid
from models.network.supplement.devices import without_supplement
from models.network.supplement.model import CapacitorBank, DispersedGenerator, Regulator, Supplement
from models.network.supplement.volt_var import Horizon
from substation.grid.volt_var import optimise
from substation.study.present_state import present_state
from substation.study.volt_var_grid import volt_var_grid
from tests.bench.figure import Figure

MOMENTS = 96
BANKS, TARGET_S = 4, 1.0
AGREES = 1e-6


def measure(turns: int, say: Callable[[str], None]) -> list[Figure]:
    """The first turn is not counted: it loads what was compiled. Checked at every eighth moment by the other sweep."""
    grid = planning_from_pandapower("mv_oberrhein")
    asked = volt_var_grid(grid, _devices(grid))
    taken_s: list[float] = []
    for turn in range(turns + 1):
        began_s = time.perf_counter()
        schedule = optimise(asked.question)
        taken_s.append(time.perf_counter() - began_s)
        saved = 1.0 - schedule.loss_w.sum() / schedule.before_w.sum()
        say(
            f"Volt/Var, turn {turn}: {taken_s[-1]:.3f} s, {schedule.evaluations} flows, {saved:.1%} of the losses saved"
        )
    for moment in range(0, MOMENTS, 8):
        state = present_state(asked.at(moment, schedule.levels[moment].tolist()))
        if abs(state.loss_w - schedule.loss_w[moment]) > AGREES * state.loss_w:
            raise ValueError(f"moment {moment}: {schedule.loss_w[moment]} W, the sweep over phasors {state.loss_w} W")
    ours_s = statistics.median(taken_s[1:])
    devices = f"{len(asked.devices)} controls, {len(grid.buses)} buses"
    what = f"Volt/Var schedule of {MOMENTS} steps on mv_oberrhein ({devices}), warm"
    return [Figure(what, "s", ours_s, "none: absolute bound", None, f"below {TARGET_S:g} s", ours_s < TARGET_S)]


def _devices(grid: PlanningGrid) -> Supplement:
    transformers = [number for number, branch in enumerate(grid.branches) if branch.transformer]
    loaded = sorted(range(len(grid.buses)), key=lambda number: -grid.buses[number].load_var)[:BANKS]
    course = tuple(0.65 + 0.35 * math.sin(2 * math.pi * (step - 28) / MOMENTS) for step in range(MOMENTS))
    sun = tuple(max(0.0, math.sin(2 * math.pi * (step - 24) / MOMENTS)) for step in range(MOMENTS))
    return replace(
        without_supplement(grid),
        regulators=tuple(
            Regulator(f"T{number}", number, grid.branches[number].to_bus, 0, -9, 9, 0.015, operation_wh=500.0)
            for number in transformers
        ),
        capacitors=tuple(
            CapacitorBank(f"C{number}", bus, 100e3, 4, constant_power=False, operation_wh=200.0)
            for number, bus in enumerate(loaded)
        ),
        generators=(DispersedGenerator("G", loaded[0], 0.0, 0.0, -200e3, 200e3),),
        horizon=Horizon(900.0, course, sun),
    )
