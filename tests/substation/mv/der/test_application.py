"""DERPF over images of the example grid: filtering, sums, offers, and the limits that generators exceed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.config import read_toml
from models.errors import ConfigError
from models.network.elements import Generator, Network
from models.quality import Quality
from substation.grid.limits import violations
from substation.grid.topology import Topology
from substation.mv.demand import consumption
from substation.mv.der.application import DerPowerFlows
from substation.mv.der.availability import offer
from substation.mv.der.filtering import Filtered
from substation.mv.der.settings import DerSettings, read_der
from substation.mv.der.state import DerState
from substation.mv.fdir import Fdir
from substation.mv.present_flow import present_flow
from substation.tags import Tag, TagKind
from tests.substation.mv.scene import START_NS, Scene, Times, bay

SETTINGS = DerSettings(mode="advisory", smoothing_s=0.0)


@pytest.fixture
def quiet(network: Network, topology: Topology) -> Scene:
    scene = Scene(network, Fdir(topology, Times()))
    for generator in network.generators:
        produce(scene, generator, 0.5)
    return scene


def produce(scene: Scene, generator: Generator, share: float, quality: Quality = Quality.GOOD) -> None:
    scene.put(bay(generator.id), "MMXU1.TotW", share * generator.rated_power_w, quality)


def after(app: DerPowerFlows, scene: Scene, state: DerState, times: int = 1) -> DerState:
    for _ in range(times):
        state = app.evaluate(scene.image(), state).state
    return state


def test_an_outlier_does_not_pass_and_a_step_does(topology: Topology, quiet: Scene) -> None:
    app, generator = DerPowerFlows(topology, SETTINGS), topology.network.generators[0]
    settled = after(app, quiet, app.initial(), 5)
    assert settled.produced_w[generator.id] == pytest.approx(0.5 * generator.rated_power_w, abs=0.1)
    produce(quiet, generator, 0.9)
    once = after(app, quiet, settled)
    assert once.produced_w == settled.produced_w
    assert next(each for each in once.generators if each.id == generator.id).outlier
    stepped = after(app, quiet, once, 2)
    assert stepped.produced_w[generator.id] == pytest.approx(0.9 * generator.rated_power_w, abs=0.1)
    assert app.load(app.dump(stepped)) == stepped


def test_smoothing_takes_its_time(topology: Topology, quiet: Scene) -> None:
    app = DerPowerFlows(topology, replace(SETTINGS, smoothing_s=60.0))
    generator, state = topology.network.generators[0], after(app, quiet, app.initial(), 5)
    produce(quiet, generator, 0.0)
    passed = after(app, quiet, state, 3)
    expected = 0.5 * generator.rated_power_w * np.exp(-15.0 / 60.0)
    assert passed.produced_w[generator.id] == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(
    ("share", "quality", "age_s", "why"),
    [
        (1.5, Quality.GOOD, 0, "not plausible"),
        (-0.2, Quality.GOOD, 0, "not plausible"),
        (float("nan"), Quality.GOOD, 0, "no number"),
        (0.5, Quality.INVALID, 0, "not valid"),
        (0.5, Quality.GOOD, 1000, "older than"),
    ],
)
def test_what_cannot_be_used(
    topology: Topology, quiet: Scene, share: float, quality: Quality, age_s: int, why: str
) -> None:
    app, generator = DerPowerFlows(topology, SETTINGS), topology.network.generators[0]
    produce(quiet, generator, share, quality)
    quiet.time_ns += age_s * 1_000_000_000
    found = next(each for each in after(app, quiet, app.initial()).generators if each.id == generator.id)
    assert found.power_w is None
    assert why in found.why
    total = app.evaluate(quiet.image(), app.initial()).results["DERPF"]["totals"]["all"]  # type: ignore
    assert total["unknown_w"] >= generator.rated_power_w  # type: ignore


def test_sums_of_transformers_are_those_of_the_unit(network: Network, topology: Topology, quiet: Scene) -> None:
    app = DerPowerFlows(topology, SETTINGS)
    sums: dict[str, dict[str, float]] = app.evaluate(quiet.image(), app.initial()).results["DERPF"]["totals"]  # type: ignore
    half_w = 0.5 * sum(each.rated_power_w for each in network.generators)
    assert sums["all"]["power_w"] == pytest.approx(half_w, rel=1e-6)
    assert sums["all"]["down_w"] == pytest.approx(half_w, rel=1e-6)
    assert sums["all"]["up_w"] == 0.0
    transformers = [sums[each.id]["power_w"] for each in network.transformers if each.id in sums]
    assert sum(transformers) == pytest.approx(half_w, rel=1e-6)
    feeders = [sums[each.id]["power_w"] for each in network.feeders if each.id in sums and not each.within]
    assert sum(feeders) == pytest.approx(half_w, rel=1e-6)


@pytest.mark.parametrize(("kind", "up", "down"), [("pv", 0.0, 0.5), ("battery", 0.5, 1.5), ("chp", 0.5, 0.5)])
def test_offers_by_kind(topology: Topology, quiet: Scene, kind: str, up: float, down: float) -> None:
    generator = replace(topology.network.generators[0], kind=kind)
    rated_w = generator.rated_power_w
    found = offer(quiet.image(), topology.normal_tree, generator, Filtered(generator.id, 0.5 * rated_w), SETTINGS)
    assert (found.up_w, found.down_w) == pytest.approx((up * rated_w, down * rated_w))
    assert found.var == pytest.approx(rated_w * np.tan(np.arccos(0.95)))


def test_no_offer_where_it_cannot_be_reached(topology: Topology, quiet: Scene) -> None:
    generator = topology.network.generators[0]
    measured, station = Filtered(generator.id, 1.0), generator.id.partition("/")[0]
    quiet.put(station, "LLN0.Loc", True)
    assert "local" in offer(quiet.image(), topology.normal_tree, generator, measured, SETTINGS).why
    quiet.put(station, "LLN0.Loc", False)
    assert offer(quiet.image(), topology.normal_tree, generator, measured, SETTINGS).why == ""
    quiet.tags = (Tag(1, TagKind.WORK_PERMIT, bay(generator.id), "somebody", START_NS),)
    assert "tagged" in offer(quiet.image(), topology.normal_tree, generator, measured, SETTINGS).why


def test_what_generation_causes_is_told_once(network: Network, topology: Topology, quiet: Scene) -> None:
    for load in network.loads:
        quiet.put(load.id, "MMXU1.TotW", 0.0)
        quiet.put(load.id, "MMXU1.TotVAr", 0.0)
    high = float(present_flow(topology, quiet.image()).flow.voltage_pu().max())
    tight = replace(network, limits=replace(network.limits, voltage_max_pu=high - 1e-4))
    limited = Topology(tight)
    app = DerPowerFlows(limited, replace(SETTINGS, reverse_pu=0.01))
    decision = app.evaluate(quiet.image(), app.initial())
    found: dict[str, list[str]] = decision.results["DERPF"]["effects"]  # type: ignore
    without = replace(quiet.image(), produced=dict.fromkeys((each.id for each in network.generators), 0.0))
    exceeded = {each.element for each in violations(present_flow(limited, quiet.image()).flow)}
    exceeded -= {each.element for each in violations(present_flow(limited, without).flow)}
    assert exceeded
    assert len(found["caused"]) == min(len(exceeded), 20)
    assert found["rise_pu"] > 0.0  # type: ignore
    assert found["reverse"]
    assert len(decision.events) == len(exceeded) + len(found["reverse"])
    again = app.evaluate(quiet.image(), decision.state)
    assert again.events == ()
    for generator in network.generators:
        produce(quiet, generator, 0.0)
    over = after(app, quiet, again.state, 2)
    last = app.evaluate(quiet.image(), over)
    assert all("no longer" in event.text for event in last.events)
    assert last.state.told == ()


def test_others_calculate_with_the_filtered_production(topology: Topology, quiet: Scene) -> None:
    generator = topology.network.generators[0]
    dark = np.zeros(topology.arrays.nodes, dtype=np.bool_)
    raw, _ = consumption(topology, quiet.image(), dark, ())
    given, _ = consumption(topology, replace(quiet.image(), produced={generator.id: 0.0}), dark, ())
    moved = (given - raw).real
    assert moved[topology.arrays.node_index[generator.node]] == pytest.approx(0.5 * generator.rated_power_w)
    assert np.count_nonzero(moved) == 1


def test_settings_and_states_of_another_version() -> None:
    def read(text: str) -> DerSettings:
        return read_der(read_toml(f"schema = 1\n{text}", "unit.toml"))

    assert read("") == DerSettings()
    assert not read("").is_on
    for line in ('mode = "automatic"', "plausible_pu = 0.5", "else = 1"):
        with pytest.raises(ConfigError, match="unit.toml"):
            read(line)
    for broken in (None, {}, {"version": 1, "generators": [{"recent": 1}], "told": []}):
        with pytest.raises(ValueError, match="stored"):
            DerPowerFlows.load(None, broken)  # type: ignore
