"""Power flow of a planning grid in its present state: what studies compare with."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from models.errors import AlgorithmError, DivergedError
from models.network.planning import PlanningGrid
from models.network.soundness import loops, named
from substation.grid.arrays import BASE_POWER_VA, Complexes, Floats, Integers
from substation.grid.forest import grow
from substation.grid.radial import RadialGrid, radial_grid
from substation.grid.sweep import MOST_ITERATIONS, TOLERANCE_PU
from substation.grid.sweep_kernel import end_currents, sweep

_MOST_ROUNDS = 50


@dataclass(frozen=True, slots=True)
class PresentState:
    """n buses, m branches. voltage_pu: float64[n], of nominal, 0 where nothing feeds.

    current_a: float64[m], the larger of both ends, at the to side. loading_pu: float64[m], of the rating, 0: none.
    """

    loss_w: float
    infeed_w: float
    voltage_pu: Floats
    current_a: Floats
    loading_pu: Floats


@dataclass(frozen=True, slots=True)
class _Forest:
    """Buses in the order from the sources down, with parents; substation.grid.forest."""

    order: Integers
    parent_branch: Integers
    parent_node: Integers
    root_of: Integers


def present_state(grid: PlanningGrid) -> PresentState:
    """AlgorithmError for a state that is not radial, DivergedError for loads that cannot be carried."""
    refuse_unless_radial(grid)
    arrays = radial_grid(grid)
    forest = _forest(arrays)
    voltage, current, drawn = _voltages(arrays, forest)
    at_from, at_to = (np.zeros(len(current), dtype=np.complex128) for _ in range(2))
    end_currents(
        arrays.branch_from, arrays.branch_to, forest.parent_branch, arrays.half_shunt, arrays.ratio, voltage, current,
        arrays.closed, at_from, at_to,
    )  # fmt: skip
    flowing = np.maximum(np.abs(at_from) * np.abs(arrays.ratio), np.abs(at_to))
    nominal_v = np.array([bus.nominal_voltage_v for bus in grid.buses], dtype=np.float64)
    rated = np.isfinite(arrays.rating)
    roots = arrays.source_bus
    infeed = float(np.sum((voltage[roots] * np.conj(drawn[roots])).real))
    used = np.sum(arrays.power[forest.order].real) + np.sum(np.abs(voltage) ** 2 * arrays.shunt.real)
    return PresentState(
        loss_w=(infeed - float(used)) * BASE_POWER_VA,
        infeed_w=infeed * BASE_POWER_VA,
        voltage_pu=np.abs(voltage),
        current_a=flowing * BASE_POWER_VA / (math.sqrt(3) * nominal_v[arrays.branch_to]),
        loading_pu=np.divide(flowing, arrays.rating, out=np.zeros_like(flowing), where=rated),
    )


def refuse_unless_radial(grid: PlanningGrid) -> None:
    """AlgorithmError that names the branches which close a loop or join two sources."""
    closing, joining = loops(grid)
    if closing or joining:
        where = named("branch", closing + joining)
        problem = f"the present state of {grid.name} is not radial"
        raise AlgorithmError(f"{problem}: a loop or two sources are closed by {where}; open these in the network file")


def _forest(arrays: RadialGrid) -> _Forest:
    order, parent_branch, parent_node, root_of = (np.full(len(arrays.power), -1, dtype=np.int64) for _ in range(4))
    reached = grow(
        arrays.first, arrays.adjacent, arrays.branch_from, arrays.branch_to, arrays.closed, arrays.source_bus, order,
        parent_branch, parent_node, root_of,
    )  # fmt: skip
    return _Forest(order[:reached].copy(), parent_branch, parent_node, root_of)


def _voltages(arrays: RadialGrid, forest: _Forest) -> tuple[Complexes, Complexes, Complexes]:
    """Voltages, currents through the branches, currents drawn at the buses. Shunts follow the square of the voltage."""
    voltage, drawn = (np.zeros(len(arrays.power), dtype=np.complex128) for _ in range(2))
    current = np.zeros(len(arrays.series), dtype=np.complex128)
    square = np.ones(len(arrays.power), dtype=np.float64)
    moved = math.inf
    for _ in range(_MOST_ROUNDS):
        iterations, change = sweep(
            forest.order, forest.parent_branch, forest.parent_node, forest.root_of, arrays.branch_from, arrays.series,
            arrays.half_shunt, arrays.ratio, arrays.source_voltage, arrays.source_series,
            arrays.power + square * np.conj(arrays.shunt), TOLERANCE_PU, MOST_ITERATIONS, voltage, current, drawn,
        )  # fmt: skip
        if not change < TOLERANCE_PU:
            raise DivergedError(iterations, change)
        moved = float(np.max(np.abs((np.abs(voltage) ** 2 - square) * arrays.shunt)))
        square = np.abs(voltage) ** 2
        if moved < TOLERANCE_PU:
            return voltage, current, drawn
    raise DivergedError(_MOST_ROUNDS, moved)
