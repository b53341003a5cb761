"""A grid as planners draw it: numbered buses and branches, switches at branch ends. Readers of foreign files make it,
models.network.nodebreaker turns it into stations, bays and connectivity nodes. SI units, signs as in elements.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bus:
    number: int
    nominal_voltage_v: float
    longitude_deg: float | None = None
    latitude_deg: float | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """A line, with its values for the whole length. path: corners (longitude, latitude), from side first."""

    number: int
    from_bus: int
    to_bus: int
    length_m: float
    resistance_ohm: float
    reactance_ohm: float
    capacitance_f: float
    rated_current_a: float
    path: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class EndSwitch:
    """The switch of a branch at one of its buses."""

    bus: int
    branch: int
    breaker: bool
    closed: bool


@dataclass(frozen=True, slots=True)
class Infeed:
    """A stiff source; short-circuit values are None where the file has none."""

    bus: int
    voltage_pu: float
    short_circuit_power_va: float | None = None
    rx_ratio: float | None = None


@dataclass(frozen=True, slots=True)
class BusTransformer:
    """A two-winding transformer between two buses; the other fields as in elements.Transformer."""

    number: int
    hv_bus: int
    lv_bus: int
    rated_power_va: float
    hv_rated_voltage_v: float
    lv_rated_voltage_v: float
    short_circuit_voltage_pu: float
    short_circuit_losses_w: float
    no_load_losses_w: float
    no_load_current_pu: float
    tap: int
    tap_min: int
    tap_max: int
    tap_step_pu: float
    vector_group: str


@dataclass(frozen=True, slots=True)
class Demand:
    """Peak load of a bus. installed_power_w: before simultaneity. own_station: an MV customer's, not the utility's."""

    bus: int
    active_power_w: float
    reactive_power_var: float
    installed_power_w: float
    own_station: bool


@dataclass(frozen=True, slots=True)
class Production:
    bus: int
    rated_power_w: float
    kind: str


@dataclass(frozen=True, slots=True)
class BusBranch:
    """A whole grid; every tuple in the order of its numbers. Only what is in service."""

    name: str
    frequency_hz: float
    buses: tuple[Bus, ...]
    branches: tuple[Branch, ...]
    switches: tuple[EndSwitch, ...]
    infeeds: tuple[Infeed, ...]
    transformers: tuple[BusTransformer, ...]
    demands: tuple[Demand, ...]
    productions: tuple[Production, ...]
