"""`[earth_faults]` and `[neutrals]` of `world.toml`: how neutrals are treated, and what sees an earth fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.config import Table


@dataclass(frozen=True, slots=True)
class NeutralSettings:
    """Of one galvanic network. coil_a: current of the coil at full displacement voltage, for good; None: it is tuned
    automatically, tuning_s after a change, to capacitive current times 1 + detuning_pu (above 0: over-compensated).

    damping_pu: active current of coil and network as a share of the capacitive one; None: residual_share_pu of the
    network. resistance_ohm: of the neutral resistor.
    """

    coil_a: float | None = None
    detuning_pu: float = 0.05
    tuning_s: float = 20.0
    damping_pu: float | None = None
    resistance_ohm: float = 20.0


@dataclass(frozen=True, slots=True)
class EarthFaultSettings:
    """zero_sequence_factor: series impedance of lines in the zero sequence over that in the positive one (earth and
    screen return; their capacitance is the network's own).

    residual_voltage_pu: U0 over nominal phase voltage at which PTOV and PSDE may start. sensitive_a: 3I0 of PSDE in its
    direction (active part where a coil is, reactive part where the neutral is isolated), alarm_s until its operation.
    pickup_a: 3I0 of PTEF where the neutral is resistance or solid, trip_s until it trips a feeder, infeed_trip_s a
    transformer. transient_a, passage_a: pickups of indicators in networks that are operated with an earth fault (what
    the first half-wave carries), and in the others.
    """

    zero_sequence_factor: float = 3.5
    residual_voltage_pu: float = 0.2
    sensitive_a: float = 1.0
    alarm_s: float = 1.0
    pickup_a: float = 60.0
    trip_s: float = 0.5
    infeed_trip_s: float = 1.0
    transient_a: float = 5.0
    passage_a: float = 60.0
    neutrals: Mapping[str, NeutralSettings] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    """Feeder bays whose sensitive earth-fault protection is out of service."""


_RANGES = {
    "zero_sequence_factor": (1.0, 20.0),
    "residual_voltage_pu": (0.01, 1.0),
    "sensitive_a": (0.01, 1e3),
    "alarm_s": (0.0, 600.0),
    "pickup_a": (0.1, 1e5),
    "trip_s": (0.0, 60.0),
    "infeed_trip_s": (0.0, 60.0),
    "transient_a": (0.1, 1e4),
    "passage_a": (0.1, 1e5),
}
_NEUTRAL_RANGES = {
    "detuning_pu": (-0.9, 2.0),
    "tuning_s": (0.0, 3600.0),
    "resistance_ohm": (0.01, 1e5),
}


def read_earth_faults(table: Table, neutrals: Table) -> EarthFaultSettings:
    """ConfigError for what is unknown or out of range."""
    usual = EarthFaultSettings()
    numbers = {key: _within(table, key, *limits, getattr(usual, key)) for key, limits in _RANGES.items()}
    missing = frozenset(table.take_list("without_sensitive_protection", str, []))
    table.done()
    return EarthFaultSettings(
        **numbers, neutrals={key: _neutral(neutrals.table(key)) for key in neutrals}, missing=missing
    )


def _neutral(table: Table) -> NeutralSettings:
    usual = NeutralSettings()
    numbers = {key: _within(table, key, *limits, getattr(usual, key)) for key, limits in _NEUTRAL_RANGES.items()}
    coil_a = _within(table, "coil_a", 0.0, 1e5) if "coil_a" in table else None
    damping_pu = _within(table, "damping_pu", 0.0, 1.0) if "damping_pu" in table else None
    table.done()
    return NeutralSettings(coil_a=coil_a, damping_pu=damping_pu, **numbers)


def _within(table: Table, key: str, low: float, high: float, default: float | None = None) -> float:
    value = table.take(key, float, default)
    if not low <= value <= high:
        raise table.error(key, f"'{key}' is {value:g}", f"write a number from {low:g} to {high:g}")
    return value
