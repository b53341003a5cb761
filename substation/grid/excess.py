"""Which limits a calculated state exceeds, the worst first, in words that name the element, the value and the limit."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from models.network.planning import PlanningGrid
from substation.grid.nodal_flow import NodalFlow
from substation.grid.radial import RadialGrid

TOLERANCE_PU = 1e-6


class Limit(Enum):
    LOWEST_VOLTAGE = "lowest voltage"
    HIGHEST_VOLTAGE = "highest voltage"
    RATING = "rating"


@dataclass(frozen=True, slots=True)
class Excess:
    """element: id of the bus or branch. value, limit: p.u., of nominal voltage or of the rating."""

    what: Limit
    element: str
    value_pu: float
    limit_pu: float

    @property
    def amount(self) -> float:
        """p.u. of rating, voltages counted tenfold, as their band is a tenth."""
        return abs(self.value_pu - self.limit_pu) * (1.0 if self.what is Limit.RATING else 10.0)

    def __str__(self) -> str:
        if self.what is Limit.RATING:
            return f"branch {self.element} carries {self.value_pu:.1%} of its rating"
        side = "below" if self.what is Limit.LOWEST_VOLTAGE else "above"
        return f"the voltage of bus {self.element} is {self.value_pu:.4f} p.u., {side} {self.limit_pu:.4f}"


def excesses(grid: PlanningGrid, arrays: RadialGrid, flow: NodalFlow) -> tuple[Excess, ...]:
    """arrays: of the grid. Buses without supply exceed nothing."""
    voltage = np.abs(flow.voltage)
    found = []
    for number in np.flatnonzero(flow.fed):
        bus, value = grid.buses[number], float(voltage[number])
        if value < bus.voltage_min_pu - TOLERANCE_PU:
            found.append(Excess(Limit.LOWEST_VOLTAGE, bus.id, value, bus.voltage_min_pu))
        elif value > bus.voltage_max_pu + TOLERANCE_PU:
            found.append(Excess(Limit.HIGHEST_VOLTAGE, bus.id, value, bus.voltage_max_pu))
    loading = flow.current / arrays.rating
    for number in np.flatnonzero(loading > 1 + TOLERANCE_PU):
        found.append(Excess(Limit.RATING, grid.branches[number].id, float(loading[number]), 1.0))
    return tuple(sorted(found, key=lambda each: -each.amount))
