"""Before there is a history: standard profiles, shifted by what is measured, with a spread that grows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models.network.elements import Network
from substation.forecast.hazard.file import PreventionModel
from substation.forecast.hazard.shapes import Shapes
from substation.forecast.weekly_profile import SLOT_NS
from substation.grid.topology import Topology
from substation.mv.fdir import Fdir
from substation.mv.present_flow import present_flow
from substation.mv.prevention.application import Prevention
from substation.mv.prevention.groups import groups
from substation.mv.prevention.settings import PreventionSettings
from substation.mv.prevention.standard import PERSISTENCE, SPREAD_PU, standard_forecast
from substation.weather_forecast import WeatherForecast
from tests.substation.mv.scene import START_NS, Scene, Times

DAY = np.arange(96)
SHAPES = Shapes(
    "profiles of a test",
    np.tile(0.4 + 0.006 * DAY, (12, 3, 1)),
    np.tile(np.clip(np.sin((DAY - 24) * np.pi / 48), 0.0, 1.0), (12, 1)),
    np.tile(np.clip(800.0 * np.sin((DAY - 24) * np.pi / 48), 0.0, None), (12, 1)),
)
NOON_NS = (START_NS // (96 * SLOT_NS)) * 96 * SLOT_NS + 48 * SLOT_NS


def test_the_profile_is_followed_from_what_is_measured(topology: Topology) -> None:
    load = groups(topology)
    assert load.rated_w.sum() == pytest.approx(sum(each.active_power_w for each in topology.network.loads))
    assert load.pv_w.sum() == pytest.approx(sum(each.rated_power_w for each in topology.network.generators))
    clouds = WeatherForecast(NOON_NS, {"irradiance_w_m2": (0.0,) * 96})
    expected_w = load.rated_w * SHAPES.load(NOON_NS)
    ahead = standard_forecast(SHAPES, load, NOON_NS, expected_w + 1e5, 8, clouds)
    later_w = load.rated_w * SHAPES.load(NOON_NS + 8 * SLOT_NS)
    assert ahead.mean_w[7] == pytest.approx(later_w + 1e5 * PERSISTENCE**8)
    assert (np.diff(ahead.deviation_w, axis=0) > 0).all()
    assert (ahead.deviation_w[7] < SPREAD_PU * (load.rated_w + load.pv_w)).all()
    sun = standard_forecast(SHAPES, load, NOON_NS, expected_w - load.pv_w, 8, None)
    assert sun.mean_w[7].sum() < ahead.mean_w[7].sum()


def test_a_unit_without_history_has_an_outlook_and_says_on_what(network: Network, topology: Topology) -> None:
    image = replace(Scene(network, Fdir(topology, Times())).image(), time_ns=NOON_NS)
    flow = present_flow(topology, image).flow
    limits = replace(network.limits, line_loading_pu=1.05 * float(flow.line_loading_pu().max()))
    tight = Topology(replace(network, limits=limits))
    app = Prevention(tight, PreventionSettings("advisory", model=PreventionModel(shapes=SHAPES)))
    result: dict[str, Any] = app.evaluate(image, app.initial()).results["Prevention"]  # type: ignore
    assert result["state"] != "no outlook"
    assert result["basis"].startswith("profiles of a test, spread assumed")
    worst = result["assets"][0]["probabilities"]
    assert worst[-1] > worst[0] > 0.0
