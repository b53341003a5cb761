"""What studies know beyond the grid itself. Buses and branches are positions in the PlanningGrid; SI units.

Limits, ratings, devices, ties, customers and loads of the file stand in the grid already; here is the rest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from models.network.elements import Neutral
from models.network.supplement.volt_var import Horizon, SitingWish


class Sees(Enum):
    """What a fault passage indicator answers to."""

    SHORT_CIRCUIT = "short_circuit"
    EARTH_FAULT = "earth_fault"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class PlacedIndicator:
    """A fault passage indicator on a branch at the bus `end`; id 'ROW@BUS'. directional: forward is into the branch.

    reset_s: its flag falls after this time, inf: it stays until it is reset. reset_by_voltage: it falls when the
    voltage is back.
    """

    id: str
    branch: int
    end: int
    sees: Sees = Sees.BOTH
    directional: bool = False
    reset_s: float = math.inf
    reset_by_voltage: bool = False


@dataclass(frozen=True, slots=True)
class Overload:
    """What a branch carries for a while, p.u. of its rating (rated_a)."""

    loading_pu: float = 1.0
    duration_s: float = math.inf


@dataclass(frozen=True, slots=True)
class CapacitorBank:
    """Equal steps in parallel, var at nominal voltage. steps_on of them are in service: part of the bus's shunt_var, or
    of its generation_var with constant_power, as planning literature reckons: the same var at any voltage.

    operation_wh: losses that switching one step has to save.
    """

    id: str
    bus: int
    step_var: float
    steps: int
    steps_on: int = 0
    constant_power: bool = True
    operation_wh: float = 0.0


@dataclass(frozen=True, slots=True)
class Regulator:
    """Taps of a branch: at tap + k its ratio is that of the grid, which is for `tap`, times 1 + k * tap_step_pu.

    bus: whose voltage it holds at target_pu within half of bandwidth_pu either way, after delay_s. operation_wh: losses
    that one step has to save.
    """

    id: str
    branch: int
    bus: int
    tap: int
    tap_min: int
    tap_max: int
    tap_step_pu: float
    target_pu: float = 1.0
    bandwidth_pu: float = 0.02
    delay_s: float = 60.0
    operation_wh: float = 0.0


@dataclass(frozen=True, slots=True)
class DispersedGenerator:
    """A generator whose power is part of its bus's generation_w, generation_var; var_min, var_max: what it can give."""

    id: str
    bus: int
    power_w: float
    power_var: float
    var_min: float
    var_max: float
    reconnection_s: float = 60.0


@dataclass(frozen=True, slots=True)
class ColdLoad:
    """After an interruption a load is `factor` times what it was before, falling back within duration_s."""

    factor: float = 1.0
    duration_s: float = 0.0


@dataclass(frozen=True, slots=True)
class NeutralTreatment:
    """As elements.GalvanicNetwork, for the whole grid; None: nobody says."""

    treatment: Neutral
    coil_min_a: float | None = None
    coil_max_a: float | None = None
    residual_current_max_a: float | None = None


@dataclass(frozen=True, slots=True)
class Supplement:
    """overloads: one per branch; cold_loads: one per bus. neutral: None where nobody says."""

    indicators: tuple[PlacedIndicator, ...]
    overloads: tuple[Overload, ...]
    cold_loads: tuple[ColdLoad, ...]
    capacitors: tuple[CapacitorBank, ...] = ()
    regulators: tuple[Regulator, ...] = ()
    generators: tuple[DispersedGenerator, ...] = ()
    neutral: NeutralTreatment | None = None
    horizon: Horizon = Horizon()
    siting: SitingWish | None = None
