"""Daily profiles: what loads take and generators give at a time of day."""

from __future__ import annotations

import numpy as np

from models.errors import ConfigError
from models.network.elements import Network
from sim_ied.physics import Floats, Injections
from sim_ied.settings import WorldSettings
from sim_ied.topology import Bools

_DAY_S = 86400.0


class Profiles:
    """The injections of a network over the day, linear between the profile's values, the last joins the first."""

    def __init__(self, network: Network, settings: WorldSettings) -> None:
        self._values = {name: np.array([*values, values[0]]) for name, values in settings.profiles.items()}
        self._names = list(self._values)
        self._load_profile = np.array([self._load_number(load.id, settings) for load in network.loads], np.int64)
        self._generator_profile = np.array(
            [self._generator_number(item.kind, settings) for item in network.generators], np.int64
        )
        self._load_w = np.array([load.active_power_w for load in network.loads], np.float64)
        self._load_var = np.array([load.reactive_power_var for load in network.loads], np.float64)
        self._rated_w = np.array([item.rated_power_w for item in network.generators], np.float64)

    def at(self, time_of_day_s: float, connected: Bools) -> Injections:
        """Powers at a time of day in seconds; connected: per generator."""
        shares = np.array([self._share(name, time_of_day_s) for name in self._names])
        loads = shares[self._load_profile]
        generation_w: Floats = self._rated_w * shares[self._generator_profile] * connected
        return Injections(self._load_w * loads, self._load_var * loads, generation_w)

    def _share(self, name: str, time_of_day_s: float) -> float:
        values = self._values[name]
        hours = np.linspace(0.0, _DAY_S, len(values))
        return float(np.interp(time_of_day_s % _DAY_S, hours, values))

    def _load_number(self, load: str, settings: WorldSettings) -> int:
        return self._names.index(settings.load_exceptions.get(load, settings.load_profile))

    def _generator_number(self, kind: str, settings: WorldSettings) -> int:
        name = settings.generators.profiles.get(kind)
        if name is None:
            remedy = f"add '{kind}' to generators.profiles"
            raise ConfigError("world.toml", None, f"generators of kind '{kind}' have no profile", remedy)
        return self._names.index(name)
