"""What households take over a day and a year: hourly values shaped after the German standard load profile H0."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from models.errors import ConfigError

HOURS = 24
_YEAR_H = 8760.0

_WORKDAY = (63, 48, 42, 40, 40, 43, 62, 110, 122, 118, 113, 118, 139, 138, 119, 107, 108, 132, 178, 205, 196, 170, 142, 100)  # fmt: skip # noqa: E501
_SATURDAY = (78, 58, 47, 43, 42, 43, 51, 78, 118, 140, 143, 143, 157, 150, 133, 122, 122, 141, 184, 203, 179, 150, 130, 103)  # fmt: skip # noqa: E501
_SUNDAY = (78, 62, 51, 45, 43, 43, 46, 62, 101, 142, 164, 182, 198, 168, 132, 112, 105, 119, 155, 180, 172, 153, 128, 92)  # fmt: skip # noqa: E501

SHAPES: Mapping[str, Sequence[float]] = {"workday": _WORKDAY, "saturday": _SATURDAY, "sunday": _SUNDAY}
"""Relative to each other; our own roundings to whole hours, not the tables themselves."""
_MEAN = (5 * sum(_WORKDAY) + sum(_SATURDAY) + sum(_SUNDAY)) / (7 * HOURS)


def share(time_ns: int) -> float:
    """Load relative to the mean of the year (1 = annual energy / 8760 h) at a time, UTC ns; linear between hours."""
    moment = datetime.fromtimestamp(time_ns / 1e9, UTC)
    shape = SHAPES[{5: "saturday", 6: "sunday"}.get(moment.weekday(), "workday")]
    hour = moment.hour + moment.minute / 60 + moment.second / 3600 - 0.5  # a value stands for the middle of its hour
    first = math.floor(hour)
    fraction = hour - first
    value = shape[first % HOURS] * (1 - fraction) + shape[(first + 1) % HOURS] * fraction
    return season(moment.timetuple().tm_yday) * value / _MEAN


def season(day: int) -> float:
    """Dynamic factor of H0 (VDEW 1999): day of the year, 1 to 366."""
    return -3.92e-10 * day**4 + 3.2e-7 * day**3 - 7.02e-5 * day**2 + 2.1e-3 * day + 1.24


def mean_power_w(annual_kwh: float) -> float:
    """ConfigError for an energy that no household has."""
    if not 0 <= annual_kwh <= 100_000:
        raise ConfigError("customers.toml", None, f"'annual_kwh' is {annual_kwh:g}", "give 0 to 100000")
    return annual_kwh * 1000 / _YEAR_H
