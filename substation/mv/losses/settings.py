"""`[losses]` of unit.toml."""

from __future__ import annotations

from dataclasses import dataclass

from models.config import Table

OFF, ADVISORY = "off", "advisory"


@dataclass(frozen=True, slots=True)
class LossSettings:
    """mode: off, or advisory. period_s: between two calculations. margin_share, margin_deviations: losses are beyond
    expectation when they exceed it by that share of it and by so many standard deviations of a day-ahead forecast.
    for_s: for so long, until OPF is asked. assumed_share: with more of the load unknown nothing is learned or judged.
    """

    mode: str = OFF
    period_s: float = 60.0
    margin_share: float = 0.1
    margin_deviations: float = 3.0
    for_s: float = 900.0
    assumed_share: float = 0.1

    @property
    def is_on(self) -> bool:
        return self.mode != OFF


_RANGES = {
    "period_s": (1.0, 3600.0),
    "margin_share": (0.0, 10.0),
    "margin_deviations": (0.0, 10.0),
    "for_s": (0.0, 86_400.0),
    "assumed_share": (0.0, 1.0),
}


def read_losses(table: Table) -> LossSettings:
    """ConfigError for what is unknown or out of range."""
    usual = LossSettings()
    mode = table.take("mode", str, usual.mode)
    if mode not in (OFF, ADVISORY):
        raise table.error("mode", f"'mode' is '{mode}'", f"write {OFF} or {ADVISORY}")
    numbers = {key: _within(table, key, *limits, getattr(usual, key)) for key, limits in _RANGES.items()}
    table.done()
    return LossSettings(mode=mode, **numbers)


def _within(table: Table, key: str, low: float, high: float, default: float) -> float:
    value = table.take(key, float, default)
    if not low <= value <= high:
        raise table.error(key, f"'{key}' is {value:g}", f"write a number from {low:g} to {high:g}")
    return value
