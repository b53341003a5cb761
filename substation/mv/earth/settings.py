"""`[earth_faults]` of unit.toml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.config import Table

UNLIMITED = "unlimited"


@dataclass(frozen=True, slots=True)
class EarthFaultSettings:
    """permitted_s: by galvanic network, how long it may be operated with an earth fault; None: without limit. A network
    that is left out has no stated limit, and the unit says so. warning_s: so long before the limit there is an alarm.

    evidence_window_s: from the last change of protection until indications count as complete. hold_s: without any sign
    for so long, the fault has gone. linger_s: how long it stays listed then; one that comes back meanwhile is the same.
    certainty: least probability that the fault lies in what an order would isolate. residual_voltage_pu: 3U0 over its
    value at full displacement from which a measured residual voltage is a sign. indicator_a: current from which an
    earth-fault indicator shows a fault for sure. detuning_least_pu, detuning_most_pu: coil current over the capacitive
    one, less 1, that is permitted; outside of it for detuning_s there is an alarm.
    """

    permitted_s: Mapping[str, float | None] = field(default_factory=dict)
    warning_s: float = 600.0
    evidence_window_s: float = 5.0
    hold_s: float = 3.0
    linger_s: float = 300.0
    certainty: float = 0.9
    residual_voltage_pu: float = 0.2
    indicator_a: float = 10.0
    detuning_least_pu: float = -0.1
    detuning_most_pu: float = 0.2
    detuning_s: float = 60.0


_RANGES = {
    "warning_s": (0.0, 86_400.0),
    "evidence_window_s": (0.1, 600.0),
    "hold_s": (0.1, 600.0),
    "linger_s": (1.0, 86_400.0),
    "certainty": (0.5, 0.9999),
    "residual_voltage_pu": (0.01, 1.0),
    "indicator_a": (0.1, 1e4),
    "detuning_least_pu": (-0.9, 0.0),
    "detuning_most_pu": (0.0, 2.0),
    "detuning_s": (1.0, 86_400.0),
}


def read_earth_faults(table: Table) -> EarthFaultSettings:
    """ConfigError for what is unknown or out of range."""
    usual = EarthFaultSettings()
    permitted_s = _permitted(table.table("permitted_s"))
    numbers = {key: _within(table, key, *limits, getattr(usual, key)) for key, limits in _RANGES.items()}
    table.done()
    return EarthFaultSettings(permitted_s=permitted_s, **numbers)


def _permitted(table: Table) -> Mapping[str, float | None]:
    found: dict[str, float | None] = {}
    for key, value in table.scalars().items():
        if value == UNLIMITED:
            found[key] = None
        elif isinstance(value, bool | str) or not 1.0 <= value <= 1e7:
            raise table.error(key, f"'{key}' is {value!r}", f'write 1 to 1e7 seconds, or "{UNLIMITED}"')
        else:
            found[key] = float(value)
    return found


def _within(table: Table, key: str, low: float, high: float, default: float | None) -> float:
    value = table.take(key, float, default)
    if not low <= value <= high:
        raise table.error(key, f"'{key}' is {value:g}", f"write a number from {low:g} to {high:g}")
    return value
