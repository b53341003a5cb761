"""The Volt/Var question of the present state, and what its answer means now: a tap for each regulator, and a voltage.

The voltage of the infeed is not measured: it is taken as what gives the measured voltage behind the transformer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.errors import AlgorithmError, DivergedError
from models.network.planning import PlanningGrid
from substation.grid.arrays import BASE_POWER_VA, Floats
from substation.grid.excess import excesses
from substation.grid.forest import components
from substation.grid.nodal_flow import NodalFlow, nodal_flow
from substation.grid.radial import RadialGrid, radial_grid
from substation.grid.volt_var import Schedule, Tap, VoltVarQuestion, optimise
from substation.mv.vvc.regulators import Regulator

REACH = 4
"""Tap steps that are looked at in each direction from the present position."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One tap as it would be now: losses, and the worst limit that it would exceed ('' none)."""

    tap: int
    loss_w: float
    excess: str


@dataclass(frozen=True, slots=True)
class Target:
    """tap: for one regulator, now. voltage_v: behind its transformer then. settings: this tap, the present one and the
    neighbours, with what each would bring while the others stand as planned. later: taps of the moments that follow."""

    id: str
    tap: int
    voltage_v: float
    settings: tuple[Setting, ...]
    later: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """saved_w: mean over the horizon. beyond_before, beyond: sums of excess over limits, p.u."""

    targets: tuple[Target, ...]
    saved_w: float
    beyond_before: float
    beyond: float
    proven: bool
    evaluations: int


def supplied_w(grid: PlanningGrid) -> Mapping[str, float]:
    """Net active power drawn behind each transformer, by id; without losses."""
    arrays = radial_grid(grid)
    closed = np.array([branch.closed and not branch.transformer for branch in grid.branches], dtype=np.bool_)
    part = components(len(grid.buses), arrays.branch_from, arrays.branch_to, closed)
    drawn_w = np.array([bus.load_w - bus.generation_w for bus in grid.buses], dtype=np.float64)
    return {
        branch.id: float(drawn_w[part == part[branch.to_bus]].sum())
        for branch in grid.branches
        if branch.transformer and branch.closed
    }


def scheduled(grid: PlanningGrid, regulators: Sequence[Regulator], shares: Floats, step_w: float) -> Planned:
    """grid: present taps and powers, limits that keep their reserve. shares: float64[t], load of each moment relative
    to now. step_w: losses for one moment that a step is worth. AlgorithmError where the state cannot be reckoned."""
    found = {branch.id: number for number, branch in enumerate(grid.branches)}
    branches = [found[each.id] for each in regulators]
    arrays = _calibrated(grid, radial_grid(grid), regulators, branches)
    controls = tuple(_tap(each, branch, step_w) for each, branch in zip(regulators, branches, strict=True))
    load = np.array([complex(bus.load_w, bus.load_var) for bus in grid.buses], dtype=np.complex128)
    drawn = np.where(load.real > 0, np.outer(shares, load), load[None, :]) / BASE_POWER_VA
    question = VoltVarQuestion(arrays, controls, (0,) * len(controls), drawn.real.copy(), drawn.imag.copy())
    answer = optimise(question)
    return _told(grid, arrays, regulators, controls, answer)


def _tap(regulator: Regulator, branch: int, wear_w: float) -> Tap:
    transformer, tap = regulator.transformer, regulator.tap or 0
    step = transformer.tap_step_pu / (1 + tap * transformer.tap_step_pu)
    lowest, highest = max(transformer.tap_min - tap, -REACH), min(transformer.tap_max - tap, REACH)
    return Tap(branch, step, min(lowest, 0), max(highest, 0), wear_w)


def _calibrated(
    grid: PlanningGrid, arrays: RadialGrid, regulators: Sequence[Regulator], branches: Sequence[int]
) -> RadialGrid:
    """With source voltages that give what is measured; DivergedError where the present loads cannot be carried."""
    flow = nodal_flow(arrays, arrays.closed)
    part = components(len(grid.buses), arrays.branch_from, arrays.branch_to, arrays.closed)
    voltage = arrays.source_voltage.copy()
    for number, bus in enumerate(arrays.source_bus):
        ratios = [
            (each.voltage_v or 0.0) / each.nominal_v / abs(flow.voltage[grid.branches[branch].to_bus])
            for each, branch in zip(regulators, branches, strict=True)
            if part[grid.branches[branch].to_bus] == part[bus]
        ]
        if ratios:
            voltage[number] *= sum(ratios) / len(ratios)
    return arrays._replace(source_voltage=voltage)


def _told(
    grid: PlanningGrid,
    arrays: RadialGrid,
    regulators: Sequence[Regulator],
    controls: Sequence[Tap],
    answer: Schedule,
) -> Planned:
    levels = [int(each) for each in answer.levels[0]]
    now, then = _flow(arrays, controls, [0] * len(controls)), _flow(arrays, controls, levels)
    targets = []
    for number, (regulator, control) in enumerate(zip(regulators, controls, strict=True)):
        bus, tap = grid.branches[control.branch].to_bus, regulator.tap or 0
        risen = abs(then.voltage[bus]) / abs(now.voltage[bus])
        settings = tuple(_settings(grid, arrays, controls, levels, number, tap))
        later = tuple(tap + int(each) for each in answer.levels[1:, number])
        voltage_v = (regulator.voltage_v or 0.0) * risen
        targets.append(Target(regulator.id, tap + levels[number], voltage_v, settings, later))
    saved_w = float((answer.before_w - answer.loss_w).mean())
    beyond_before, beyond = float(answer.beyond_before.sum()), float(answer.beyond.sum())
    return Planned(tuple(targets), saved_w, beyond_before, beyond, answer.proven, answer.evaluations)


def _settings(
    grid: PlanningGrid, arrays: RadialGrid, controls: Sequence[Tap], levels: Sequence[int], number: int, tap: int
) -> list[Setting]:
    control, wanted = controls[number], levels[number]
    found = []
    for level in sorted({0, wanted - 1, wanted, wanted + 1}):
        if not control.lowest <= level <= control.highest:
            continue
        trial = [*levels[:number], level, *levels[number + 1 :]]
        try:
            flow = _flow(arrays, controls, trial)
        except (DivergedError, AlgorithmError):
            found.append(Setting(tap + level, 0.0, "the loads cannot be carried"))
            continue
        worst = excesses(grid, arrays, flow)[:1]
        found.append(Setting(tap + level, flow.loss_w, str(worst[0]) if worst else ""))
    return found


def _flow(arrays: RadialGrid, controls: Sequence[Tap], levels: Sequence[int]) -> NodalFlow:
    """The present moment with these taps, by a computation of its own."""
    ratio = arrays.ratio.copy()
    for control, level in zip(controls, levels, strict=True):
        ratio[control.branch] *= 1 + level * control.step
    return nodal_flow(arrays._replace(ratio=ratio), arrays.closed)
