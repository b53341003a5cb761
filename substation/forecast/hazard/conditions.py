"""What faults may depend on: weather of an hour, what the feeder's protection has noticed lately, age.

Each kind of equipment has its own table of features, in natural units divided by a scale on which an effect of e (2.7
times as many faults) is large but not strange: that is the standard deviation that learning assumes before it has seen
anything. A feature of 0 means "as usual" for none of them: the model centres them on what it has learned from.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from substation.forecast.hazard.published import AssetKind

FREEZING_K = 273.15
WARM_K = 298.15
LIGHTNING_PER_KM2_H = 0.01
PRECURSOR_DAYS = 7

WEATHER = ("temperature_k", "wind_m_s", "gust_m_s", "lightning_per_km2_h", "rain_kg_m2_h", "ice_kg_m")
"""Of one hour. ice_kg_m: mass of ice on a metre of conductor (as IEC 60826 states ice loads)."""
PRECURSORS = ("transient", "reclosing", "indication")
"""transient: protection against earth faults started without a trip; reclosing: a trip with a successful reclosing;
indication: a fault passage indicator without a trip."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """weather: those of WEATHER that are known. precursors: how many of each the feeder had within PRECURSOR_DAYS; None
    where nobody counts them. age_years: None where it is not known."""

    weather: Mapping[str, float] = field(default_factory=dict)
    precursors: Mapping[str, int] | None = None
    age_years: float | None = None


@dataclass(frozen=True, slots=True)
class Feature:
    """of: its value, None where what it needs is not known. words: for explanations."""

    name: str
    of: Callable[[Conditions], float | None]
    words: str


def _weather(key: str, shaped: Callable[[float], float]) -> Callable[[Conditions], float | None]:
    def value(conditions: Conditions) -> float | None:
        known = conditions.weather.get(key)
        return None if known is None else shaped(known)

    return value


def _precursor(kind: str) -> Callable[[Conditions], float | None]:
    def value(conditions: Conditions) -> float | None:
        counted = conditions.precursors
        return None if counted is None else math.log1p(counted.get(kind, 0))

    return value


def _age(conditions: Conditions) -> float | None:
    return None if conditions.age_years is None else conditions.age_years / 20.0


_GUST = Feature("gust", _weather("gust_m_s", lambda gust: gust / 10.0), "gusts")
_LIGHTNING = Feature(
    "lightning", _weather("lightning_per_km2_h", lambda rate: math.log1p(rate / LIGHTNING_PER_KM2_H)), "lightning"
)
_ICE = Feature("ice", _weather("ice_kg_m", math.log1p), "ice on the conductors")
_COLD = Feature("cold", _weather("temperature_k", lambda kelvin: max(0.0, FREEZING_K - kelvin) / 10.0), "frost")
_HEAT = Feature("heat", _weather("temperature_k", lambda kelvin: max(0.0, kelvin - WARM_K) / 10.0), "heat")
_RAIN = Feature("rain", _weather("rain_kg_m2_h", math.log1p), "rain")
_TRANSIENT = Feature("transient", _precursor("transient"), "transient earth faults")
_RECLOSING = Feature("reclosing", _precursor("reclosing"), "reclosings")
_INDICATION = Feature("indication", _precursor("indication"), "indications without a trip")
_AGE = Feature("age", _age, "age")

FEATURES: Mapping[AssetKind, tuple[Feature, ...]] = {
    AssetKind.OVERHEAD: (_GUST, _LIGHTNING, _ICE, _COLD, _RAIN, _TRANSIENT, _RECLOSING, _INDICATION, _AGE),
    AssetKind.CABLE: (_HEAT, _RAIN, _TRANSIENT, _INDICATION, _AGE),
    AssetKind.TRANSFORMER: (_HEAT, _LIGHTNING, _AGE),
}
OF_WEATHER = frozenset({"gust", "lightning", "ice", "cold", "heat", "rain"})


def feature(kind: AssetKind, name: str) -> Feature | None:
    return next((each for each in FEATURES[kind] if each.name == name), None)
