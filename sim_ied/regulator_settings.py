"""`[voltage_regulators]` of `world.toml`: which primary transformers regulate their voltage, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.config import Table


@dataclass(frozen=True, slots=True)
class VoltageRegulator:
    """band_pu: how far the voltage may lie from the set-point, of nominal. delay_s: for how long before it steps.

    step_s: how long the tap changer takes. blocked: it is out of order. automatic: at the beginning. follows: id of the
    transformer with which it works in parallel, whose steps it makes; '' on its own. fallback_s: off automatic, it
    takes over with its set-point when nobody has told it anything for so long; 0: never.
    """

    set_point_v: float
    band_pu: float = 0.01
    delay_s: float = 10.0
    step_s: float = 3.0
    blocked: bool = False
    automatic: bool = True
    follows: str = ""
    fallback_s: float = 0.0


def read_voltage_regulators(table: Table) -> Mapping[str, VoltageRegulator]:
    """`[voltage_regulators."OBR1/T1"]` of world.toml; ConfigError for what is unknown or out of range."""
    return {key: _regulator(table.table(key)) for key in table}


def _regulator(table: Table) -> VoltageRegulator:
    numbers = {key: _within(table, key, *limits) for key, limits in _RANGES.items()}
    found = VoltageRegulator(
        **numbers,
        blocked=table.take("blocked", bool, False),
        automatic=table.take("automatic", bool, True),
        follows=table.take("follows", str, ""),
    )
    table.done()
    return found


_RANGES: Mapping[str, tuple[float, float, float | None]] = {
    "set_point_v": (100.0, 1e6, None),
    "band_pu": (0.001, 0.1, 0.01),
    "delay_s": (0.1, 600.0, 10.0),
    "step_s": (0.1, 60.0, 3.0),
    "fallback_s": (0.0, 86_400.0, 0.0),
}


def _within(table: Table, key: str, low: float, high: float, default: float | None) -> float:
    value = table.take(key, float, default)
    if not low <= value <= high:
        raise table.error(key, f"'{key}' is {value:g}", f"write a number from {low:g} to {high:g}")
    return value
