"""Regressions find what made the data, and refuse what cannot be learned."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from models.errors import AlgorithmError
from substation.forecast.regression import Family, fit


def drawn(count: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(7)
    features = random.normal([10.0, 0.0], [5.0, 1.0], size=(count, 2))
    return features, 0.3 * (features[:, 0] - 10.0) / 5.0 + 1.2 * features[:, 1] - 2.0


def test_logistic_agrees_with_maximum_likelihood() -> None:
    features, predictor = drawn()
    outcome = (np.random.default_rng(8).random(len(predictor)) < 1 / (1 + np.exp(-predictor))).astype(float)
    found = fit(Family.LOGISTIC, features, outcome, ridge=0.0)
    design = np.hstack([np.ones((len(outcome), 1)), (features - found.mean) / found.deviation])

    def loss(coefficients: np.ndarray) -> float:
        linear = design @ coefficients
        return float(np.sum(np.logaddexp(0.0, linear) - outcome * linear))

    peer = minimize(loss, np.zeros(3), method="BFGS")
    assert found.coefficients == pytest.approx(peer.x, abs=1e-4)
    assert found.expected(features).mean() == pytest.approx(outcome.mean(), abs=1e-9)


def test_poisson_finds_rates() -> None:
    features, predictor = drawn()
    counts = np.random.default_rng(9).poisson(np.exp(predictor)).astype(float)
    found = fit(Family.POISSON, features, counts, ridge=0.0)
    assert found.effects()[1] == pytest.approx(1.2, abs=0.05)
    assert found.expected(features).sum() == pytest.approx(counts.sum())


def test_an_event_that_never_happened_stays_finite() -> None:
    features = np.array([[0.0], [0.0], [1.0], [1.0]])
    found = fit(Family.LOGISTIC, features, np.array([0.0, 0.0, 1.0, 1.0]))
    assert np.abs(found.coefficients).max() < 5.0
    never = fit(Family.POISSON, features, np.zeros(4))
    assert never.expected(features) == pytest.approx(0.5 / 5)  # half an event in four hours


def test_holes_in_the_data_are_refused() -> None:
    with pytest.raises(AlgorithmError, match="missing in some rows"):
        fit(Family.LOGISTIC, np.array([[np.nan], [1.0]]), np.array([0.0, 1.0]))
    with pytest.raises(AlgorithmError, match="nothing to learn"):
        fit(Family.LOGISTIC, np.zeros((0, 2)), np.zeros(0))
