"""Pasts whose truth is known: effects found, calibrated, better than climatology; and no skill where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from models.errors import AlgorithmError
from substation.forecast.hazard.published import AssetKind
from substation.study.prevention.evaluation import Evaluation, Plan, evaluated
from substation.study.prevention.reliability import calibrated, reliability
from substation.study.prevention.trained import trained
from substation.study.prevention.warnings import warned
from tests.substation.study.prevention.truth import Truth, past

HOURS = 8766
PLAN = Plan(4, 0.7, 0.05)
STORMY = Truth(times_published=40.0)


@pytest.fixture(scope="module")
def found() -> Evaluation:
    return evaluated(past(STORMY, HOURS, 3), PLAN)


def test_effects_are_found_within_their_confidence(found: Evaluation) -> None:
    model = found.learned.kinds[AssetKind.OVERHEAD]
    errors = np.sqrt(model.covariance.diagonal())[1:]
    effects = dict(zip(model.features, zip(model.coefficients[1:], errors, strict=True), strict=True))
    for name, truth in (("gust", STORMY.gust), ("lightning", STORMY.lightning), ("transient", STORMY.transient)):
        effect, error = effects[name]
        assert error < 0.3
        assert abs(effect - truth) < 2.5 * error, name


def test_forecasts_of_later_times_are_calibrated_and_better_than_climatology(found: Evaluation) -> None:
    assert found.has_skill
    for judged in (*found.sections, *found.places):
        assert judged.score.brier < judged.score.baseline_brier < judged.persistence_brier * 1.01
        assert judged.gain_low > 0.0
        assert calibrated(judged.score), reliability(judged.score)
    assert found.words.startswith("better than climatology from 2024-09-")
    assert set(found.model.kinds[AssetKind.OVERHEAD].features) >= {"gust", "lightning", "transient"}


def test_warnings_come_early(found: Evaluation) -> None:
    told = found.warnings
    assert told.hits > 20
    assert sorted(told.leads_h)[told.hits // 2] >= 2
    chance = told.hours / (4 * 0.3 * HOURS)  # of the time of the four feeders
    assert told.hits / (told.hits + told.misses) > 2 * chance


@pytest.mark.parametrize("seed", [1, 2])
def test_weather_that_does_not_matter_earns_no_skill(seed: int) -> None:
    found = evaluated(past(Truth(0.0, 0.0, 0.0, 40.0), HOURS // 2, seed), PLAN)
    assert not found.has_skill
    assert found.words.startswith("no skill beyond climatology")
    assert found.model.kinds[AssetKind.OVERHEAD].features == ()


def test_nothing_of_the_time_that_is_judged_is_learned() -> None:
    whole = past(STORMY, HOURS // 4, 3)
    border = HOURS // 8
    later = [each for each in whole.history.faults if each.time_ns >= (whole.first + border) * 3_600_000_000_000]
    assert later
    without = type(whole)(
        whole.first,
        whole.weather[:border],
        type(whole.history)(
            tuple(each for each in whole.history.faults if each not in later), whole.history.precursors
        ),
        whole.groups,
    )
    one, other = trained(whole, border, True, ""), trained(without, border, True, "")
    assert one.kinds[AssetKind.OVERHEAD].coefficients == pytest.approx(other.kinds[AssetKind.OVERHEAD].coefficients)


def test_without_faults_on_both_sides_nothing_is_judged() -> None:
    quiet = past(Truth(times_published=1e-6), HOURS // 8, 1)
    with pytest.raises(AlgorithmError, match="0 faults before"):
        evaluated(quiet, PLAN)


def test_warnings_by_hand() -> None:
    warns = np.zeros(20, dtype=np.bool_)
    warns[[2, 3, 4, 10]] = True
    told = warned(warns, np.array([3, 7, 8, 15]), 4)
    # 3: an hour after the beginning; 7: the warning of hour 4 reaches to hour 7; 8 and 15: nobody said so; 10: false
    assert (told.hits, told.misses, told.false_alarms, told.hours, told.leads_h) == (2, 2, 1, 4, (1, 5))
