"""`[fault_locators]` of `world.toml`: how exact the fault locators of feeder relays are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.config import Table


@dataclass(frozen=True, slots=True)
class FaultLocatorSettings:
    """error_pu: standard deviation of what is measured, instrument transformers and filters together. bias_pu: of the
    line data, by bay: above 0 the relay takes its lines for longer than they are."""

    error_pu: float = 0.02
    bias_pu: Mapping[str, float] = field(default_factory=dict)


def read_fault_locators(table: Table) -> FaultLocatorSettings:
    """`[fault_locators]` of world.toml. ConfigError for what is unknown or out of range."""
    bias = table.table("bias_pu")
    found = FaultLocatorSettings(
        error_pu=_within(table, "error_pu", 0.0, 0.5, FaultLocatorSettings().error_pu),
        bias_pu={bay: _within(bias, bay, -0.9, 9.0, 0.0) for bay in bias},
    )
    table.done()
    return found


def _within(table: Table, key: str, low: float, high: float, default: float) -> float:
    value = table.take(key, float, default)
    if not low <= value <= high:
        raise table.error(key, f"'{key}' is {value:g}", f"write a number from {low:g} to {high:g}")
    return value
