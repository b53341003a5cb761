"""Overload probabilities: linear propagation against Monte Carlo through the sweep, and what forecasts are worth."""

from __future__ import annotations

from datetime import UTC

import numpy as np
import pytest

from models.network.elements import Network
from substation.forecast.score import score, split_by_time
from substation.forecast.weekly_profile import SLOT_NS, WeeklyProfile, learn, slot_of
from substation.grid.sweep import solve
from substation.grid.topology import Topology
from substation.mv.fdir import Fdir
from substation.mv.present_flow import PresentFlow, present_flow
from substation.mv.prevention.forecast import Forecast, forecast, recorded
from substation.mv.prevention.groups import groups
from substation.mv.prevention.outlook import exceeding, outlook
from tests.substation.mv.scene import START_NS, Scene, Times

FIRST = START_NS // SLOT_NS - 4 * 7 * 96


@pytest.fixture(scope="module")
def now(network: Network, topology: Topology) -> PresentFlow:
    return present_flow(topology, Scene(network, Fdir(topology, Times())).image())


def test_groups_hold_every_load(network: Network, topology: Topology, now: PresentFlow) -> None:
    found = groups(topology)
    assert len(found.names) > 1
    assert set(found.names) <= {feeder.id for feeder in network.feeders}
    assert found.shares.real.sum(axis=1) == pytest.approx(1.0)
    assert found.powers_w(now.power_va).sum() == pytest.approx(now.power_va.real.sum())


def test_probabilities_are_those_of_monte_carlo(topology: Topology, now: PresentFlow) -> None:
    load = groups(topology)
    count = len(load.names)
    mean_w = 1.1 * load.powers_w(now.power_va)
    deviation_w = 0.1 * mean_w
    correlation = np.full((count, count), 0.4) + 0.6 * np.eye(count)
    ahead = Forecast(mean_w[np.newaxis], deviation_w[np.newaxis], correlation)
    found = outlook(topology, now, load, ahead)
    random = np.random.default_rng(3)
    errors = random.standard_normal((1500, count)) @ np.linalg.cholesky(correlation).T * deviation_w
    sampled = []
    for error in errors:
        power_va = now.power_va + (mean_w + error - load.powers_w(now.power_va)) @ load.shares
        flow = solve(topology, now.closed, power_va, now.taps)
        sampled.append(np.concatenate([flow.line_loading_pu(), flow.transformer_loading_pu()]))
    drawn = np.array(sampled)
    loaded = drawn.mean(axis=0) > 0.05
    assert found.mean_pu[0][loaded] == pytest.approx(drawn.mean(axis=0)[loaded], rel=0.02)
    assert found.deviation_pu[0][loaded] == pytest.approx(drawn.std(axis=0)[loaded], rel=0.12)
    for quantile in (0.5, 0.8, 0.95):
        limit = np.quantile(drawn, quantile, axis=0)
        said = exceeding(found.mean_pu[0], found.deviation_pu[0], limit)[loaded]
        assert said == pytest.approx(1 - quantile, abs=0.05)


def test_without_spread_it_is_certain() -> None:
    found = exceeding(np.array([1.1, 0.9]), np.zeros(2), np.ones(2))
    assert found.tolist() == [1.0, 0.0]


def test_errors_of_the_same_weather_are_correlated() -> None:
    random = np.random.default_rng(2)
    common, own = random.normal(0, 5e4, 2688), random.normal(0, 1e4, (2688, 3))
    values = np.stack([1e6 + common + own[:, 0], 2e6 + common + own[:, 1], 1e6 + 5 * own[:, 2]], axis=1)
    history = tuple((FIRST + number, tuple(int(each) for each in row)) for number, row in enumerate(values))
    found = forecast(history, START_NS, values[-1], 4)
    assert found.correlation[0, 1] == pytest.approx(0.96, abs=0.03)
    assert found.correlation[0, 2] == pytest.approx(0.0, abs=0.1)
    assert recorded(history, FIRST, values[0]) == history


def test_forecasts_of_overload_beat_climatology_and_mean_what_they_say() -> None:
    """Judged on the last weeks alone; climatology: how often it happened at that time of the week before."""
    random = np.random.default_rng(11)
    times_ns = START_NS + np.arange(12 * 7 * 96, dtype=np.int64) * SLOT_NS
    slots = np.array([slot_of(int(each), UTC) for each in times_ns])
    load = 1.0 + 0.4 * np.sin(2 * np.pi * (slots % 96 - 40) / 96) - 0.2 * (slots // 96 > 0)
    noise = 0.0
    for number in range(len(load)):
        noise = 0.97 * noise + random.normal(0.0, 0.025)
        load[number] += noise
    limit = 1.4
    early, late = split_by_time(times_ns, 2 / 3)
    profile: WeeklyProfile = learn(times_ns[early], load[early], UTC, 8)
    past = load[early] > limit
    usual = np.array([past[slots[early] == slot].mean() for slot in range(288)])
    for lead in (1, 4, 8):
        at = late[:-8]
        told = [profile.forecast(int(times_ns[each]), float(load[each])) for each in at]
        mean, deviation = (np.array([each[part][lead - 1] for each in told]) for part in (0, 1))
        said = exceeding(mean, deviation, np.full(len(at), limit))
        found = score(said, usual[slots[at + lead]], (load[at + lead] > limit).astype(float))
        assert found.events > 50
        assert found.skill > 0.15
        assert found.calibration_error < 0.05
