"""S11, S15: protection keeps working after a close: load, smallest fault, active group, ratings of the switch."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.network.elements import Network, SettingGroup
from models.point import PointName
from models.switching import AssumedLoad
from substation.control.rule_settings import RuleSettings
from tests.substation.control.asking import CONTEXT, FDIR, ORDER, PERSON
from tests.substation.control.rules.scenario import Scenario, each, one
from tests.substation.control.world import F2, NETWORK, NOW_NS, STATIONS, isolated

ACTIVE = PointName(F2, "LLN0.ActSG")
GROUPS = (SettingGroup(1, 5_000.0), SettingGroup(2, 400.0))
TWO_GROUPS = one(NETWORK, "feeders", F2, settings=GROUPS)


def _with_pickup(pickup_a: float) -> Network:
    return one(NETWORK, "feeders", F2, settings=(SettingGroup(1, pickup_a),))


def test_s15_a_transfer_within_reach_passes() -> None:
    assert Scenario(isolated()).refused(who=FDIR) == {}


@given(pickup_a=st.floats(1.0, 20_000.0))
@settings(max_examples=40, deadline=None)
def test_s15_pickup_lies_between_load_and_smallest_fault(pickup_a: float) -> None:
    """About 14 A of load come back; the smallest fault of the transferred ring is some kA."""
    refused = Scenario(isolated(), network=_with_pickup(pickup_a)).refused(who=FDIR)
    if 30.0 < pickup_a < 2_000.0:
        assert refused == {}
    if pickup_a < 10.0:
        assert "load that comes back" in refused["S15"]
    if pickup_a > 6_000.0:
        assert "two-phase fault" in refused["S15"]


@pytest.mark.parametrize("who", [FDIR, PERSON])
def test_s15_what_is_known_to_be_wrong_stops_people_too(who) -> None:  # noqa: ANN001
    assert "S15" in Scenario(isolated(), network=_with_pickup(9_000.0)).refused(who=who)


@pytest.mark.parametrize(
    ("network", "key"),
    [
        (each(NETWORK, "feeders", settings=()), "'settings'"),
        (each(NETWORK, "switches", type=""), "'type'"),
    ],
)
def test_s15_data_that_are_missing_keep_automation_from_closing(network: Network, key: str) -> None:
    assert key in Scenario(isolated(), network=network).refused(who=FDIR)["S15"]
    assert Scenario(isolated(), network=network).refused(who=PERSON) == {}


def test_s15_the_active_setting_group_counts_and_a_better_one_is_named() -> None:
    assert "no device tells" in Scenario(isolated(), network=TWO_GROUPS).refused(who=FDIR)["S15"]
    wrong = Scenario(isolated(), network=TWO_GROUPS, extra={ACTIVE: 1})
    assert "setting group 2 and see it confirmed first" in wrong.refused(who=FDIR)["S15"]
    assert Scenario(isolated(), network=TWO_GROUPS, extra={ACTIVE: 2}).refused(who=FDIR) == {}
    assert "settings are not known" in Scenario(isolated(), network=TWO_GROUPS, extra={ACTIVE: 3}).refused()["S15"]


@pytest.mark.parametrize("state", ["bad", "absent"])
def test_s15_an_active_group_that_cannot_be_read_is_no(state: str) -> None:
    for network in (TWO_GROUPS, NETWORK):
        scenario = Scenario(isolated(), network=network, extra={ACTIVE: 2 if network is TWO_GROUPS else 1})
        setattr(scenario, state, frozenset({ACTIVE}))
        assert "not known" in scenario.refused(who=FDIR)["S15"]


@pytest.mark.parametrize("rating", ["making_current_a", "withstand_current_a"])
@pytest.mark.parametrize("who", [FDIR, PERSON])
def test_s15_the_switch_makes_and_withstands_the_greatest_fault(rating: str, who) -> None:  # noqa: ANN001
    weak = each(NETWORK, "switch_types", **{rating: 100.0})
    assert "a fault there gives" in Scenario(isolated(), network=weak).refused(who=who)["S15"]


def _loads(power_w: float) -> tuple[AssumedLoad, ...]:
    return tuple(AssumedLoad(f"{name}/T1", power_w, 0.0) for name in STATIONS)


def test_s11_after_a_long_outage_more_load_comes_back() -> None:
    cold = replace(RuleSettings().restoring, cold_load_pu=2.0, cold_load_after_s=600.0)
    rules = replace(RuleSettings(), restoring=cold)
    network = _with_pickup(400.0)
    long_ago = replace(ORDER, created_ns=NOW_NS - 700 * 10**9, loads=_loads(4_000_000.0))
    just_now = replace(long_ago, created_ns=NOW_NS - 500 * 10**9)
    warm = Scenario(isolated(), network, rules).refused(who=FDIR, context=replace(CONTEXT, order=just_now))
    assert warm == {}
    cold_refused = Scenario(isolated(), network, rules).refused(who=FDIR, context=replace(CONTEXT, order=long_ago))
    assert {"S15", "S16"} <= cold_refused.keys()
