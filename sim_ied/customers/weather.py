"""Sun, clouds and outdoor temperature, the same for all customers of one world."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from random import Random

LATITUDE_DEG = 49.0
_CLOUD_S = 900.0
"""How long a cloud lasts, about."""
_CLOUD_MEAN, _CLOUD_DEVIATION = 0.7, 0.25


class Weather:
    """`step` with every step of the world. clearness: share of the clear sky's light that comes through."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.clearness = _CLOUD_MEAN

    def step(self, seconds: float) -> None:
        """Clouds come and go: a mean-reverting walk."""
        decay = math.exp(-seconds / _CLOUD_S)
        noise = self._random.gauss(0.0, _CLOUD_DEVIATION * math.sqrt(1 - decay**2))
        moved = _CLOUD_MEAN + (self.clearness - _CLOUD_MEAN) * decay + noise
        self.clearness = min(max(moved, 0.1), 1.0)

    def sun(self, time_ns: int) -> float:
        """Power of a generator relative to its rating, 0 to 1: rising with the sine of the sun's elevation."""
        return max(sine_of_elevation(time_ns), 0.0) * self.clearness

    @staticmethod
    def outdoor_c(time_ns: int) -> float:
        """Temperature in Celsius: coldest in January and before dawn."""
        moment = datetime.fromtimestamp(time_ns / 1e9, UTC)
        year = math.cos(2 * math.pi * (moment.timetuple().tm_yday - 20) / 365)
        day = math.cos(2 * math.pi * (moment.hour + moment.minute / 60 - 15) / 24)
        return 10.0 - 9.5 * year + 4.0 * day


def sine_of_elevation(time_ns: int) -> float:
    """Of the sun over the horizon at LATITUDE_DEG, solar time taken as UTC; Cooper's equation for the declination."""
    moment = datetime.fromtimestamp(time_ns / 1e9, UTC)
    declination = math.radians(23.45) * math.sin(2 * math.pi * (284 + moment.timetuple().tm_yday) / 365)
    hour_angle = math.radians(15 * (moment.hour + moment.minute / 60 + moment.second / 3600 - 12))
    latitude = math.radians(LATITUDE_DEG)
    return math.sin(latitude) * math.sin(declination) + math.cos(latitude) * math.cos(declination) * math.cos(
        hour_angle
    )
