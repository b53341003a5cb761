"""Rates of faults: published ones where nothing was learned, wider without weather; the file of a model."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from models.errors import AlgorithmError, ConfigError
from substation.forecast.hazard.asset import AssetFacts
from substation.forecast.hazard.conditions import Conditions
from substation.forecast.hazard.file import PreventionModel, model_text, read_model
from substation.forecast.hazard.model import HOURS_PER_YEAR, PRIOR, HazardModel, KindModel, probability, rate
from substation.forecast.hazard.published import PUBLISHED, AssetKind
from substation.forecast.hazard.training import Counts, train


@cache
def learned() -> KindModel:
    """Many km for many hours; gusts of 5 to 25 m/s double the rate with every 5.8 m/s."""
    random = np.random.default_rng(1)
    gust = random.uniform(0.5, 2.5, 20_000)
    exposure = np.full(len(gust), 1000.0)
    faults = random.poisson(exposure * 2e-5 * np.exp(1.2 * (gust - 1.5))).astype(float)
    return train(AssetKind.OVERHEAD, Counts(("gust",), gust[:, None], exposure, faults))


def test_nothing_learned_is_the_published_rate_in_any_weather() -> None:
    storm = Conditions({"gust_m_s": 35.0}, {"transient": 3}, 40.0)
    for kind in AssetKind:
        calm = rate(PRIOR.kinds[kind], Conditions())
        assert rate(PRIOR.kinds[kind], storm) == calm
        assert calm.expected * HOURS_PER_YEAR == pytest.approx(PUBLISHED[kind].per_year)
        assert calm.high / calm.low == pytest.approx(math.exp(2 * 1.6449 * 0.87))
    assert PRIOR.is_prior


def test_published_cables_per_km_of_three_conductors() -> None:
    assert PUBLISHED[AssetKind.CABLE].per_year == pytest.approx(0.0539, abs=1e-4)


def test_learned_effects_and_how_wide_the_answer_is_without_weather() -> None:
    model = learned()
    assert model.coefficients[1] == pytest.approx(1.2, abs=0.4)
    calm, storm = (rate(model, Conditions({"gust_m_s": gust})) for gust in (5.0, 25.0))
    assert storm.expected / calm.expected == pytest.approx(math.exp(2 * model.coefficients[1]))
    assert storm.drivers[0][0] == "gust"
    blind = rate(model, Conditions())
    assert blind.unknown == ("gust",)
    mean_gust = rate(model, Conditions({"gust_m_s": 10 * float(model.mean[0])}))
    assert blind.high / blind.low > 1.5 * mean_gust.high / mean_gust.low
    gusts = np.linspace(5.0, 25.0, 2001)
    averaged = np.mean([rate(model, Conditions({"gust_m_s": float(each)})).expected for each in gusts])
    assert blind.expected == pytest.approx(averaged, rel=0.1)
    assert blind.expected == pytest.approx(blind.usual)


def test_few_faults_leave_the_prior_nearly_as_it_was() -> None:
    hours = np.full(100, 10.0)
    found = train(AssetKind.CABLE, Counts((), np.zeros((100, 0)), hours, np.zeros(100)))
    assert math.exp(found.coefficients[0]) == pytest.approx(1.0, abs=0.01)
    many = train(AssetKind.CABLE, Counts((), np.zeros((100, 0)), hours * 8766.0, np.full(100, 5.0)))
    assert rate(many, Conditions()).expected * HOURS_PER_YEAR == pytest.approx(0.5, rel=0.01)


def test_what_cannot_be_learned() -> None:
    with pytest.raises(AlgorithmError, match="no hour"):
        train(AssetKind.CABLE, Counts((), np.zeros((0, 0)), np.zeros(0), np.zeros(0)))
    with pytest.raises(AlgorithmError, match="missing in some rows"):
        train(AssetKind.CABLE, Counts(("rain",), np.array([[np.nan]]), np.ones(1), np.ones(1)))


def test_probability() -> None:
    assert probability([0.1, 0.1], 2.0) == pytest.approx(1 - math.exp(-0.4))


def text() -> str:
    kinds = dict(PRIOR.kinds) | {AssetKind.OVERHEAD: learned()}
    facts = {"L1": AssetFacts(AssetKind.CABLE, 1970), "L2": AssetFacts()}
    return model_text(PreventionModel(HazardModel(kinds, 'of "Oberrhein"'), "better", facts))


def test_file_is_what_was_learned(tmp_path: Path) -> None:
    file = tmp_path / "faults.toml"
    file.write_text(text())
    read, ours = read_model(file), learned()
    assert (read.hazard.name, read.worth) == ('of "Oberrhein"', "better")
    assert read.assets == {"L1": AssetFacts(AssetKind.CABLE, 1970), "L2": AssetFacts()}
    storm = Conditions({"gust_m_s": 22.0})
    assert rate(read.hazard.kinds[AssetKind.OVERHEAD], storm).high == pytest.approx(rate(ours, storm).high)
    assert read.hazard.kinds[AssetKind.CABLE].is_prior
    assert replace(read.hazard, kinds=PRIOR.kinds).is_prior


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('features = ["gust"]', 'features = ["moon"]', "unknown"),
        ('features = ["gust"]', "features = []", "takes 1"),
        ('kind = "overhead"', 'kind = "pipe"', "unknown"),
        ("mean = [", "mean = [1.0, ", "takes 1"),
        ("spread = [", "spread = [-", "no covariance"),
        ("learned_faults = ", "learned_faults = -", "not above 0"),
        ("installed_year = 1970", "installed_year = 12", "year"),
        ("schema = 1", "schema = 2", "schema"),
        ('worth = "better"', 'worth = "better"\nluck = 1', "unknown key"),
    ],
)
def test_spoilt_files_are_refused(tmp_path: Path, old: str, new: str, told: str) -> None:
    file = tmp_path / "faults.toml"
    assert old in text()
    file.write_text(text().replace(old, new))
    with pytest.raises(ConfigError, match=told) as caught:
        read_model(file)
    assert caught.value.line is not None


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="study prevent --write"):
        read_model(tmp_path / "none.toml")
