"""`[hierarchy]` of unit.toml."""

from __future__ import annotations

from dataclasses import dataclass

from models.config import Table

LONGEST_S = 3600


@dataclass(frozen=True, slots=True)
class HierarchySettings:
    """live_period_s: how often sums of live values (power) go up."""

    live_period_s: int = 60


def read_hierarchy(table: Table) -> HierarchySettings:
    """ConfigError with line and remedy."""
    period_s = table.take("live_period_s", int, 60)
    if not 1 <= period_s <= LONGEST_S or 86_400 % period_s:
        remedy = f"give seconds from 1 to {LONGEST_S} that divide a day"
        raise table.error("live_period_s", f"'live_period_s' is {period_s}", remedy)
    table.done()
    return HierarchySettings(period_s)
