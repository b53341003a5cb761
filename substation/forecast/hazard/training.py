"""Learning coefficients from counted faults: maximum of the posterior by Newton's method (McCullagh and Nelder, 1989).

Poisson regression with the exposure as offset, the published rate as mean of the intercept's normal prior, and normal
priors around 0 for the effects, which is a ridge penalty. The covariance is that of the normal distribution at the
maximum (Laplace's method).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.errors import AlgorithmError
from substation.forecast.hazard.model import HOURS_PER_YEAR, Floats, KindModel
from substation.forecast.hazard.published import LN_SPREAD, PUBLISHED, AssetKind

MOST_ITERATIONS = 100
TOLERANCE = 1e-9
EFFECT_SPREAD = 1.0
"""Standard deviation of an effect before anything was seen, on the scale of its feature (conditions)."""
_LARGEST_STEP = 3.0


@dataclass(frozen=True, slots=True)
class Counts:
    """One row per hour and group of sections with the same conditions. features: float64[m, k]; exposure: float64[m],
    km or transformers, times hours; faults: float64[m]."""

    names: tuple[str, ...]
    features: Floats
    exposure: Floats
    faults: Floats


def train(kind: AssetKind, counts: Counts) -> KindModel:
    """AlgorithmError without exposure, with numbers that are none, or when the iteration does not end."""
    if not len(counts.faults) or not counts.exposure.sum() > 0:
        raise AlgorithmError(f"nothing to learn from: no hour of any {kind.value}")
    if not all(np.isfinite(each).all() for each in (counts.features, counts.exposure, counts.faults)):
        raise AlgorithmError("conditions are missing in some rows; leave these rows out before training")
    weights = counts.exposure / counts.exposure.sum()
    mean = weights @ counts.features
    centred = counts.features - mean
    design = np.hstack([np.ones((len(centred), 1)), centred])
    offset = counts.exposure * (PUBLISHED[kind].per_year / HOURS_PER_YEAR)
    precision = np.array([LN_SPREAD**-2, *[EFFECT_SPREAD**-2] * len(counts.names)])
    coefficients, curvature = _maximum(design, offset, counts.faults, precision)
    return KindModel(
        kind=kind,
        features=counts.names,
        coefficients=coefficients,
        covariance=np.asarray(np.linalg.inv(curvature), dtype=np.float64),
        mean=mean,
        spread=(centred * weights[:, None]).T @ centred,
        learned_faults=round(float(counts.faults.sum())),
        learned_years=float(counts.exposure.sum()) / HOURS_PER_YEAR,
    )


def _maximum(design: Floats, offset: Floats, faults: Floats, precision: Floats) -> tuple[Floats, Floats]:
    """(coefficients, curvature there). A step that makes it worse is halved: the posterior has one maximum."""
    found = np.zeros(design.shape[1])
    best = _posterior(design, offset, faults, precision, found)
    for _ in range(MOST_ITERATIONS):
        expected = offset * np.exp(design @ found)
        curvature = (design * expected[:, None]).T @ design + np.diag(precision)
        step = np.linalg.solve(curvature, design.T @ (faults - expected) - precision * found)
        step *= min(1.0, _LARGEST_STEP / max(float(np.abs(design @ step).max()), 1e-12))
        while (reached := _posterior(design, offset, faults, precision, found + step)) < best and np.any(
            np.abs(step) > TOLERANCE
        ):
            step /= 2
        found, best = found + step, reached
        if float(np.abs(step).max()) < TOLERANCE:
            return found, curvature
    raise AlgorithmError("the hazard regression did not converge; leave out conditions that say the same")


def _posterior(design: Floats, offset: Floats, faults: Floats, precision: Floats, at: Floats) -> float:
    predictor = design @ at
    return float(faults @ predictor - offset @ np.exp(predictor) - precision @ at**2 / 2)
