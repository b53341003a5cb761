"""Faults in a unit: published rates without a model, weather and precursors with one, what became of warnings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from models.network.elements import Network
from substation.application import Decision
from substation.forecast.hazard.asset import AssetFacts
from substation.forecast.hazard.published import PUBLISHED, AssetKind
from substation.grid.topology import Topology
from substation.image import Precursor, ProcessImage, Struck
from substation.mv.fdir import Fdir
from substation.mv.prevention.application import Prevention
from substation.mv.prevention.assets import assets_of
from substation.mv.prevention.settings import PreventionSettings
from substation.mv.prevention.state import PreventionState
from substation.weather_forecast import WeatherForecast
from tests.substation.mv.prevention.trained import MODEL
from tests.substation.mv.scene import START_NS, Scene, Times

HOUR_NS = 3_600_000_000_000
SETTINGS = PreventionSettings(mode="advisory")
STORMY = replace(SETTINGS, model=MODEL)


@pytest.fixture
def image(network: Network, topology: Topology) -> ProcessImage:
    return Scene(network, Fdir(topology, Times())).image()


def faults(decision: Decision[PreventionState]) -> dict[str, Any]:
    return decision.results["Prevention"]["faults"]  # type: ignore


def blowing(gust: float, valid_from_ns: int = START_NS) -> WeatherForecast:
    return WeatherForecast(valid_from_ns, {"gust_m_s": (gust,) * 96})


def test_a_new_unit_answers_with_published_rates_and_says_so(topology: Topology, image: ProcessImage) -> None:
    app = Prevention(topology, SETTINGS)
    found = faults(app.evaluate(image, app.initial()))
    assert (found["basis"], found["published"], found["hours"]) == ("published rates", True, 4)
    assert "not evaluated" in found["worth"]
    assert found["weather"].startswith("not used")
    expected = {kind: PUBLISHED[kind].per_year * 4 / 8766.0 for kind in AssetKind}
    sections = {each["at"]: each for each in found["sections"]}
    assets = {asset.id: asset for asset in assets_of(topology, {})}
    for name, each in sections.items():
        assert each["probability"] == pytest.approx(expected[assets[name].kind] * assets[name].exposure, rel=1e-3)
        assert each["low"] < each["probability"] < each["high"]
        assert each["times_usual"] == pytest.approx(1.0)
    whole = sum(expected[each.kind] * each.exposure for each in assets.values())
    assert sum(each["probability"] for each in found["feeders"]) == pytest.approx(whole, rel=0.01)
    assert {asset.kind for asset in assets.values()} == set(AssetKind)


def test_a_storm_that_is_forecast_is_told_ahead(topology: Topology, image: ProcessImage) -> None:
    app = Prevention(topology, STORMY)
    calm = app.evaluate(replace(image, weather=blowing(5.0)), app.initial())
    assert not faults(calm)["warned"]
    storm = app.evaluate(replace(image, weather=blowing(33.0)), calm.state)
    [first, *_] = [event.text for event in storm.events if "a fault at" in event.text]
    assert "is probable: " in first
    assert "gusts x" in first
    assert "most likely on L" in first
    assert faults(storm)["warned"]
    assert faults(storm)["weather"].startswith("forecast until ")
    assert app.evaluate(replace(image, weather=blowing(33.0)), storm.state).events == ()
    over = app.evaluate(replace(image, weather=blowing(5.0)), storm.state)
    assert any("no longer more probable" in event.text for event in over.events)


def test_without_weather_the_range_is_wider_and_that_is_said(topology: Topology, image: ProcessImage) -> None:
    app = Prevention(topology, STORMY)
    usual = blowing(8.0)
    known, blind, old = (
        faults(app.evaluate(replace(image, weather=each), app.initial()))
        for each in (usual, None, blowing(8.0, START_NS - 26 * HOUR_NS))
    )

    def width(found: dict[str, Any]) -> float:
        [line] = [each for each in found["feeders"] if each["at"] == known["feeders"][0]["at"]]
        return line["high"] / line["low"]

    assert width(blind) > 1.2 * width(known)
    assert "the ranges are wider" in blind["weather"]
    assert "not known: gusts, so the range is wider" in blind["sections"][0]["explanation"] + str(blind["sections"])
    assert width(old) == pytest.approx(width(blind))
    assert "for 0 of 4 hours" in old["weather"]


def test_what_protection_noticed_raises_the_feeder_for_a_week(topology: Topology, image: ProcessImage) -> None:
    app = Prevention(topology, STORMY)
    feeder = topology.network.feeders[0].id
    noticed = tuple(Precursor(START_NS - number * HOUR_NS, feeder, "transient") for number in range(1, 4))
    before = faults(app.evaluate(image, app.initial()))
    decision = app.evaluate(replace(image, precursors=noticed), app.initial())

    def ratio(found: dict[str, Any]) -> dict[str, float]:
        own = {each.id: each for each in assets_of(topology, {}) if each.kind is AssetKind.OVERHEAD}
        return {own[each["at"]].feeder: each["probability"] for each in found["sections"] if each["at"] in own}

    after = ratio(faults(decision))
    assert after[feeder] / ratio(before)[feeder] == pytest.approx(4.0, rel=0.01)
    assert len(decision.state.noticed) == 3
    same = app.evaluate(replace(image, precursors=noticed), decision.state)
    assert same.state.noticed == decision.state.noticed
    later = replace(image, time_ns=START_NS + 8 * 24 * HOUR_NS)
    assert app.evaluate(later, decision.state).state.noticed == ()
    itself = Struck(START_NS - HOUR_NS, feeder, ())
    assert len(app.evaluate(replace(image, precursors=noticed, struck=(itself,)), app.initial()).state.noticed) == 2


def test_it_scores_its_own_warnings(topology: Topology, image: ProcessImage) -> None:
    app = Prevention(topology, STORMY)
    storm = replace(image, weather=blowing(33.0))
    warned = app.evaluate(storm, app.initial())
    feeder = faults(warned)["warned"][0]
    at_ns = START_NS + 2 * HOUR_NS
    struck = replace(storm, time_ns=at_ns, struck=(Struck(at_ns, feeder, ()),))
    hit = app.evaluate(struck, warned.state)
    score = faults(hit)["score"]
    assert (score["hits"], score["misses"], score["mean_lead_s"]) == (1, 0, 7200.0)
    due = app.evaluate(replace(struck, time_ns=START_NS + 4 * HOUR_NS), hit.state)
    score = faults(due)["score"]
    assert (score["forecasts"], score["happened"], score["hits"]) == (len(topology.network.feeders) + 2, 1, 1)
    assert score["skill"] > 0.0
    assert sum(line["forecasts"] for line in score["calibration"]) == score["forecasts"]
    assert app.load(app.dump(due.state)) == due.state


def test_misses_and_false_alarms(topology: Topology, image: ProcessImage) -> None:
    app = Prevention(topology, STORMY)
    calm = app.evaluate(replace(image, weather=blowing(5.0)), app.initial())
    feeder = topology.network.feeders[1].id
    missed = app.evaluate(replace(image, weather=blowing(5.0), struck=(Struck(START_NS, feeder, ()),)), calm.state)
    assert faults(missed)["score"]["misses"] == 1
    storm = app.evaluate(replace(image, weather=blowing(33.0)), calm.state)
    over = app.evaluate(replace(image, weather=blowing(5.0)), storm.state)
    assert faults(over)["score"]["false_alarms"] == len(faults(storm)["warned"])
    away = app.evaluate(replace(image, time_ns=START_NS + 48 * HOUR_NS), calm.state)
    assert faults(away)["score"]["forecasts"] == 0


def test_facts_of_the_model_file_count(topology: Topology) -> None:
    line = topology.network.lines[0].id
    found = {each.id: each for each in assets_of(topology, {line: AssetFacts(AssetKind.OVERHEAD, 1960)})}
    assert (found[line].kind, found[line].installed_year) == (AssetKind.OVERHEAD, 1960)
