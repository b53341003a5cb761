"""Kernel of Volt/Var optimisation: what a radial grid costs at settings of its controls and at moments, per unit.

A control has levels. Level by level it shifts the square of a branch's ratio (taps), the reactive power that a bus
draws through a shunt (capacitor steps), or the constant reactive power of a bus (converters).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, get_type_hints

import numpy as np
from numba import types

from substation.grid.arrays import Floats, Integers
from substation.grid.branch_flow import converge, plant
from substation.grid.compiled import compiled
from substation.grid.flow_arrays import FLOAT, FLOW_GRID, FOREST, PAIR, VOID, FlowGrid, Forest

TAP, SHUNT, POWER = 0, 1, 2
"""Kinds of controls: of a branch's ratio, of a bus's shunt, of a bus's reactive power."""
BEYOND_COST = 1e4
"""Losses in p.u. that one p.u. beyond the limits is worth: no saving outweighs a limit."""


class Controls(NamedTuple):
    """c controls. kind, place (branch or bus), lowest, highest (levels): int64[c]. step: float64[c], per level: of the
    ratio relative to `base` (taps), or of reactive power in p.u., positive as delivered. base: float64[c], square of
    the ratio at level 0, else unused. wear: float64[c], losses in p.u. that one step costs."""

    kind: Integers
    place: Integers
    lowest: Integers
    highest: Integers
    step: Floats
    base: Floats
    wear: Floats


_FIELDS = {Integers: types.Array(types.int64, 1, "C"), Floats: types.Array(types.float64, 1, "C")}
_NAMED: Callable[[list[object], type[object]], object] = types.NamedTuple
CONTROLS = _NAMED([_FIELDS[hint] for hint in get_type_hints(Controls).values()], Controls)
_LEVELS = types.Array(types.int64, 1, "C")
_STATES = types.Array(types.int64, 2, "C")
_ROW = types.Array(types.float64, 1, "C")
_TABLE = types.Array(types.float64, 2, "C")


@compiled(VOID(FLOW_GRID, CONTROLS, types.int64, types.int64, types.int64), inner=True)
def move(grid: FlowGrid, controls: Controls, number: int, before: int, after: int) -> None:
    """Set one control from a level to another; the arrays of the grid are changed in place."""
    place, step = controls.place[number], controls.step[number]
    if controls.kind[number] == TAP:
        grid.turns[place] = controls.base[number] * (1.0 + after * step) ** 2
        grid.per_turns[place] = 1.0 / grid.turns[place]
    elif controls.kind[number] == SHUNT:
        grid.shunt_reactive[place] -= (after - before) * step
    else:
        grid.reactive[place] -= (after - before) * step


@compiled(VOID(FLOW_GRID, CONTROLS, _LEVELS, _LEVELS))
def move_all(grid: FlowGrid, controls: Controls, before: Integers, after: Integers) -> None:
    """Set all controls; `before` takes the levels of `after`."""
    for number in range(len(before)):
        if before[number] != after[number]:
            move(grid, controls, number, before[number], after[number])
            before[number] = after[number]


@compiled(VOID(FLOW_GRID, CONTROLS, _LEVELS, _ROW, _ROW))
def load(grid: FlowGrid, controls: Controls, levels: Integers, active: Floats, reactive: Floats) -> None:
    """Take the loads of another moment; reactive power of controls at `levels` stays in force."""
    grid.active[:] = active
    grid.reactive[:] = reactive
    for number in range(len(levels)):
        if controls.kind[number] == POWER:
            grid.reactive[controls.place[number]] -= levels[number] * controls.step[number]


@compiled(PAIR(FLOW_GRID, FOREST), inner=True)
def solved(grid: FlowGrid, tree: Forest) -> tuple[float, float]:
    """(excess, losses), from the voltages of the state before, which is seldom far; from a flat start if that fails."""
    beyond, loss = converge(grid, tree, np.inf)
    if loss == np.inf:
        plant(grid, tree)
        beyond, loss = converge(grid, tree, np.inf)
        if loss == np.inf:
            plant(grid, tree)
    return beyond, loss


@compiled(FLOAT(FLOW_GRID, FOREST), inner=True)
def cost(grid: FlowGrid, tree: Forest) -> float:
    """Losses in p.u., what is beyond limits dearly; inf where the sweep does not converge. The forest is planted."""
    beyond, loss = solved(grid, tree)
    return loss + BEYOND_COST * beyond


@compiled(VOID(FLOW_GRID, FOREST, CONTROLS, _LEVELS, _TABLE, _TABLE, _STATES, _ROW, _ROW))
def along(
    grid: FlowGrid,
    tree: Forest,
    controls: Controls,
    levels: Integers,
    active: Floats,
    reactive: Floats,
    schedule: Integers,
    beyond: Floats,
    loss: Floats,
) -> None:
    """beyond[t], loss[t] in p.u. of each moment with the levels of schedule[t]; inf where it does not converge."""
    plant(grid, tree)
    for moment in range(len(active)):
        load(grid, controls, levels, active[moment], reactive[moment])
        move_all(grid, controls, levels, schedule[moment])
        beyond[moment], loss[moment] = solved(grid, tree)


@compiled(VOID(FLOW_GRID, FOREST, CONTROLS, _LEVELS, _TABLE, _TABLE, _STATES, _TABLE))
def costs_of_states(
    grid: FlowGrid,
    tree: Forest,
    controls: Controls,
    levels: Integers,
    active: Floats,
    reactive: Floats,
    states: Integers,
    found: Floats,
) -> None:
    """found[t, s]: cost of moment t (rows of active and reactive) in state s (rows of states, int64[s, c])."""
    plant(grid, tree)
    for moment in range(len(active)):
        load(grid, controls, levels, active[moment], reactive[moment])
        for state in range(len(states)):
            move_all(grid, controls, levels, states[state])
            found[moment, state] = cost(grid, tree)


@compiled(VOID(FLOW_GRID, FOREST, CONTROLS, _LEVELS, _TABLE, _TABLE, _STATES, types.int64, _TABLE))
def costs_along(
    grid: FlowGrid,
    tree: Forest,
    controls: Controls,
    levels: Integers,
    active: Floats,
    reactive: Floats,
    schedule: Integers,
    number: int,
    found: Floats,
) -> None:
    """found[t, k]: cost of moment t with control `number` at its level lowest + k and the others as in schedule[t]."""
    plant(grid, tree)
    for moment in range(len(active)):
        load(grid, controls, levels, active[moment], reactive[moment])
        move_all(grid, controls, levels, schedule[moment])
        for level in range(controls.lowest[number], controls.highest[number] + 1):
            move(grid, controls, number, levels[number], level)
            levels[number] = level
            found[moment, level - controls.lowest[number]] = cost(grid, tree)


@compiled(FLOAT(CONTROLS, _LEVELS, _LEVELS), inner=True)
def worn(controls: Controls, before: Integers, after: Integers) -> float:
    """What the steps between two states cost in wear."""
    total = 0.0
    for number in range(len(before)):
        total += controls.wear[number] * abs(after[number] - before[number])
    return total


@compiled(FLOAT(FLOW_GRID, FOREST, CONTROLS, _LEVELS, _LEVELS), inner=True)
def dearness(grid: FlowGrid, tree: Forest, controls: Controls, levels: Integers, start: Integers) -> float:
    """Cost of the state that is set, with the wear from the start."""
    return cost(grid, tree) + worn(controls, start, levels)


@compiled(FLOAT(FLOW_GRID, FOREST, CONTROLS, _LEVELS, _LEVELS, types.float64), inner=True)
def step_one(grid: FlowGrid, tree: Forest, controls: Controls, levels: Integers, start: Integers, best: float) -> float:
    """Take the best level of each control in turn; the cost reached."""
    for number in range(len(levels)):
        kept = levels[number]
        for level in range(controls.lowest[number], controls.highest[number] + 1):
            move(grid, controls, number, levels[number], level)
            levels[number] = level
            found = dearness(grid, tree, controls, levels, start)
            if found < best:
                best, kept = found, level
        move(grid, controls, number, levels[number], kept)
        levels[number] = kept
    return best


@compiled(FLOAT(FLOW_GRID, FOREST, CONTROLS, _LEVELS, _LEVELS, types.float64), inner=True)
def step_two(grid: FlowGrid, tree: Forest, controls: Controls, levels: Integers, start: Integers, best: float) -> float:
    """Take the first pair of single steps that makes it cheaper; the cost reached."""
    trial = levels.copy()
    kept = levels.copy()
    for one in range(len(levels)):
        for other in range(one + 1, len(levels)):
            for signs in range(4):
                trial[:] = kept
                trial[one] += 1 if signs % 2 else -1
                trial[other] += 1 if signs // 2 else -1
                inside = controls.lowest[one] <= trial[one] <= controls.highest[one]
                if not (inside and controls.lowest[other] <= trial[other] <= controls.highest[other]):
                    continue
                move_all(grid, controls, levels, trial)
                found = dearness(grid, tree, controls, levels, start)
                if found < best:
                    return found
    move_all(grid, controls, levels, kept)
    return best


@compiled(FLOAT(FLOW_GRID, FOREST, CONTROLS, _LEVELS, _LEVELS, types.float64))
def settle(grid: FlowGrid, tree: Forest, controls: Controls, levels: Integers, start: Integers, least: float) -> float:
    """Move `levels` until no change of one control, nor one step of two, gains more than `least`; the cost."""
    plant(grid, tree)
    best = dearness(grid, tree, controls, levels, start)
    while True:
        found = step_one(grid, tree, controls, levels, start, best)
        if found >= best - least:
            found = step_two(grid, tree, controls, levels, start, found)
        if found >= best - least:
            return found
        best = found


@compiled(FLOAT(_TABLE, _TABLE, _ROW, _LEVELS))
def cheapest_path(costs: Floats, changes: Floats, first: Floats, chosen: Integers) -> float:
    """Dynamic programme: the states chosen[t] of least sum of costs[t, s], changes[s, r] and first[s]; that sum."""
    moments, states = costs.shape
    total = first + costs[0]
    came = np.zeros((moments, states), dtype=np.int64)
    for moment in range(1, moments):
        after = np.empty(states)
        for state in range(states):
            best, origin = np.inf, state
            for before in range(states):
                reached = total[before] + changes[before, state]
                if reached < best:
                    best, origin = reached, before
            after[state] = best + costs[moment, state]
            came[moment, state] = origin
        total = after
    chosen[moments - 1] = np.argmin(total)
    for moment in range(moments - 1, 0, -1):
        chosen[moment - 1] = came[moment, chosen[moment]]
    return float(total.min())
