"""Volt/Var optimisation of a radial grid over a horizon: taps, capacitor steps and reactive power of converters (GR4).

The least sum of losses and of what the steps wear, within limits: what lies beyond a limit outweighs every saving. Few
joint states are enumerated, and a dynamic programme over all of them is exact. Many are searched: some moments are
settled alone, then a dynamic programme over the whole horizon runs for one control after the other, the others being
kept, and one over the joint states that have turned up, until nothing changes any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from models.errors import AlgorithmError
from substation.grid.arrays import BASE_POWER_VA, Floats, Integers
from substation.grid.flow_arrays import FlowGrid, Forest, flow_grid, forest
from substation.grid.radial import RadialGrid
from substation.grid.volt_var_kernel import (
    BEYOND_COST,
    POWER,
    SHUNT,
    TAP,
    Controls,
    along,
    cheapest_path,
    costs_along,
    costs_of_states,
    load,
    move_all,
    settle,
)

MOST_STATES = 512
"""Joint states that are enumerated at every moment."""
MOST_JOINT = 48
MOST_ROUNDS = 20
SETTLED = 12
"""Moments that are settled alone, evenly spread."""
LEAST_GAIN = 1e-9
"""Losses in p.u.; a smaller gain is no reason to move anything."""


@dataclass(frozen=True, slots=True)
class Tap:
    """Of an on-load tap changer. step: of the ratio relative to that at level 0, per level."""

    branch: int
    step: float
    lowest: int
    highest: int
    wear_w: float = 0.0


@dataclass(frozen=True, slots=True)
class Bank:
    """A capacitor bank. constant_power: delivers its kvar at any voltage, as planning literature reckons; otherwise a
    susceptance, as a real one. wear_w: losses for one moment that one step is worth."""

    bus: int
    step_var: float
    steps: int
    constant_power: bool = False
    wear_w: float = 0.0


@dataclass(frozen=True, slots=True)
class Converter:
    """Reactive power of a converter between two limits (delivered, var), in equal levels."""

    bus: int
    lowest_var: float
    highest_var: float
    levels: int = 13


Control = Tap | Bank | Converter


@dataclass(frozen=True, slots=True)
class VoltVarQuestion:
    """grid: closed branches form a forest, every control stands at level 0. start: present level of each control.
    active, reactive: float64[t, n], load less generation of each moment in p.u., without what the controls deliver."""

    grid: RadialGrid
    controls: tuple[Control, ...]
    start: tuple[int, ...]
    active: Floats
    reactive: Floats


@dataclass(frozen=True, slots=True)
class Schedule:
    """levels: int64[t, c]. loss_w, before_w: float64[t], with these levels and with those of the start. beyond,
    beyond_before: float64[t], excess over limits in p.u. proven: nothing is better. evaluations: power flows of
    whole tables, without those that settle one moment."""

    levels: Integers
    loss_w: Floats
    before_w: Floats
    beyond: Floats
    beyond_before: Floats
    proven: bool
    evaluations: int

    @property
    def operations(self) -> int:
        """Steps between the moments; the first ones from the start are counted by whoever knows it."""
        return int(np.abs(np.diff(self.levels, axis=0)).sum())


def levels_of(control: Control) -> tuple[int, int]:
    """(lowest, highest) level."""
    if isinstance(control, Tap):
        return control.lowest, control.highest
    if isinstance(control, Bank):
        return 0, control.steps
    return 0, control.levels - 1


def reactive_var(control: Bank | Converter, level: int) -> float:
    """Delivered at nominal voltage."""
    if isinstance(control, Bank):
        return level * control.step_var
    return control.lowest_var + level * (control.highest_var - control.lowest_var) / max(control.levels - 1, 1)


def optimise(question: VoltVarQuestion) -> Schedule:
    """The schedule; AlgorithmError for controls that do not fit, or when not even the start can be reckoned."""
    return _Search(question).run()


class _Search:
    def __init__(self, question: VoltVarQuestion) -> None:
        self._question, self._grid = question, _with_own_arrays(flow_grid(question.grid))
        self._tree: Forest = forest(self._grid)
        self._controls = _controls(question)
        self._start = np.array(question.start, dtype=np.int64)
        _refuse_misfits(question, self._controls)
        self._active = np.ascontiguousarray(question.active)
        self._reactive = question.reactive - _offsets(question)
        self._levels = np.zeros_like(self._start)  # what is set in the arrays
        self._evaluations = 0

    def run(self) -> Schedule:
        beyond_before, before = self._along(np.repeat(self._start[None, :], len(self._active), axis=0))
        if not np.isfinite(before).all():
            moment = int(np.flatnonzero(~np.isfinite(before))[0])
            raise AlgorithmError(f"the loads of moment {moment} cannot be carried with the present settings")
        count = float(np.prod((self._controls.highest - self._controls.lowest + 1).astype(np.float64)))
        proven = count <= MOST_STATES
        levels = self._enumerated() if proven else self._searched()
        beyond, loss = self._along(levels)
        watts = BASE_POWER_VA
        return Schedule(levels, loss * watts, before * watts, beyond, beyond_before, proven, self._evaluations)

    def _enumerated(self) -> Integers:
        ranges = zip(self._controls.lowest, self._controls.highest, strict=True)
        return self._path(np.array(list(product(*(range(low, high + 1) for low, high in ranges))), dtype=np.int64))

    def _searched(self) -> Integers:
        schedule = self._moment_by_moment()
        best = self._total(schedule)
        for _ in range(MOST_ROUNDS):
            trial = self._along_each(schedule)
            trial = min((trial, self._path(self._joint(trial))), key=self._total)
            total = self._total(trial)
            if not total < best - LEAST_GAIN:
                break
            schedule, best = trial, total
        return schedule

    def _moment_by_moment(self) -> Integers:
        """A start: some moments settled alone, the others as the one before."""
        levels, found = self._start.copy(), []
        for moment in range(len(self._active)):
            if moment % -(-len(self._active) // SETTLED) == 0:
                load(self._grid, self._controls, self._levels, self._active[moment], self._reactive[moment])
                move_all(self._grid, self._controls, self._levels, levels)
                settle(self._grid, self._tree, self._controls, self._levels, levels, LEAST_GAIN)
                levels = self._levels.copy()
            found.append(levels)
        return np.array(found, dtype=np.int64).reshape(len(self._active), len(self._start))

    def _along_each(self, schedule: Integers) -> Integers:
        """One dynamic programme over the horizon for each control in turn."""
        schedule = schedule.copy()
        for number in range(len(self._start)):
            low, high = int(self._controls.lowest[number]), int(self._controls.highest[number])
            costs = np.empty((len(schedule), high - low + 1))
            costs_along(
                self._grid, self._tree, self._controls, self._levels, self._active, self._reactive, schedule, number,
                costs,
            )  # fmt: skip
            self._evaluations += costs.size
            levels = np.arange(low, high + 1)
            wear = float(self._controls.wear[number])
            changes = wear * np.abs(levels[:, None] - levels[None, :]).astype(np.float64)
            chosen = np.zeros(len(schedule), dtype=np.int64)
            cheapest_path(costs, changes, wear * np.abs(levels - self._start[number]).astype(np.float64), chosen)
            schedule[:, number] = levels[chosen]
        return schedule

    def _joint(self, schedule: Integers) -> Integers:
        """The start and the states that turned up, the most frequent first."""
        states, counts = np.unique(schedule, axis=0, return_counts=True)
        frequent = states[np.argsort(-counts, kind="stable")][: MOST_JOINT - 1]
        return np.unique(np.vstack([self._start[None, :], frequent]), axis=0)

    def _path(self, states: Integers) -> Integers:
        costs = self._costs(states)
        wear = self._controls.wear
        changes = np.abs(states[:, None, :] - states[None, :, :]) @ wear
        chosen = np.zeros(len(costs), dtype=np.int64)
        cheapest_path(costs, changes, np.abs(states - self._start) @ wear, chosen)
        return states[chosen]

    def _costs(self, states: Integers) -> Floats:
        """float64[t, s]."""
        found = np.empty((len(self._active), len(states)))
        costs_of_states(
            self._grid, self._tree, self._controls, self._levels, self._active, self._reactive,
            np.ascontiguousarray(states), found,
        )  # fmt: skip
        self._evaluations += found.size
        return found

    def _along(self, schedule: Integers) -> tuple[Floats, Floats]:
        """(excess over limits, losses), float64[t], p.u."""
        beyond, loss = np.empty(len(schedule)), np.empty(len(schedule))
        along(
            self._grid, self._tree, self._controls, self._levels, self._active, self._reactive,
            np.ascontiguousarray(schedule), beyond, loss,
        )  # fmt: skip
        self._evaluations += len(schedule)
        return beyond, loss

    def _total(self, schedule: Integers) -> float:
        beyond, loss = self._along(schedule)
        steps = np.abs(np.diff(np.vstack([self._start[None, :], schedule]), axis=0)) @ self._controls.wear
        return float(np.sum(loss + BEYOND_COST * beyond) + steps.sum())


def _with_own_arrays(grid: FlowGrid) -> FlowGrid:
    """The kernels change these in place, whatever else stands on the same arrays."""
    return grid._replace(
        turns=grid.turns.copy(),
        per_turns=grid.per_turns.copy(),
        active=grid.active.copy(),
        reactive=grid.reactive.copy(),
        shunt_reactive=grid.shunt_reactive.copy(),
        rising=np.zeros(1, dtype=np.bool_),
    )


def _controls(question: VoltVarQuestion) -> Controls:
    controls = question.controls
    kinds = [_kind(control) for control in controls]
    places = [control.branch if isinstance(control, Tap) else control.bus for control in controls]
    turns = np.abs(question.grid.ratio) ** 2
    bounds = np.array([levels_of(control) for control in controls], dtype=np.int64).reshape(-1, 2)
    return Controls(
        kind=np.array(kinds, dtype=np.int64),
        place=np.array(places, dtype=np.int64),
        lowest=np.ascontiguousarray(bounds[:, 0]),
        highest=np.ascontiguousarray(bounds[:, 1]),
        step=np.array([_step(control) for control in controls], dtype=np.float64),
        base=np.array([turns[each.branch] if isinstance(each, Tap) else 0.0 for each in controls], dtype=np.float64),
        wear=np.array([getattr(each, "wear_w", 0.0) / BASE_POWER_VA for each in controls], dtype=np.float64),
    )


def _kind(control: Control) -> int:
    if isinstance(control, Tap):
        return TAP
    return SHUNT if isinstance(control, Bank) and not control.constant_power else POWER


def _step(control: Control) -> float:
    if isinstance(control, Tap):
        return control.step
    if isinstance(control, Bank):
        return control.step_var / BASE_POWER_VA
    return (control.highest_var - control.lowest_var) / max(control.levels - 1, 1) / BASE_POWER_VA


def _offsets(question: VoltVarQuestion) -> Floats:
    """float64[n]: reactive power that converters deliver at level 0, p.u."""
    found = np.zeros(len(question.grid.power))
    for control in question.controls:
        if isinstance(control, Converter):
            found[control.bus] += control.lowest_var / BASE_POWER_VA
    return found


def _refuse_misfits(question: VoltVarQuestion, controls: Controls) -> None:
    if question.active.shape != question.reactive.shape or question.active.shape[1:] != question.grid.power.shape:
        raise AlgorithmError("loads of each moment and bus are needed: float64[t, n]")
    levels: Sequence[int] = question.start
    if len(levels) != len(question.controls):
        raise AlgorithmError("a present level is needed for each control")
    for number, level in enumerate(levels):
        if not controls.lowest[number] <= level <= controls.highest[number]:
            span = f"{controls.lowest[number]} to {controls.highest[number]}"
            raise AlgorithmError(f"control {number + 1} stands at level {level}, outside {span}; correct its range")
