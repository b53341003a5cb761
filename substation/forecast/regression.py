"""Generalised linear models by iteratively reweighted least squares (McCullagh and Nelder, 1989, section 2.5).

Logistic for "does it happen in this hour", Poisson for "how often". A ridge penalty keeps the estimates finite where an
event never happened under some condition, as with few faults it always is somewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from models.errors import AlgorithmError

Floats = NDArray[np.float64]

MOST_ITERATIONS = 100
TOLERANCE = 1e-9
_LARGEST = 30.0
"""Linear predictors beyond are certain for every purpose; exp would only overflow."""


class Family(Enum):
    LOGISTIC = "logistic"
    POISSON = "poisson"


@dataclass(frozen=True, slots=True)
class Regression:
    """coefficients: float64[1 + k], the intercept first, of standardised features. mean, deviation: float64[k]."""

    family: Family
    coefficients: Floats
    mean: Floats
    deviation: Floats

    def expected(self, features: Floats) -> Floats:
        """float64[m]: probability (logistic) or mean count (Poisson) for float64[m, k]."""
        return _mean_of(self.family, _design(features, self.mean, self.deviation) @ self.coefficients)

    def effects(self) -> Floats:
        """float64[k]: change of the linear predictor by one standard deviation of each feature; for explanations."""
        return self.coefficients[1:]


def fit(family: Family, features: Floats, outcome: Floats, ridge: float = 1.0) -> Regression:
    """features: float64[m, k]; outcome: float64[m], 0 or 1 (logistic) or counts. ridge: on standardised features.

    AlgorithmError without data, with numbers that are none, or when the iteration does not end.
    """
    if features.ndim != 2 or len(features) != len(outcome) or not len(outcome):
        raise AlgorithmError("nothing to learn from: a row of features and an outcome for each time is needed")
    if not (np.isfinite(features).all() and np.isfinite(outcome).all()):
        raise AlgorithmError("features or outcomes are missing in some rows; leave these rows out before training")
    mean, deviation = features.mean(axis=0), features.std(axis=0)
    deviation = np.where(deviation > 0, deviation, 1.0)
    design = _design(features, mean, deviation)
    return Regression(family, _solved(family, design, outcome, ridge), mean, deviation)


def _solved(family: Family, design: Floats, outcome: Floats, ridge: float) -> Floats:
    penalty = np.diag([0.0, *[ridge] * (design.shape[1] - 1)])
    found = np.zeros(design.shape[1])
    found[0] = _start(family, outcome)
    if float(outcome.min()) == float(outcome.max()):  # nothing tells the features apart
        return found
    for _ in range(MOST_ITERATIONS):
        expected = _mean_of(family, design @ found)
        weight = expected * (1.0 - expected) if family is Family.LOGISTIC else expected
        gradient = design.T @ (outcome - expected) - penalty @ found
        curvature = design.T @ (design * weight[:, None]) + penalty + 1e-9 * np.eye(len(found))
        step = np.linalg.solve(curvature, gradient)
        found = found + step * min(1.0, 5.0 / max(float(np.abs(step).max()), 1e-12))
        if float(np.abs(step).max()) < TOLERANCE:
            return found
    raise AlgorithmError("the regression did not converge; leave out features that say the same")


def _design(features: Floats, mean: Floats, deviation: Floats) -> Floats:
    return np.hstack([np.ones((len(features), 1)), (features - mean) / deviation])


def _mean_of(family: Family, predictor: Floats) -> Floats:
    bounded = np.clip(predictor, -_LARGEST, _LARGEST)
    grown = np.exp(bounded)
    return np.asarray(grown / (1.0 + grown) if family is Family.LOGISTIC else grown, dtype=np.float64)


def _start(family: Family, outcome: Floats) -> float:
    """Linear predictor of the mean rate; half an event more than was seen, since "never" is never certain."""
    rate = float((outcome.sum() + 0.5) / (len(outcome) + 1.0))
    return float(np.log(rate / (1.0 - rate) if family is Family.LOGISTIC else rate))
