"""The electrical side of all households at once: what each takes, feeds in, and what its connection point has.

Arrays have one element per household, in the order of the settings. Power is positive for consumption.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from sim_ied.customers.appliance import APPLIANCES, STANDBY_ENERGY, STANDBY_POWER_FACTOR
from sim_ied.customers.devices import Bools, ChargingStations, Floats, HeatPumps
from sim_ied.customers.standard_load import mean_power_w, share
from sim_ied.customers.weather import Weather

NOMINAL_V = 230.0
_SOURCE_V = 233.0
"""Behind the station's transformer, single-phase."""
_RESISTANCE_OHM = (0.02, 0.3)
_POWER_FACTOR_HEAT_PUMP = 0.95
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Household:
    """What a customer has. pv_w: peak; ev_w: of the charging station; heat_pump_w: electric. 0: none."""

    annual_kwh: float
    pv_w: float = 0.0
    ev_w: float = 0.0
    heat_pump_w: float = 0.0


@dataclass(frozen=True, slots=True)
class Flows:
    """At the connection points: active and reactive power (W, var), voltage (V), current (A); single-phase."""

    power_w: Floats
    reactive_var: Floats
    voltage_v: Floats
    current_a: Floats


class Households:
    """`step` in steps of seconds; energy is counted by who measures."""

    def __init__(self, households: Sequence[Household], seed: int) -> None:
        count = len(households)
        self._random = np.random.default_rng(seed)
        self._mean_w = np.array([mean_power_w(each.annual_kwh) for each in households])
        self._pv_w = np.array([each.pv_w for each in households])
        self._stations = ChargingStations(np.array([each.ev_w for each in households]), self._random)
        self._pumps = HeatPumps(np.array([each.heat_pump_w for each in households]), self._random)
        self._left_s: Floats = np.zeros((count, len(APPLIANCES)))
        self._resistance_ohm: Floats = self._random.uniform(*_RESISTANCE_OHM, count)
        self.weather = Weather(Random(seed))
        self.supplied: Bools = np.ones(count, np.bool_)
        self.limit_w: Floats = np.full(count, np.inf)
        self.injection_limit_w: Floats = np.full(count, np.inf)
        self.flows = self._measured(np.zeros(count), np.zeros(count))

    def step(self, time_ns: int, seconds: float) -> Flows:
        """What flows in the seconds before `time_ns` (UTC; the world's time)."""
        self.weather.step(seconds)
        house_w, house_var = self._appliances(time_ns, seconds)
        sun_w = np.minimum(self._pv_w * self.weather.sun(time_ns), self.injection_limit_w)
        room_w = np.maximum(self.limit_w - house_w + sun_w, 0.0)
        pump_w = self._pumps.step()
        pump_w = np.where(self.supplied & (pump_w <= room_w), pump_w, 0.0)
        self._pumps.heat(pump_w, self.weather.outdoor_c(time_ns), seconds)
        self._stations.step(time_ns / 1e9 % _DAY_S)
        car_w = self._stations.charge(np.where(self.supplied, room_w - pump_w, 0.0), seconds)
        power_w = (house_w + pump_w + car_w - sun_w) * self.supplied
        pump_var = pump_w * np.sqrt(1 / _POWER_FACTOR_HEAT_PUMP**2 - 1)
        self.flows = self._measured(power_w, (house_var + pump_var) * self.supplied)
        return self.flows

    def _appliances(self, time_ns: int, seconds: float) -> tuple[Floats, Floats]:
        """W and var of what is no flexible device."""
        level = share(time_ns)
        starts = self._random.random(self._left_s.shape) < np.outer(self._mean_w, _STARTS_PER_WS) * level * seconds
        self._left_s = np.where(starts, self._left_s + _DURATION_S, self._left_s)
        running_s = np.minimum(self._left_s, seconds)
        self._left_s = self._left_s - running_s
        power_w: Floats = running_s / seconds * _POWER_W
        standby_w = self._mean_w * STANDBY_ENERGY
        reactive_var = power_w @ _TANGENT + standby_w * np.tan(np.arccos(STANDBY_POWER_FACTOR))
        return power_w.sum(axis=1) + standby_w, reactive_var

    def _measured(self, power_w: Floats, reactive_var: Floats) -> Flows:
        drop_v = self._resistance_ohm * power_w / _SOURCE_V
        voltage_v = np.where(self.supplied, _SOURCE_V - drop_v, 0.0)
        apparent_va = np.hypot(power_w, reactive_var)
        current_a = np.divide(apparent_va, voltage_v, out=np.zeros_like(apparent_va), where=voltage_v > 0)
        return Flows(power_w, reactive_var, voltage_v, current_a)


_POWER_W: NDArray[np.float64] = np.array([each.power_w for each in APPLIANCES])
_DURATION_S: NDArray[np.float64] = np.array([each.duration_s for each in APPLIANCES])
_TANGENT: NDArray[np.float64] = np.array([np.tan(np.arccos(each.power_factor)) for each in APPLIANCES])
_STARTS_PER_WS: NDArray[np.float64] = np.array([each.energy for each in APPLIANCES]) / (_POWER_W * _DURATION_S)
"""Starts per second and watt of mean load: as many as the appliance's share of the energy makes."""
