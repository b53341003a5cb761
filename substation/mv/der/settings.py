"""`[der]` of unit.toml."""

from __future__ import annotations

from dataclasses import dataclass

from models.config import Table

OFF, ADVISORY = "off", "advisory"


@dataclass(frozen=True, slots=True)
class DerSettings:
    """mode: off, or advisory. period_s: between two readings. smoothing_s: time constant of the low-pass filter.
    stale_s: an older measurement is none. plausible_pu: more than that share of the rating is none either.
    power_factor: what machines and converters can do at rated power. reverse_pu: power towards the higher voltage that
    a transformer may carry, of its rating.
    """

    mode: str = OFF
    period_s: float = 15.0
    smoothing_s: float = 60.0
    stale_s: float = 900.0
    plausible_pu: float = 1.1
    power_factor: float = 0.95
    reverse_pu: float = 0.5

    @property
    def is_on(self) -> bool:
        return self.mode != OFF


_RANGES = {
    "period_s": (1.0, 3600.0),
    "smoothing_s": (0.0, 3600.0),
    "stale_s": (1.0, 86_400.0),
    "plausible_pu": (1.0, 2.0),
    "power_factor": (0.5, 1.0),
    "reverse_pu": (0.0, 1.5),
}


def read_der(table: Table) -> DerSettings:
    """ConfigError for what is unknown or out of range."""
    usual = DerSettings()
    mode = table.take("mode", str, usual.mode)
    if mode not in (OFF, ADVISORY):
        raise table.error("mode", f"'mode' is '{mode}'", f"write {OFF} or {ADVISORY}")
    numbers = {key: _within(table, key, *limits, getattr(usual, key)) for key, limits in _RANGES.items()}
    table.done()
    return DerSettings(mode=mode, **numbers)


def _within(table: Table, key: str, low: float, high: float, default: float) -> float:
    value = table.take(key, float, default)
    if not low <= value <= high:
        raise table.error(key, f"'{key}' is {value:g}", f"write a number from {low:g} to {high:g}")
    return value
