"""Stated probabilities are frequencies, within three standard deviations."""

from __future__ import annotations

import math

import pytest

from tests.substation.grid.location.calibration import calibrate


@pytest.mark.parametrize("worse", [1.0, 30.0])
def test_stated_probability_is_the_frequency(worse: float) -> None:
    classes, outside = calibrate(25, 7, worse)
    for each in classes.values():
        stated = each.stated / each.count
        deviation = math.sqrt(max(stated * (1 - stated), 1e-4) / each.count)
        assert each.right / each.count == pytest.approx(stated, abs=3 * deviation + 0.005)
    assert outside < 0.05
