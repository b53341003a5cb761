"""Prevention over images of the example grid: what it warns of, how early, and when it says nothing."""

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
from substation.mv.present_flow import present_flow
from substation.mv.prevention.application import Prevention
from substation.mv.prevention.groups import groups
from substation.mv.prevention.settings import PreventionSettings, read_prevention
from substation.mv.prevention.state import PreventionState
from tests.substation.mv.scene import START_NS, Scene, Times

SETTINGS = PreventionSettings(mode="advisory", horizon_s=7200.0)
NOW = START_NS // SLOT_NS
PEAK = NOW + 6
"""Every day, an hour and a half from now, everything draws half as much again."""


@pytest.fixture
def quiet(network: Network, topology: Topology) -> Scene:
    return Scene(network, Fdir(topology, Times()))


@pytest.fixture(scope="module")
def limited(network: Network, topology: Topology) -> Topology:
    """Line limits that the present load keeps and the peak does not."""
    flow = present_flow(topology, Scene(network, Fdir(topology, Times())).image()).flow
    limit = 1.25 * float(flow.line_loading_pu().max())
    return Topology(replace(network, limits=replace(network.limits, line_loading_pu=limit)))


def taught(topology: Topology, quiet: Scene, peak: float) -> PreventionState:
    load, random = groups(topology), np.random.default_rng(1)
    usual_w = load.powers_w(present_flow(topology, quiet.image()).power_va)
    records = []
    for slot in range(NOW - 3 * 7 * 96, NOW):
        scale = (peak if (slot - PEAK) % 96 < 4 else 1.0) * (1 + 0.02 * random.standard_normal(len(usual_w)))
        records.append((slot, tuple(round(float(each)) for each in usual_w * scale)))
    return PreventionState(load.names, tuple(records))


def test_it_warns_ahead_of_the_peak_and_asks_opf(limited: Topology, quiet: Scene) -> None:
    app, state = Prevention(limited, SETTINGS), taught(limited, quiet, 1.5)
    first = app.evaluate(quiet.image(), state)
    result: dict[str, list[dict[str, list[float]]]] = first.results["Prevention"]  # type: ignore
    assert result["state"] == "overload probable", result
    assert first.state.warned
    assert "is probable: " in first.events[0].text
    assert "in 1.5 h" in first.events[0].text
    probabilities = result["assets"][0]["probabilities"]
    assert max(probabilities[:5]) < 0.05
    assert min(probabilities[5:]) > 0.9
    assert first.state.asks.startswith(f"overload of {first.state.warned[0]}")
    assert app.evaluate(quiet.image(), first.state).events == ()
    assert app.load(app.dump(first.state)) == first.state
    calm = replace(first.state, history=taught(limited, quiet, 1.0).history)
    last = app.evaluate(quiet.image(), calm)
    assert last.state.warned == ()
    assert last.state.asks == ""
    assert "no longer" in last.events[0].text


def test_no_history_no_outlook_but_it_learns(topology: Topology, quiet: Scene) -> None:
    app = Prevention(topology, SETTINGS)
    decision = app.evaluate(quiet.image(), app.initial())
    assert "two weeks" in decision.results["Prevention"]["reasons"][0]  # type: ignore
    assert [slot for slot, _ in decision.state.history] == [NOW]


@pytest.mark.parametrize("what", ["dark", "fault", "unknown", "doubt"])
def test_what_is_not_normal(network: Network, limited: Topology, quiet: Scene, what: str) -> None:
    app, state = Prevention(limited, SETTINGS), replace(taught(limited, quiet, 1.5), warned=(network.lines[0].id,))
    if what == "dark":
        quiet.position(network.feeders[0].breaker, Dbpos.OFF)
    elif what == "doubt":
        quiet.position(network.feeders[0].breaker, Dbpos.INTERMEDIATE)
    elif what == "unknown":
        for load in network.loads[:40]:
            quiet.remove(load.id, "MMXU1.TotW")
    decision = app.evaluate(replace(quiet.image(), faults=("a fault",) if what == "fault" else ()), state)
    assert decision.state.history == state.history
    outlook = decision.results["Prevention"]["state"] == "overload probable"  # type: ignore
    assert outlook == (what == "fault")
    assert outlook != any("no outlook, warnings end" in event.text for event in decision.events)


def test_another_network_begins_anew(topology: Topology, quiet: Scene) -> None:
    app = Prevention(topology, SETTINGS)
    other = app.load(app.dump(PreventionState(("X",), ((1, (2,)),))))
    assert app.evaluate(quiet.image(), other) == app.evaluate(quiet.image(), app.initial())
    broken = {"version": 1, "groups": ["X"], "history": [[1]], "warned": []}
    for plain in (None, {}, broken):
        with pytest.raises(ValueError, match="stored"):
            app.load(plain)  # type: ignore


def test_settings() -> None:
    def read(text: str) -> PreventionSettings:
        return read_prevention(read_toml(f"schema = 1\n{text}", "unit.toml"))

    assert read("") == PreventionSettings()
    assert not read("").is_on
    for line in ('mode = "automatic"', "probability = 0", "else = 1"):
        with pytest.raises(ConfigError, match="unit.toml"):
            read(line)
