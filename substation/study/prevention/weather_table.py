"""Weather of the past by the hour, from a CSV file: `time` and any of the conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.errors import ConfigError
from substation.forecast.hazard.conditions import WEATHER
from substation.forecast.hazard.model import Floats
from substation.study.prevention.columns import HOUR_NS, rows

RANGES: Mapping[str, tuple[float, float]] = {
    "temperature_k": (200.0, 340.0),
    "wind_m_s": (0.0, 120.0),
    "gust_m_s": (0.0, 150.0),
    "lightning_per_km2_h": (0.0, 100.0),
    "rain_kg_m2_h": (0.0, 500.0),
    "ice_kg_m": (0.0, 100.0),
}
_MOST_HOURS = 60 * 8766


@dataclass(frozen=True, slots=True)
class WeatherTable:
    """first: number of the first hour since 1970. values: float64[hours] by condition, NaN where the file has none."""

    first: int
    hours: int
    values: Mapping[str, Floats]

    def at(self, hour: int) -> dict[str, float]:
        """What is known of the hour with that number since 1970."""
        row = hour - self.first
        if not 0 <= row < self.hours:
            return {}
        return {name: float(column[row]) for name, column in self.values.items() if not np.isnan(column[row])}


def read_weather(file: str) -> WeatherTable:
    """Several lines of one hour are averaged; of gusts, lightning and ice the greatest counts. ConfigError."""
    seen: dict[int, dict[str, list[float]]] = {}
    for row in rows(file, ("time",), WEATHER):
        hour = row.time_ns("time") // HOUR_NS
        for name in row.cells:
            value = row.number(name, *RANGES[name]) if name != "time" else None
            if value is not None:
                seen.setdefault(hour, {}).setdefault(name, []).append(value)
    if not seen:
        raise ConfigError(file, None, "holds no weather", "write a line for each hour")
    if max(seen) - min(seen) >= _MOST_HOURS:
        raise ConfigError(file, None, f"spans {max(seen) - min(seen)} hours", "correct its times: sixty years at most")
    return weather_table(
        {hour: {name: _of_hour(name, found) for name, found in each.items()} for hour, each in seen.items()}
    )


def weather_table(seen: Mapping[int, Mapping[str, float]]) -> WeatherTable:
    """Of what is known by the number of the hour; at least one is."""
    first, hours = min(seen), max(seen) - min(seen) + 1
    values = {name: np.full(hours, np.nan) for name in WEATHER if any(name in each for each in seen.values())}
    for hour, each in seen.items():
        for name, value in each.items():
            values[name][hour - first] = value
    return WeatherTable(first, hours, values)


def _of_hour(name: str, found: list[float]) -> float:
    return max(found) if name in ("gust_m_s", "lightning_per_km2_h", "ice_kg_m") else sum(found) / len(found)
