"""Numbers of a supplement within bounds."""

from __future__ import annotations

import math

from models.config import Table


def positive(table: Table, key: str, default: float | None = None) -> float:
    """A finite number above 0."""
    return _checked(table, key, table.take(key, float, default), 0.0, False)


def not_negative(table: Table, key: str, default: float | None = None) -> float:
    """A number from 0; inf is allowed ('inf' in TOML)."""
    return _checked(table, key, table.take(key, float, default), 0.0, True)


def number(table: Table, key: str, default: float | None = None) -> float:
    """A finite number."""
    value = table.take(key, float, default)
    if not math.isfinite(value):
        raise table.error(key, f"'{key}' is {value:g}", "write a finite number")
    return value


def count(table: Table, key: str, default: int | None = None, most: int = 1_000_000_000) -> int:
    """A whole number from 0."""
    value = table.take(key, int, default)
    if not 0 <= value <= most:
        raise table.error(key, f"'{key}' is {value}", f"write a whole number from 0 to {most}")
    return value


def _checked(table: Table, key: str, value: float, least: float, with_least: bool) -> float:
    if (
        math.isnan(value)
        or value < least
        or (value == least and not with_least)
        or (math.isinf(value) and not with_least)
    ):
        raise table.error(
            key, f"'{key}' is {value:g}", "write a number from 0" if with_least else "write a number above 0"
        )
    return value
