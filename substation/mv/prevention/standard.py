"""Loads ahead before a unit has a history of its own: standard profiles, shifted by what is measured now.

How such a forecast errs is not known of this network. What is assumed is wide on purpose and said to be assumed: the
deviation from the profile dies away slowly, its spread is a fifth of the rated peak, and all feeders err together.
"""

from __future__ import annotations

import numpy as np

from substation.forecast.hazard.shapes import Shapes
from substation.forecast.weekly_profile import SLOT_NS
from substation.grid.arrays import Floats
from substation.mv.prevention.forecast import Forecast
from substation.mv.prevention.groups import Groups
from substation.weather_forecast import WeatherForecast

PERSISTENCE = 0.99
"""Of a deviation, from one quarter hour to the next."""
SPREAD_PU = 0.2

_IRRADIANCE = "irradiance_w_m2"


def standard_forecast(
    shapes: Shapes, load: Groups, now_ns: int, powers_w: Floats, leads: int, weather: WeatherForecast | None
) -> Forecast:
    """powers_w: net consumption of each group now."""
    numbers = np.arange(1, leads + 1)
    deviation_w = powers_w - _net_w(shapes, load, now_ns, weather)
    means = [
        _net_w(shapes, load, now_ns + int(lead) * SLOT_NS, weather) + deviation_w * PERSISTENCE**lead
        for lead in numbers
    ]
    growth = SPREAD_PU * np.sqrt(1.0 - PERSISTENCE ** (2.0 * numbers))
    count = len(powers_w)
    return Forecast(np.array(means), growth[:, None] * (load.rated_w + load.pv_w)[None, :], np.ones((count, count)))


def _net_w(shapes: Shapes, load: Groups, time_ns: int, weather: WeatherForecast | None) -> Floats:
    irradiance = None if weather is None else weather.hour(time_ns).get(_IRRADIANCE)
    found: Floats = load.rated_w * shapes.load(time_ns) - load.pv_w * shapes.pv(time_ns, irradiance)
    return found
