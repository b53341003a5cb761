"""Scores by hand, and a forecaster who knows the truth is calibrated."""

from __future__ import annotations

import numpy as np
import pytest

from models.errors import AlgorithmError
from substation.forecast.score import score, split_by_time


def test_brier_by_hand() -> None:
    found = score(np.array([0.9, 0.1]), np.array([0.5, 0.5]), np.array([1.0, 0.0]), bins=2)
    assert (found.brier, found.baseline_brier) == (pytest.approx(0.01), 0.25)
    assert found.skill == pytest.approx(0.96)
    assert [(each.said, each.happened) for each in found.bins] == [(0.1, 0.0), (0.9, 1.0)]
    assert found.calibration_error == pytest.approx(0.1)


def test_who_knows_the_truth_is_calibrated_and_who_boasts_is_not() -> None:
    random = np.random.default_rng(3)
    truth = random.uniform(0.0, 0.3, 20_000)
    happened = (random.random(len(truth)) < truth).astype(float)
    climate = np.full(len(truth), happened.mean())
    honest, boaster = score(truth, climate, happened), score(np.minimum(3 * truth, 1.0), climate, happened)
    assert honest.calibration_error < 0.01 < 0.1 < boaster.calibration_error
    assert honest.skill > 0 > boaster.skill


def test_the_judged_part_is_later() -> None:
    times_ns = np.array([30, 0, 100, 80, 10])
    early, late = split_by_time(times_ns, 0.75)
    assert times_ns[early].max() < times_ns[late].min()
    assert sorted([*early, *late]) == [0, 1, 2, 3, 4]


def test_no_probability_is_refused() -> None:
    with pytest.raises(AlgorithmError, match="no probability"):
        score(np.array([1.2]), np.array([0.5]), np.array([1.0]))
