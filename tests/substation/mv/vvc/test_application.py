"""Voltage control over images of the example grid: the set-points that it gives, when it gives none, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from models.network.elements import Network
from models.quality import Quality
from models.switching import Order, OrderKind, OrderState
from substation.grid.topology import Topology
from substation.image import Mode
from substation.mv.vvc.settings import VvcSettings
from substation.mv.vvc.state import VvcState
from substation.tags import Tag, TagKind
from tests.substation.mv.scene import START_NS
from tests.substation.mv.vvc.regulated import PHASES, SET_POINT, Regulated, words

T1, T2, BAY = "OBR1/T1", "OBR2/T1", "OBR1/K1/E01"
FREE = VvcSettings(Mode.AUTOMATIC, step_wh=0.0, least_saving_w=0.0, dead_band_pu=0.0, horizon_s=900.0)


@pytest.fixture
def low(topology: Topology) -> Regulated:
    """Four steps too low behind the first transformer: below 0.94 p.u. in the grid."""
    regulated = Regulated(topology)
    regulated.stand({**regulated.taps, T1: regulated.taps[T1] + 5})
    regulated.put(T1, SET_POINT, regulated.voltage_v(T1))
    return regulated


def test_it_finds_the_taps_that_enumeration_with_another_power_flow_finds(network: Network, topology: Topology) -> None:
    regulated = Regulated(topology, settings=FREE)
    decision = regulated.look()
    best = min(_tap_states(regulated, 4), key=lambda taps: _cost(network, topology, regulated, taps))
    kept = {name: regulated.taps[name] for name in regulated.taps if regulated.taps[name] == best[name]}
    given = {each.point.location: each.value for each in decision.set_points}
    assert set(given) == set(best) - set(kept), words(decision)
    assert given  # the file's taps are not the best ones
    regulated.stand(best)
    for name, volts in given.items():
        assert volts == pytest.approx(regulated.voltage_v(name), abs=15.0)
        assert f"tap {best[name]}" in next(each.why for each in decision.set_points if each.point.location == name)


def _tap_states(regulated: Regulated, reach: int) -> list[dict[str, int]]:
    limits = {each.id: (each.tap_min, each.tap_max) for each in regulated.topology.network.transformers}
    spans = [
        range(max(tap - reach, limits[name][0]), min(tap + reach, limits[name][1]) + 1)
        for name, tap in regulated.taps.items()
    ]
    return [dict(zip(regulated.taps, each, strict=True)) for each in product(*spans)]


def _cost(network: Network, topology: Topology, regulated: Regulated, taps: dict[str, int]) -> float:
    flow = regulated.flow(taps)
    voltage = flow.voltage_pu()[flow.tree.root_of >= 0]
    least, most = network.limits.voltage_min_pu + 0.04, network.limits.voltage_max_pu - 0.04
    beyond = float(np.maximum(least - voltage, 0).max() + np.maximum(voltage - most, 0).max())
    return flow.losses_w + 1e9 * beyond


def test_a_voltage_that_is_too_low_is_lifted(low: Regulated) -> None:
    decision = low.look()
    (wish,) = [each for each in decision.set_points if each.point.location == T1]
    assert wish.point.variable == SET_POINT
    assert wish.unit == "V"
    assert wish.value > low.voltage_v(T1) + 500.0
    assert "limits are exceeded" in wish.why
    assert "rejected: the voltage of bus" in words(decision)
    assert low.look().set_points == ()  # until its next schedule


def test_it_waits_until_the_regulator_has_followed_and_locks_one_that_does_not(low: Regulated) -> None:
    (wish,) = [each for each in low.look().set_points if each.point.location == T1]
    low.put(T1, SET_POINT, wish.value)
    waiting = low.look(299.0)
    assert (waiting.events, low.state.of(T1).locked) == ((), "")
    decision = low.look(2.0)
    assert not any(each.point.location == T1 for each in decision.set_points)
    assert low.state.of(T1).locked.startswith("its regulator does not follow")
    assert [each.location for each in decision.events if "VVC.Release" in each.text] == [T1]


def test_a_refused_set_point_is_no_reason_to_lock(low: Regulated) -> None:
    low.look()
    decision = low.look(400.0)
    assert low.state.of(T1).locked == ""
    assert any(each.point.location == T1 for each in decision.set_points)


def test_advisory_proposes_once_and_gives_nothing(topology: Topology) -> None:
    regulated = Regulated(topology, settings=VvcSettings(Mode.MANUAL))
    regulated.stand({**regulated.taps, T1: regulated.taps[T1] + 5})
    first, second = regulated.look(), regulated.look(301.0)
    assert (first.set_points, second.set_points) == ((), ())
    assert T1 in [each.location for each in first.events if "proposes" in each.text]
    assert second.events == ()
    report = second.results["VVC"]
    assert isinstance(report, dict)
    assert report["state"] == "advisory"
    assert report["set_points"]


def test_off_does_nothing(topology: Topology) -> None:
    regulated = Regulated(topology, settings=VvcSettings())
    decision = regulated.look()
    assert (decision.set_points, decision.state) == ((), VvcState(watched=decision.state.watched))


def _running(regulated: Regulated) -> None:
    steps = ()
    order = Order("O1", 1, OrderKind.MANUAL, "by hand", START_NS, OrderState.EXECUTING, steps)
    regulated.scene.orders["O1"] = order


def _fault(regulated: Regulated) -> None:
    regulated.faults = ("OBR1/K1/E03: tripped for good, indications arrive",)


def _tagged(regulated: Regulated) -> None:
    regulated.scene.tags = (Tag("1", TagKind.DO_NOT_OPERATE, T1, "Ada", START_NS),)


BLOCKING: list[tuple[Callable[[Regulated], None], str]] = [
    (_running, "order O1 is under way"),
    (_fault, "tripped for good"),
    (lambda it: it.put(T1, "ATCC1.Auto", False), "not in automatic"),
    (lambda it: it.put(T1, "ATCC1.LTCBlk", True), "blocked or faulty"),
    (lambda it: it.put(T1, "YLTC1.TapPos", it.taps[T1], Quality.INVALID), "OBR1/T1/YLTC1.TapPos is not valid"),
    (lambda it: it.put(T1, SET_POINT, 20_000.0, Quality.INVALID), "AVCO1.VolSpt is not valid"),
    (lambda it: it.put(BAY, PHASES[1], 20_000.0, Quality.INVALID), "phsBC is not valid"),
    (lambda it: [it.put(BAY, phase, 15_000.0) for phase in PHASES] and None, "under-voltage"),
    (_tagged, "tagged"),
]


@pytest.mark.parametrize(("spoil", "why"), BLOCKING)
def test_it_leaves_alone_what_it_must(low: Regulated, spoil: Callable[[Regulated], None], why: str) -> None:
    spoil(low)
    decision = low.look()
    assert not any(each.point.location == T1 for each in decision.set_points)
    assert why in words(decision)


def test_reverse_flow_is_left_alone(low: Regulated) -> None:
    for load in low.topology.network.loads:
        low.put(load.id, "MMXU1.TotW", -load.active_power_w)
    decision = low.look()
    assert decision.set_points == ()
    assert "flow back" in words(decision)


def test_too_much_unknown_load_is_doubt(low: Regulated) -> None:
    for load in low.topology.network.loads[::2]:
        low.put(load.id, "MMXU1.TotW", 0.0, Quality.INVALID)
    decision = low.look()
    assert decision.set_points == ()
    assert "of the load is not known" in words(decision)


def test_a_master_and_a_follower_that_are_apart_are_left_alone(topology: Topology) -> None:
    network = topology.network
    station = tuple(replace(each, id=f"OBR1/T{number}") for number, each in enumerate(network.transformers, 1))
    twins = Topology(replace(network, transformers=station, feeders=()))
    regulated = Regulated(twins)
    for each in station:
        regulated.put(each.id, "ATCC1.ParOp", True)
    regulated.stand({"OBR1/T1": -2, "OBR1/T2": 3})
    decision = regulated.look()
    assert decision.set_points == ()
    assert "in parallel operation with OBR1/T2, but at tap -2, that at 3" in words(decision)


def test_hunting_is_locked_until_a_person_releases_it(low: Regulated) -> None:
    tap = low.taps[T1]
    for turn in range(6):
        low.stand({**low.taps, T1: tap - 1 if turn % 2 else tap})
        decision = low.look()
        if low.state.of(T1).locked:
            break
    assert low.state.of(T1).locked == "hunting: 4 changes of direction within an hour"
    assert [each.location for each in decision.events if "locked" in each.text] == [T1]
    later = low.look(3601.0)
    assert not any(each.point.location == T1 for each in later.set_points)
    assert "is left alone: hunting" in words(later) or "is locked" in words(later)
    low.released = {T1: low.scene.time_ns}
    freed = low.look(400.0)
    assert low.state.of(T1).locked == ""
    assert any(each.point.location == T1 for each in freed.set_points), words(freed)


def test_no_more_set_points_than_allowed_within_an_hour(low: Regulated) -> None:
    given = 0
    for _ in range(10):
        decision = low.look(301.0)
        sent = [each for each in decision.set_points if each.point.location == T1]
        given += len(sent)
        if sent:  # somebody sets it back: the regulator has followed, and the next schedule wants it again
            low.put(T1, SET_POINT, low.voltage_v(T1))
    assert given == low.settings.set_points_per_hour
    assert "have been given within an hour" in words(decision)


def test_each_regulator_is_shown_with_what_it_is_told_and_why_it_is_left_alone(low: Regulated) -> None:
    low.put(T2, "ATCC1.Auto", False)
    shown = low.look().results["VVC"]
    assert isinstance(shown, dict)
    one, two = shown["regulators"]  # type: ignore[misc]
    assert (one["transformer"], one["mode"], one["locked"], one["why"]) == (T1, "automatic", "", "")
    assert one["proposed_v"] == pytest.approx(shown["set_points"][0]["value"])  # type: ignore[index,call-overload]
    assert one["least_v"] < one["nominal_v"] < one["greatest_v"]
    assert (two["transformer"], two["automatic"], two["proposed_v"]) == (T2, False, None)
    assert "not in automatic" in two["why"]
    later = low.look(1.0).results["VVC"]  # between two schedules
    assert isinstance(later, dict)
    assert later["regulators"][1]["why"] == two["why"]  # type: ignore[index,call-overload]
