"""Restoration prefers: switches that can be trusted, customers where they weigh, and tells what a crew could do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.config import Table
from models.errors import ConfigError
from models.network.elements import Network
from models.switching import Order
from substation.grid.topology import Topology
from substation.mv.fdir import Fdir
from substation.mv.preferences import Preferences, read_preferences
from substation.mv.settings import FdirSettings
from tests.substation.mv.scene import Scene, Times, oberrhein

FAULT = "L157/W157"


def planned(
    preferences: Preferences, share: float = 1.0, scale: float = 0.5, network: Network | None = None
) -> Order | None:
    network = network or oberrhein(share)
    scene = Scene(network, Fdir(Topology(network), Times(), FdirSettings(preferences=preferences)), scale=scale)
    scene.quiet()
    scene.fault(FAULT)
    return scene.settle()


def closed_ties(order: Order | None) -> set[str]:
    assert order is not None
    return {step.element for step in order.steps if step.text.endswith("to restore the part behind it")}


def test_op7_a_switch_that_is_listed_is_used_last() -> None:
    usual = planned(Preferences())
    ties = closed_ties(usual)
    assert usual is not None
    assert ties
    other = planned(Preferences(used_last=frozenset(ties)))
    assert other is not None
    assert other.restored_w == pytest.approx(usual.restored_w)
    assert not ties & closed_ties(other)
    assert any("is not used" in line and "unreliable" in line for line in other.explanation)


def test_op7_a_switch_that_nothing_replaces_is_used_although_it_is_listed() -> None:
    every = frozenset(node.station for node in oberrhein().nodes)
    order = planned(Preferences(used_last=every))
    usual = planned(Preferences())
    assert order is not None
    assert usual is not None
    assert order.restored_w == pytest.approx(usual.restored_w)
    assert any("is used although" in line for line in order.explanation)


def test_what_a_crew_could_feed_besides_is_told_and_not_commanded() -> None:
    order = planned(Preferences(), share=0.1, scale=0.4)
    assert order is not None
    lines = [line for line in order.explanation if line.startswith("with a crew ")]
    assert "on the spot open" in lines[0]
    manual = {switch.id for switch in oberrhein(0.1).switches if not switch.remote}
    assert not manual & {step.element for step in order.steps}


def test_overload_of_an_asset_lets_it_carry_more() -> None:
    network = oberrhein()
    usual = planned(Preferences(), scale=1.3)
    more = planned(Preferences(overloads={line.id: 1.3 for line in network.lines}), scale=1.3)
    assert usual is not None
    assert more is not None
    assert more.restored_w >= usual.restored_w


def test_a_critical_customer_is_fed_rather_than_others() -> None:
    network = oberrhein()
    dark = planned(Preferences(), scale=1.0)
    assert dark is not None
    station = dark.unrestored_reason.partition(" ")[0]
    assert dark.unrestored_reason.startswith(f"{station} healthy but not fed")
    loads = [replace(load, critical_customers=int(load.id.startswith(f"{station}/"))) for load in network.loads]
    weighed = replace(network, loads=tuple(loads))
    order = planned(Preferences(critical_customer_w=1e8), scale=1.0, network=weighed)
    assert order is not None
    assert station not in order.unrestored_reason
    assert order.restored_w <= dark.restored_w


def test_settings_are_read_strictly() -> None:
    assert read_preferences(Table({"most_openings": 3}, "unit.toml", [])).most_openings == 3
    with pytest.raises(ConfigError):
        read_preferences(Table({"most_openings": 9}, "unit.toml", []))
