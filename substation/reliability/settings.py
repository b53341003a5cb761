"""`[reliability]` of unit.toml: which interruptions are short."""

from __future__ import annotations

from dataclasses import dataclass

from models.config import Table
from substation.reliability.indices import SHORT_S

LONGEST_SHORT_S = 3600.0


@dataclass(frozen=True, slots=True)
class ReliabilitySettings:
    """short_s: an interruption up to that long is short (3 minutes in EN 50160, 1 or 5 minutes elsewhere)."""

    short_s: float = SHORT_S


def read_reliability(table: Table) -> ReliabilitySettings:
    """ConfigError with line and remedy."""
    short_s = table.take("short_s", float, SHORT_S)
    table.done()
    if not 0 < short_s <= LONGEST_SHORT_S:
        raise table.error("short_s", f"'short_s' is {short_s:g}", f"give a number above 0, up to {LONGEST_SHORT_S:g}")
    return ReliabilitySettings(short_s)
