"""Losses over images of the example grid: per asset, against what its history taught, and what OPF is asked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.config import read_toml
from models.errors import ConfigError
from models.network.elements import Network
from models.point import Dbpos
from substation.forecast.weekly_profile import SLOT_NS
from substation.grid.topology import Topology
from substation.mv.fdir import Fdir
from substation.mv.losses.application import Losses
from substation.mv.losses.expected import expectation, recorded
from substation.mv.losses.settings import LossSettings, read_losses
from substation.mv.losses.state import LossState
from substation.mv.losses.usual import LEARNED_SLOTS, Usual, asset_bound, learned, load_usual
from tests.substation.mv.scene import START_NS, Scene, Times

SETTINGS = LossSettings(mode="advisory", for_s=600.0)
FIRST = START_NS // SLOT_NS - 3 * 7 * 96


@pytest.fixture
def quiet(network: Network, topology: Topology) -> Scene:
    return Scene(network, Fdir(topology, Times()))


def taught(loss_w: int, slots: int = 3 * 7 * 96) -> LossState:
    """Weeks of a small spread around one value."""
    return LossState(tuple((FIRST + each, loss_w + 100 * (each % 3), 1_000_000) for each in range(slots)))


def shown(losses: Losses, quiet: Scene, state: LossState) -> dict[str, object]:
    return losses.evaluate(quiet.image(), state).results["Losses"]  # type: ignore


def test_assets_add_up_to_what_is_lost(topology: Topology, quiet: Scene) -> None:
    found = shown(Losses(topology, SETTINGS), quiet, LossState())
    assets: list[dict[str, float]] = found["assets"]  # type: ignore
    assert sum(each["load_w"] + each["no_load_w"] for each in assets) == pytest.approx(found["loss_w"], rel=1e-3)
    assert sum(each["no_load_w"] for each in assets) == pytest.approx(found["no_load_w"], rel=1e-3)
    assert found["state"] == "learns"
    assert assets[0]["load_w"] >= assets[20]["load_w"] > 0


def test_above_for_long_enough_asks_opf_once_and_lets_go(topology: Topology, quiet: Scene) -> None:
    losses = Losses(topology, SETTINGS)
    present_w = float(shown(losses, quiet, LossState())["loss_w"])  # type: ignore
    first = losses.evaluate(quiet.image(), taught(round(present_w / 2)))
    assert first.results["Losses"]["state"] == "above expectation"  # type: ignore
    assert first.state.asks == ""
    assert first.events == ()
    quiet.time_ns += 601_000_000_000
    second = losses.evaluate(quiet.image(), first.state)
    assert "were expected" in second.state.asks
    assert [event.text for event in second.events] == [second.state.asks]
    assert losses.evaluate(quiet.image(), second.state).events == ()
    assert losses.load(losses.dump(second.state)) == second.state
    less = Scene(quiet.network, quiet.fdir, scale=0.3, time_ns=quiet.time_ns)
    assert losses.evaluate(less.image(), second.state).state.asks == ""


def test_as_expected_within_its_spread(topology: Topology, quiet: Scene) -> None:
    losses = Losses(topology, SETTINGS)
    present_w = float(shown(losses, quiet, LossState())["loss_w"])  # type: ignore
    assert shown(losses, quiet, taught(round(present_w)))["state"] == "as expected"


@pytest.mark.parametrize("unknown", [False, True])
def test_what_is_not_normal_teaches_nothing(network: Network, topology: Topology, quiet: Scene, unknown: bool) -> None:
    losses, state = Losses(topology, SETTINGS), taught(1000)
    if unknown:
        for load in network.loads[:40]:
            quiet.remove(load.id, "MMXU1.TotW")
    image = quiet.image() if unknown else replace(quiet.image(), faults=("a fault",))
    decision = losses.evaluate(image, state)
    assert decision.results["Losses"]["state"] == "not judged"  # type: ignore
    assert decision.state.history == state.history
    assert decision.results["Losses"]["loss_w"] > 0  # type: ignore


def test_a_doubtful_position_leaves_nothing_to_calculate(network: Network, topology: Topology, quiet: Scene) -> None:
    quiet.position(network.switches[0].id, Dbpos.INTERMEDIATE)
    found = shown(Losses(topology, SETTINGS), quiet, LossState())
    assert "loss_w" not in found
    assert "S14" in found["reasons"][0]  # type: ignore


def test_an_event_of_hours_does_not_move_the_expectation() -> None:
    history = taught(50_000).history
    wild = (*history[:1900], *((slot, 500_000, load) for slot, _, load in history[1900:1904]), *history[1904:])
    slot = FIRST + len(history)
    told, wildly = expectation(history, slot), expectation(wild, slot)
    assert told is not None
    assert wildly is not None
    assert wildly.loss_w == pytest.approx(told.loss_w, rel=0.01)
    assert expectation(history[:500], slot) is None
    assert recorded(history, slot - 1, 1.0, 1.0) == history


def test_state_of_another_version() -> None:
    for broken in (None, {}, {"version": 1, "history": [[1]], "judged": 0, "above_ns": 0, "asks": ""}):
        with pytest.raises(ValueError, match="stored"):
            Losses.load(None, broken)  # type: ignore


def test_settings() -> None:
    def read(text: str) -> LossSettings:
        return read_losses(read_toml(f"schema = 1\n{text}", "unit.toml"))

    assert read("") == LossSettings()
    assert not read("").is_on
    assert read('mode = "advisory"\nfor_s = 60') == LossSettings(mode="advisory", for_s=60.0)
    for line in ('mode = "automatic"', "period_s = 0", "else = 1"):
        with pytest.raises(ConfigError, match="unit.toml"):
            read(line)


def test_an_asset_that_carries_more_than_usual_of_the_load_is_marked(topology: Topology, quiet: Scene) -> None:
    losses = Losses(topology, SETTINGS)
    first = losses.evaluate(quiet.image(), LossState()).state.usual
    assert first.count == 1
    assets: list[dict[str, object]] = shown(losses, quiet, LossState(usual=first))["assets"]  # type: ignore
    assert all("expected_w" not in each for each in assets)  # nothing before two weeks are known
    known = replace(first, count=LEARNED_SLOTS)
    usual: list[dict[str, object]] = shown(losses, quiet, LossState(usual=known))["assets"]  # type: ignore
    assert not any(each["above"] for each in usual)
    marked = str(usual[4]["asset"])
    names = [*(line.id for line in quiet.network.lines), *(each.id for each in quiet.network.transformers)]
    halved = list(known.mean)
    halved[names.index(marked)] /= 2.0
    found: list[dict[str, float]] = shown(losses, quiet, LossState(usual=replace(known, mean=tuple(halved))))["assets"]  # type: ignore
    assert [each["asset"] for each in found if each["above"]] == [marked]
    assert found[4]["expected_w"] < found[4]["bound_w"] < found[4]["load_w"] + found[4]["no_load_w"]


def test_usual_losses_follow_the_square_of_the_load_and_forget() -> None:
    usual = Usual()
    for slot in range(1, LEARNED_SLOTS + 1):
        load_w = 1e6 * (1.0 + 0.5 * (slot % 3))
        usual = learned(usual, slot, np.array([2e-9, 0.0]) * load_w**2, load_w)
    assert learned(usual, LEARNED_SLOTS, np.array([1.0, 1.0]), 1e6) == usual  # once in a quarter hour
    assert learned(usual, LEARNED_SLOTS + 1, np.array([1.0, 1.0]), -1e6) == usual  # fed back: nothing to compare with
    bound = asset_bound(usual, 2, 3e6, 0.1, 3.0)
    assert bound is not None
    assert bound.expected_w == pytest.approx([18e3, 0.0], rel=1e-6)
    assert bound.bound_w == pytest.approx([19.8e3, 50.0], rel=1e-6)
    assert asset_bound(usual, 3, 3e6, 0.1, 3.0) is None
    assert learned(usual, LEARNED_SLOTS + 1, np.zeros(3), 1e6).count == 1
    assert load_usual(None) == Usual()
    for broken in (3, {"slot": 1, "count": 1, "mean": [1.0], "variance": []}):
        with pytest.raises(ValueError, match="stored"):
            load_usual(broken)  # type: ignore[arg-type]
