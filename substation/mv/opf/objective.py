"""What a reconfiguration is to achieve, and what an operation has to be worth."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from substation.grid.arrays import BASE_POWER_VA


class Aim(Enum):
    """LOSSES: least losses. COST: losses priced over a horizon, and operations. LIMITS: where limits are exceeded, the
    least excess with the fewest operations, and nothing where all are kept. Limits come first whatever the aim."""

    LOSSES = "losses"
    COST = "cost"
    LIMITS = "limits"


_FEWEST_PU = 1.0
"""Losses that an operation counts as where operations decide: more than any network of a study loses per operation."""


@dataclass(frozen=True, slots=True)
class Objective:
    """price: of a kWh of losses; hours: for how long the state will stay; operation: cost of one, in the same money."""

    aim: Aim = Aim.LOSSES
    price: float = 0.0
    hours: float = 0.0
    operation: float = 0.0

    @property
    def charge_pu(self) -> float:
        """Losses of 1 MVA that each operation has to save."""
        if self.aim is Aim.LIMITS:
            return _FEWEST_PU
        return self.operation_w / BASE_POWER_VA

    @property
    def operation_w(self) -> float:
        """Losses that each operation has to save; 0 where operations cost nothing."""
        if self.aim is not Aim.COST or self.operation == 0.0:
            return 0.0
        return 1e3 * self.operation / (self.price * self.hours)
