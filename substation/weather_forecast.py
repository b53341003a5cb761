"""The forecast of weather that a data provider has written (`Weather` of the data groups), as applications ask it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.wire.cbor import WireValue

VARIABLE = "Weather"
QUARTER_NS = 900_000_000_000
QUARTERS = 96
_GREATEST = frozenset({"gust_m_s", "lightning_per_km2_h", "ice_kg_m"})
"""Of an hour the greatest value counts; of the others the mean."""


@dataclass(frozen=True, slots=True)
class WeatherForecast:
    """profiles: 96 values by condition, by quarter hour of the day UTC; they hold for 24 hours from valid_from_ns."""

    valid_from_ns: int
    profiles: Mapping[str, tuple[float, ...]]

    @property
    def valid_to_ns(self) -> int:
        return self.valid_from_ns + QUARTERS * QUARTER_NS

    def hour(self, from_ns: int) -> dict[str, float]:
        """The conditions of the hour from there on; what does not lie within the 24 hours is not known."""
        quarters = [from_ns + number * QUARTER_NS for number in range(4)]
        known = [each for each in quarters if self.valid_from_ns <= each < self.valid_to_ns]
        return {name: _of_hour(name, [self._at(name, each) for each in known]) for name in self.profiles if known}

    def _at(self, name: str, time_ns: int) -> float:
        return self.profiles[name][time_ns // QUARTER_NS % QUARTERS]


def _of_hour(name: str, values: list[float]) -> float:
    return max(values) if name in _GREATEST else sum(values) / len(values)


def weather_of(value: WireValue) -> WeatherForecast | None:
    """Of what was written; None where nothing was, or nothing with a time."""
    if not isinstance(value, dict):
        return None
    since_ns = value.get("valid_from_ns")
    if isinstance(since_ns, bool) or not isinstance(since_ns, (int, float)):
        return None
    profiles = {
        name: numbers
        for name, each in value.items()
        if isinstance(each, list) and len(numbers := _numbers(each)) == QUARTERS
    }
    return WeatherForecast(int(since_ns), profiles)


def _numbers(values: list[WireValue]) -> tuple[float, ...]:
    return tuple(float(each) for each in values if isinstance(each, (int, float)) and not isinstance(each, bool))
