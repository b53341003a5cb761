"""The Volt/Var question of the present state, and what its answer means now: a setting for each lever, and voltages.

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
from substation.grid.volt_var import Schedule, VoltVarQuestion, levels_of, optimise
from substation.mv.vvc.lever import Lever, applied, present_levels, without_levers
from substation.mv.vvc.regulators import Regulator


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a lever as it would be now: losses, and the worst limit that it would exceed ('' none)."""

    level: int
    loss_w: float
    excess: str


@dataclass(frozen=True, slots=True)
class Target:
    """level: of one lever, now. settings: this, the present and the neighbouring ones, with what each would
    bring while the others stand as planned. later: levels of the moments that follow."""

    lever: Lever
    level: int
    settings: tuple[Setting, ...]
    later: tuple[int, ...]

    @property
    def id(self) -> str:
        return self.lever.id

    @property
    def position(self) -> float:
        """As people call it."""
        return self.lever.setting(self.level)

    @property
    def moves(self) -> int:
        return self.level - self.lever.level


@dataclass(frozen=True, slots=True)
class Planned:
    """saved_w: mean over the horizon. beyond_before, beyond: sums of excess over limits, p.u. voltages_v: behind the
    transformer of each regulator, by id, once every lever stands as planned."""

    targets: tuple[Target, ...]
    voltages_v: Mapping[str, float]
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


def fed_buses(grid: PlanningGrid) -> frozenset[int]:
    """Buses that hang together with a source."""
    arrays = radial_grid(grid)
    part = components(len(grid.buses), arrays.branch_from, arrays.branch_to, arrays.closed)
    live = {int(part[source.bus]) for source in grid.sources}
    return frozenset(number for number, each in enumerate(part.tolist()) if each in live)


def scheduled(
    grid: PlanningGrid,
    levers: Sequence[Lever],
    regulators: Sequence[Regulator],
    shares: Floats,
    given_var: Mapping[str, float],
) -> Planned:
    """grid: present taps, banks and powers, limits that keep their reserve. regulators: with sure voltages. shares:
    float64[t], load of each moment relative to now. given_var: what converters among the levers deliver now.
    AlgorithmError where the state cannot be reckoned."""
    bare = without_levers(grid, levers, given_var)
    buses = {branch.id: branch.to_bus for branch in grid.branches}
    behind = {each.id: buses[each.id] for each in regulators}
    arrays = _calibrated(bare, levers, regulators, behind)
    load = np.array([complex(bus.load_w, bus.load_var) for bus in bare.buses], dtype=np.complex128)
    drawn = np.where(load.real > 0, np.outer(shares, load), load[None, :]) / BASE_POWER_VA
    controls = tuple(lever.control for lever in levers)
    question = VoltVarQuestion(arrays, controls, present_levels(levers), drawn.real.copy(), drawn.imag.copy())
    return _told(bare, arrays, regulators, behind, levers, optimise(question))


def _calibrated(
    grid: PlanningGrid, levers: Sequence[Lever], regulators: Sequence[Regulator], behind: Mapping[str, int]
) -> RadialGrid:
    """With source voltages that give what is measured; DivergedError where the present loads cannot be carried."""
    arrays = radial_grid(grid)
    flow = _flow(arrays, levers, present_levels(levers))
    part = components(len(grid.buses), arrays.branch_from, arrays.branch_to, arrays.closed)
    voltage = arrays.source_voltage.copy()
    for number, bus in enumerate(arrays.source_bus):
        ratios = [
            (each.voltage_v or 0.0) / each.nominal_v / abs(flow.voltage[behind[each.id]])
            for each in regulators
            if part[behind[each.id]] == part[bus]
        ]
        if ratios:
            voltage[number] *= sum(ratios) / len(ratios)
    return arrays._replace(source_voltage=voltage)


def _told(
    grid: PlanningGrid,
    arrays: RadialGrid,
    regulators: Sequence[Regulator],
    behind: Mapping[str, int],
    levers: Sequence[Lever],
    answer: Schedule,
) -> Planned:
    levels = [int(each) for each in answer.levels[0]]
    now, then = _flow(arrays, levers, present_levels(levers)), _flow(arrays, levers, levels)
    voltages_v = {
        each.id: (each.voltage_v or 0.0) * float(abs(then.voltage[behind[each.id]]) / abs(now.voltage[behind[each.id]]))
        for each in regulators
    }
    targets = tuple(
        Target(
            lever,
            levels[number],
            tuple(_settings(grid, arrays, levers, levels, number)),
            tuple(int(each) for each in answer.levels[1:, number]),
        )
        for number, lever in enumerate(levers)
    )
    saved_w = float((answer.before_w - answer.loss_w).mean())
    beyond_before, beyond = float(answer.beyond_before.sum()), float(answer.beyond.sum())
    return Planned(targets, voltages_v, saved_w, beyond_before, beyond, answer.proven, answer.evaluations)


def _settings(
    grid: PlanningGrid, arrays: RadialGrid, levers: Sequence[Lever], levels: Sequence[int], number: int
) -> list[Setting]:
    lever, wanted = levers[number], levels[number]
    lowest, highest = levels_of(lever.control)
    found = []
    for level in sorted({lever.level, wanted - 1, wanted, wanted + 1}):
        if not lowest <= level <= highest:
            continue
        trial = [*levels[:number], level, *levels[number + 1 :]]
        try:
            flow = _flow(arrays, levers, trial)
        except (DivergedError, AlgorithmError):
            found.append(Setting(level, 0.0, "the loads cannot be carried"))
            continue
        worst = excesses(grid, arrays, flow)[:1]
        found.append(Setting(level, flow.loss_w, str(worst[0]) if worst else ""))
    return found


def _flow(arrays: RadialGrid, levers: Sequence[Lever], levels: Sequence[int]) -> NodalFlow:
    """The present moment with these levels, by a computation of its own."""
    return nodal_flow(applied(arrays, levers, levels), arrays.closed)
