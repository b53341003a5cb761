"""Flexible devices of all households at once: photovoltaics, charging stations, heat pumps. One array element each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_DAY_S = 86_400.0
_ARRIVAL_S, _ARRIVAL_DEVIATION_S = 18.0 * 3600, 1.5 * 3600
_NEED_WH = (4_000.0, 20_000.0)
_LEAST_CHARGING_W = 1_380.0
"""IEC 61851: 6 A; below, charging pauses."""

_COMFORT_C = (20.0, 21.5)
_HEAT_LOSS_W_PER_K, _HEAT_CAPACITY_J_PER_K = 150.0, 30e6
_COP = 3.2


class ChargingStations:
    """rated_w: 0 where there is none. Cars come home in the evening with a need and are charged until it is met."""

    def __init__(self, rated_w: Floats, random: np.random.Generator) -> None:
        self._rated_w, self._random = rated_w, random
        self._need_wh: Floats = np.zeros(len(rated_w))
        self._arrival_s = self._arrivals()
        self._previous_s = 0.0

    def step(self, day_s: float) -> Floats:
        """What they want at this time of day (s), W."""
        if day_s < self._previous_s:
            self._arrival_s = self._arrivals()
        come = (self._previous_s <= self._arrival_s) & (self._arrival_s < day_s) & (self._rated_w > 0)
        self._need_wh[come] += self._random.uniform(*_NEED_WH, int(come.sum()))
        self._previous_s = day_s
        return np.where(self._need_wh > 0, self._rated_w, 0.0)

    def charge(self, allowed_w: Floats, seconds: float) -> Floats:
        """What they take of what is allowed, W."""
        wanted: Floats = np.where(self._need_wh > 0, np.minimum(self._rated_w, allowed_w), 0.0)
        wanted[wanted < _LEAST_CHARGING_W] = 0.0
        self._need_wh = np.maximum(self._need_wh - wanted * seconds / 3600, 0.0)
        return wanted

    def _arrivals(self) -> Floats:
        spread = self._random.normal(_ARRIVAL_S, _ARRIVAL_DEVIATION_S, len(self._rated_w))
        return np.clip(spread, 1.0, _DAY_S - 1)


class HeatPumps:
    """rated_w: electric, 0 where there is none. Each keeps its house between two temperatures."""

    def __init__(self, rated_w: Floats, random: np.random.Generator) -> None:
        self._rated_w = rated_w
        self._indoor_c: Floats = random.uniform(*_COMFORT_C, len(rated_w))
        self._on: Bools = random.random(len(rated_w)) < 0.5

    def step(self) -> Floats:
        """What they want, W."""
        self._on = (self._on | (self._indoor_c < _COMFORT_C[0])) & (self._indoor_c < _COMFORT_C[1])
        return np.where(self._on, self._rated_w, 0.0)

    def heat(self, power_w: Floats, outdoor_c: float, seconds: float) -> None:
        """The houses after some seconds at this electric power."""
        flow_w = power_w * _COP - _HEAT_LOSS_W_PER_K * (self._indoor_c - outdoor_c)
        self._indoor_c = np.clip(self._indoor_c + flow_w * seconds / _HEAT_CAPACITY_J_PER_K, 5.0, 30.0)

    @property
    def indoor_c(self) -> Floats:
        """Temperature of each house, Celsius."""
        return self._indoor_c
