"""The target of a reconfiguration: the state to reach, what it takes and brings; made for whoever carries it out.

The order of the operations is not decided here: what has to hold at every step between is for the validation (GR3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from models.errors import AlgorithmError, DivergedError
from models.network.planning import PlanningGrid
from models.network.soundness import loops
from models.network.switches import switched
from substation.grid.arrays import BASE_POWER_VA, Booleans
from substation.grid.confirmation import confirmed
from substation.grid.excess import Excess, excesses
from substation.grid.nodal_flow import NodalFlow, nodal_flow
from substation.grid.radial import RadialGrid, radial_grid
from substation.grid.reconfiguration import Effort, Reconfiguration, reconfigure
from substation.mv.opf.objective import Aim, Objective

_LOAD_W = 0.5
"""Load that counts as none."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One switch to be moved. branch: what it connects or cuts off."""

    switch: str
    branch: str
    close: bool


@dataclass(frozen=True, slots=True)
class Condition:
    """A state as calculated. lowest_pu, highest_pu: voltages of what is fed; loading_pu: the highest, of a rating.
    unserved_w: load that nothing feeds."""

    loss_w: float
    lowest_pu: float
    highest_pu: float
    loading_pu: float
    excess: tuple[Excess, ...]
    unserved_w: float = 0.0

    @property
    def excess_pu(self) -> float:
        return sum(each.amount for each in self.excess)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A state that would lose less, and the limits it would exceed."""

    opened: tuple[str, ...]
    condition: Condition


@dataclass(frozen=True, slots=True)
class Target:
    """opened: ids of the branches that are open in it. operations: closings first, none where the present state is the
    best. before: None where the present state cannot be calculated; radial_before: whether it is radial.
    unlimited: what would lose less if no limit counted. proven: no radial state is better. states: how many there are.
    """

    objective: Objective
    opened: tuple[str, ...]
    operations: tuple[Operation, ...]
    before: Condition | None
    after: Condition
    radial_before: bool
    unlimited: Rejected | None
    proven: bool
    states: float
    evaluations: int

    @property
    def saved_w(self) -> float:
        """0 where the present state cannot be calculated."""
        return self.before.loss_w - self.after.loss_w if self.before is not None else 0.0


def best_target(
    grid: PlanningGrid,
    objective: Objective,
    effort: Effort | None = None,
    remote_only: bool = True,
    dear_w: Mapping[str, float] | None = None,
) -> Target:
    """remote_only: what has no remote control is not moved. dear_w: losses that operations of some branches have to
    save besides what every operation has to, in W by branch.

    AlgorithmError when no radial state can be calculated, or when the second computation of the winner disagrees.
    """
    arrays = radial_grid(grid, remote_only)
    before, radial = _present(grid, arrays), not any(loops(grid))
    if before is not None and radial and objective.aim is Aim.LIMITS and not (before.excess or before.unserved_w):
        return _staying(grid, objective, before, None)
    extra_w = np.array([(dear_w or {}).get(branch.id, 0.0) for branch in grid.branches])
    found = reconfigure(arrays, objective.charge_pu + extra_w / BASE_POWER_VA, effort)
    after = _condition_of(switched(grid, _list(found.closed)))
    moved = _moved(grid, found.closed)
    cost_w = len(moved) * objective.operation_w + float(extra_w[moved].sum())
    if before is not None and radial and not _better(after, before, len(moved), cost_w):
        return replace(_staying(grid, objective, before, found), unlimited=_unlimited(grid, arrays, before, effort))
    return Target(
        objective=objective,
        opened=_opened(grid, found.closed),
        operations=_operations(grid, found.closed),
        before=before,
        after=after,
        radial_before=radial,
        unlimited=_unlimited(grid, arrays, after, effort) if objective.aim is Aim.LOSSES else None,
        proven=found.proven,
        states=found.trees,
        evaluations=found.evaluations,
    )


def present_condition(grid: PlanningGrid) -> Condition:
    """The present state of a radial grid; AlgorithmError when it cannot be calculated."""
    return _condition_of(grid)


def _staying(grid: PlanningGrid, objective: Objective, before: Condition, found: Reconfiguration | None) -> Target:
    """The present state is the best, or good enough."""
    return Target(
        objective=objective,
        opened=tuple(branch.id for branch in grid.branches if not branch.closed),
        operations=(),
        before=before,
        after=before,
        radial_before=True,
        unlimited=None,
        proven=found is None or found.proven,
        states=0.0 if found is None else found.trees,
        evaluations=0 if found is None else found.evaluations,
    )


def _list(closed: Booleans) -> list[bool]:
    return [bool(each) for each in closed]


def _present(grid: PlanningGrid, arrays: RadialGrid) -> Condition | None:
    """The present state, meshed or not; None where its loads cannot be carried."""
    try:
        return _condition(grid, arrays, nodal_flow(arrays, arrays.closed))
    except DivergedError:
        return None


def _condition_of(grid: PlanningGrid) -> Condition:
    """Calculated twice."""
    arrays = radial_grid(grid)
    return _condition(grid, arrays, confirmed(arrays))


def _condition(grid: PlanningGrid, arrays: RadialGrid, flow: NodalFlow) -> Condition:
    voltage = np.abs(flow.voltage[flow.fed])
    if len(voltage) == 0:
        raise AlgorithmError("no source feeds anything")
    loading = np.max(flow.current / arrays.rating, initial=0.0)
    dark_w = sum(bus.load_w for bus, fed in zip(grid.buses, flow.fed, strict=True) if not fed)
    return Condition(
        flow.loss_w, float(voltage.min()), float(voltage.max()), float(loading), excesses(grid, arrays, flow), dark_w
    )


def _moved(grid: PlanningGrid, closed: Booleans) -> list[int]:
    return [number for number, branch in enumerate(grid.branches) if branch.closed != bool(closed[number])]


def _better(after: Condition, before: Condition, moved: int, cost_w: float) -> bool:
    """By the second computation, with what the operations cost. More load fed comes first."""
    if abs(after.unserved_w - before.unserved_w) > _LOAD_W:
        return after.unserved_w < before.unserved_w
    if abs(after.excess_pu - before.excess_pu) > 1e-5:
        return after.excess_pu < before.excess_pu
    return moved > 0 and after.loss_w + cost_w < before.loss_w


def _unlimited(grid: PlanningGrid, arrays: RadialGrid, best: Condition, effort: Effort | None) -> Rejected | None:
    """The state of least losses without regard to limits, where it differs; searched, not proven."""
    everywhere = np.full(len(grid.buses), 0.0)
    free = arrays._replace(
        rating=np.full(len(grid.branches), np.inf), voltage_min=everywhere, voltage_max=everywhere + np.inf
    )
    found = reconfigure(free, effort=replace(effort or Effort(), patience=5, least_patience=100, exact=0.0))
    if not found.loss_w < best.loss_w * (1 - 1e-4):
        return None
    condition = _condition_of(switched(grid, _list(found.closed)))
    return Rejected(_opened(grid, found.closed), condition) if condition.excess else None


def _opened(grid: PlanningGrid, closed: Booleans) -> tuple[str, ...]:
    return tuple(branch.id for branch, is_closed in zip(grid.branches, closed, strict=True) if not is_closed)


def _operations(grid: PlanningGrid, closed: Booleans) -> tuple[Operation, ...]:
    moved = [
        Operation(branch.closed_by if is_closed else branch.opened_by, branch.id, bool(is_closed))
        for branch, is_closed in zip(grid.branches, closed, strict=True)
        if branch.closed != bool(is_closed)
    ]
    return tuple(sorted(moved, key=lambda each: not each.close))
