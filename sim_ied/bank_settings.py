"""`[capacitor_banks]` of `world.toml`: banks that switch themselves, and how fast a bank moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.config import Table


@dataclass(frozen=True, slots=True)
class CapacitorBankSettings:
    """automatic: its own controller holds it: a step in below low_pu, out above high_pu, after delay_s. step_s: travel
    of a contactor."""

    automatic: bool = False
    low_pu: float = 0.97
    high_pu: float = 1.05
    delay_s: float = 60.0
    step_s: float = 0.1


def read_capacitor_banks(table: Table) -> Mapping[str, CapacitorBankSettings]:
    """`[capacitor_banks."OBR1/K1/E09/C1"]` of world.toml; ConfigError for what is unknown or out of range."""
    return {key: _bank(table.table(key)) for key in table}


_RANGES: Mapping[str, tuple[float, float]] = {
    "low_pu": (0.5, 1.5),
    "high_pu": (0.5, 1.5),
    "delay_s": (0.1, 3600.0),
    "step_s": (0.01, 10.0),
}


def _bank(table: Table) -> CapacitorBankSettings:
    usual = CapacitorBankSettings()
    numbers = {key: _within(table, key, *limits, getattr(usual, key)) for key, limits in _RANGES.items()}
    found = CapacitorBankSettings(table.take("automatic", bool, False), **numbers)
    if found.low_pu >= found.high_pu:
        raise table.error("low_pu", "'low_pu' is not below 'high_pu'", "leave a band between them")
    table.done()
    return found


def _within(table: Table, key: str, low: float, high: float, default: float) -> float:
    value = table.take(key, float, default)
    if not low <= value <= high:
        raise table.error(key, f"'{key}' is {value:g}", f"write a number from {low:g} to {high:g}")
    return value
