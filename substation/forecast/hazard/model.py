"""Rate of faults of one kind of equipment, and what it says of a section in given hours.

ln(rate) = ln(published rate) + coefficients[0] + sum of coefficient times (feature less its mean): a Poisson regression
whose prior is the published rate. What of the features is not known is averaged over its distribution in the past, and
the range becomes wider by it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from substation.forecast.hazard.conditions import Conditions, feature
from substation.forecast.hazard.published import LN_SPREAD, PUBLISHED, AssetKind

Floats = NDArray[np.float64]

HOURS_PER_YEAR = 8766.0
SIDE_90 = 1.6449
"""Standard deviations on each side of 90 % of a normal distribution."""
LARGEST_LN = 12.0
"""Beyond e to this power times the published rate nothing has been seen; the hour lies outside of what was learned."""


@dataclass(frozen=True, slots=True)
class KindModel:
    """features: names of conditions.FEATURES of the kind. coefficients: float64[1 + k], covariance of their estimate:
    float64[1 + k, 1 + k]. mean: float64[k], spread: float64[k, k], of the features in what was learned from.

    learned_faults, learned_years: how many faults in how much exposure (km or transformers, times years); 0: the prior.
    """

    kind: AssetKind
    features: tuple[str, ...]
    coefficients: Floats
    covariance: Floats
    mean: Floats
    spread: Floats
    learned_faults: int = 0
    learned_years: float = 0.0

    @property
    def is_prior(self) -> bool:
        return self.learned_years == 0.0


@dataclass(frozen=True, slots=True)
class Rate:
    """Faults per hour of a unit of exposure: expected, and the bounds of 90 %. usual: with nothing known of the hour.
    drivers: features by what they add to ln(rate), the greatest first. unknown: features that are not known."""

    expected: float
    low: float
    high: float
    usual: float
    drivers: tuple[tuple[str, float], ...]
    unknown: tuple[str, ...]


def prior(kind: AssetKind) -> KindModel:
    """Nothing but the published rate."""
    none = np.zeros(0)
    return KindModel(kind, (), np.zeros(1), np.array([[LN_SPREAD**2]]), none, np.zeros((0, 0)))


def log_effects(model: KindModel, values: Floats, names: Collection[str]) -> Floats:
    """What these features add to ln(rate): float64[m]. values: float64[m, k], NaN: not known."""
    asked = np.array([name in names for name in model.features], dtype=np.bool_)
    effects = np.where(asked, model.coefficients[1:], 0.0)
    unknown = np.isnan(values)
    pushed = np.where(unknown, 0.0, values - model.mean) @ effects
    missing = np.where(unknown, effects, 0.0)
    averaged = np.einsum("mi,ij,mj->m", missing, model.spread, missing) / 2.0
    found: Floats = np.minimum(pushed, LARGEST_LN) + averaged
    return found


def base_rate(model: KindModel) -> float:
    """Per hour and unit of exposure, in average conditions."""
    return PUBLISHED[model.kind].per_year / HOURS_PER_YEAR * math.exp(float(model.coefficients[0]))


def rate(model: KindModel, conditions: Conditions) -> Rate:
    """Of one hour in these conditions."""
    values = [_value(model, name, conditions) for name in model.features]
    unknown = np.array([each is None for each in values], dtype=np.bool_)
    known = np.array([0.0 if each is None else each - model.mean[at] for at, each in enumerate(values)])
    effects = model.coefficients[1:]
    base = math.log(base_rate(model))
    averaged = _variance(np.where(unknown, effects, 0.0), model.spread)
    direction = np.concatenate([[1.0], known])
    middle = min(float(effects @ known), LARGEST_LN) + averaged / 2
    reach = SIDE_90 * math.sqrt(_variance(direction, model.covariance) + averaged)
    pushes = sorted(zip(model.features, effects * known, strict=True), key=lambda each: -each[1])
    return Rate(
        expected=math.exp(base + middle),
        low=math.exp(base + middle - averaged / 2 - reach),
        high=math.exp(base + middle - averaged / 2 + reach),
        usual=math.exp(base + _variance(effects, model.spread) / 2),
        drivers=tuple((name, float(push)) for name, push in pushes),
        unknown=tuple(name for name, missing in zip(model.features, unknown, strict=True) if missing),
    )


def _value(model: KindModel, name: str, conditions: Conditions) -> float | None:
    found = feature(model.kind, name)
    return None if found is None else found.of(conditions)


def _variance(direction: Floats, covariance: Floats) -> float:
    return max(0.0, float(direction @ covariance @ direction)) if len(direction) else 0.0


@dataclass(frozen=True, slots=True)
class HazardModel:
    """One model per kind of equipment. name: where it comes from, in words."""

    kinds: Mapping[AssetKind, KindModel]
    name: str = "published rates"

    @property
    def is_prior(self) -> bool:
        return all(each.is_prior for each in self.kinds.values())


PRIOR = HazardModel({kind: prior(kind) for kind in AssetKind})


def probability(hourly: Sequence[float], exposure: float) -> float:
    """Of at least one fault in hours with these rates; exposure: km, or 1 for a transformer."""
    return -math.expm1(-exposure * math.fsum(hourly))
