"""`[hierarchy]` of unit.toml."""

from __future__ import annotations

from dataclasses import dataclass

from models.config import Table
from substation.level import Level

LONGEST_S = 3600
WAIT = {Level.LVGMU: 0.15, Level.MVGMU: 0.5, Level.TLGMU: 0.8}
"""Where unit.toml does not say: each level longer than the one below it. Others wait as an LVGMU."""
LEAST_WAIT, MOST_WAIT = 0.05, 0.8


@dataclass(frozen=True, slots=True)
class HierarchySettings:
    """live_period_s: how often sums of live values (power) go up.

    wait: how long, as a share of its period, a sum waits for values of those below: longer than the units below wait.
    """

    live_period_s: int = 60
    wait: float = WAIT[Level.LVGMU]


def read_hierarchy(table: Table, level: Level) -> HierarchySettings:
    """ConfigError with line and remedy."""
    period_s = table.take("live_period_s", int, 60)
    if not 1 <= period_s <= LONGEST_S or 86_400 % period_s:
        remedy = f"give seconds from 1 to {LONGEST_S} that divide a day"
        raise table.error("live_period_s", f"'live_period_s' is {period_s}", remedy)
    wait = table.take("wait", float, WAIT.get(level, WAIT[Level.LVGMU]))
    if not LEAST_WAIT <= wait <= MOST_WAIT:
        raise table.error("wait", f"'wait' is {wait:g}", f"give a share of the period from {LEAST_WAIT} to {MOST_WAIT}")
    table.done()
    return HierarchySettings(period_s, wait)
