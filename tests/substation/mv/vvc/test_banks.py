"""Capacitor banks over images of the example grid: what is switched, and what holds a bank back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from models.network.elements import CapacitorBank, Network
from models.quality import Quality
from substation.application import Decision
from substation.grid.topology import Topology
from substation.image import Mode
from substation.mv.vvc.settings import VvcSettings
from substation.mv.vvc.state import VvcState
from substation.tags import Tag, TagKind
from tests.substation.mv.scene import START_NS
from tests.substation.mv.vvc.regulated import Regulated, words

BANK, STEPS, CHARGE = "OBR1/K1/E09/C1", "ARCO1.TapChg", "ARCO1.DschBlk"
SETTINGS = VvcSettings(Mode.AUTOMATIC, least_saving_w=50.0, horizon_s=900.0, bank_step_wh=0.0)


@pytest.fixture(scope="module")
def banked(network: Network) -> Topology:
    bank = CapacitorBank(BANK, "OBR1/K1/BB1/N1", 500e3, 4)
    return Topology(replace(network, capacitors=(bank,)))


def scene(banked: Topology, settings: VvcSettings = SETTINGS, steps: int = 0) -> Regulated:
    regulated = Regulated(banked, settings=settings)
    regulated.put(BANK, STEPS, steps)
    regulated.put(BANK, "ARCO1.Auto", False)
    regulated.put(BANK, CHARGE, False)
    return regulated


def given(decision: Decision[VvcState]) -> list[bool]:
    """Steps of the bank: True in, False out."""
    return [each.up for each in decision.steps if each.point.location == BANK]


def test_its_steps_are_those_that_enumeration_with_another_power_flow_finds(banked: Topology) -> None:
    regulated = scene(banked, replace(SETTINGS, least_saving_w=0.0))
    for name in regulated.taps:
        regulated.put(name, "ATCC1.Auto", False)
    decision = regulated.look()
    losses = []
    for steps in range(5):
        regulated.put(BANK, STEPS, steps)
        losses.append(regulated.flow(regulated.taps).losses_w)
    best = losses.index(min(losses))
    assert best > 0
    assert given(decision) == [True] * best, words(decision)


def test_a_bank_too_many_is_switched_off(banked: Topology) -> None:
    regulated = Regulated(banked, scale=0.02, settings=SETTINGS)
    regulated.put(BANK, STEPS, 4)
    regulated.put(BANK, "ARCO1.Auto", False)
    regulated.put(BANK, CHARGE, False)
    assert given(regulated.look()) == [False] * 4


def _tagged(regulated: Regulated) -> None:
    regulated.scene.tags = (Tag("1", TagKind.DO_NOT_OPERATE, "OBR1/K1/E09", "Ada", START_NS),)


HOLDING: list[tuple[Callable[[Regulated], None], str]] = [
    (lambda it: it.put(BANK, "ARCO1.Auto", True), "its own controller holds it"),
    (lambda it: it.put(BANK, STEPS, 0, Quality.INVALID), "ARCO1.TapChg is not valid"),
    (lambda it: it.put(BANK, CHARGE, False, Quality.INVALID), "ARCO1.DschBlk is not valid"),
    (_tagged, "tagged 'do not operate'"),
]


@pytest.mark.parametrize(("spoil", "why"), HOLDING)
def test_it_is_left_alone(banked: Topology, spoil: Callable[[Regulated], None], why: str) -> None:
    regulated = scene(banked)
    spoil(regulated)
    decision = regulated.look()
    assert given(decision) == []
    assert why in words(decision)


def test_a_bank_that_is_discharging_goes_no_higher(banked: Topology) -> None:
    regulated = scene(banked)
    regulated.put(BANK, CHARGE, True)
    assert given(regulated.look()) == []


def test_what_was_seen_to_go_is_charged_whatever_the_device_says(banked: Topology) -> None:
    regulated = scene(banked, replace(SETTINGS, mode=Mode.MANUAL), 1)
    regulated.look()
    regulated.put(BANK, STEPS, 0)
    regulated.look(301.0)
    report = regulated.state.report
    assert isinstance(report, dict)
    assert not any(BANK in str(each) for each in report["set_points"])  # type: ignore[union-attr]
    regulated.look(601.0)
    report = regulated.state.report
    assert isinstance(report, dict)
    assert any(BANK in str(each) for each in report["set_points"])  # type: ignore[union-attr]


def test_switchings_of_a_day_are_counted_and_bound(banked: Topology) -> None:
    regulated = scene(banked, replace(SETTINGS, bank_switchings_per_day=2))
    assert given(regulated.look()) == [True, True]
    regulated.put(BANK, STEPS, 2)
    decision = regulated.look(301.0)
    assert given(decision) == []
    assert "2 switchings within a day (at most 2)" in words(decision)
    assert given(regulated.look(86_400.0)) != []


def test_back_and_forth_is_hunting(banked: Topology) -> None:
    regulated = scene(banked, replace(SETTINGS, bank_switchings_per_day=100))
    regulated.look()
    events = []
    for turn in range(6):
        regulated.put(BANK, STEPS, turn % 2)
        events += regulated.look(20.0).events
    assert "hunting" in regulated.state.of_bank(BANK).locked
    assert [each.location for each in events if "VVC.Release" in each.text] == [BANK]
    shown = regulated.look().results["VVC"]
    assert isinstance(shown, dict)
    (bank,) = shown["banks"]  # type: ignore[misc]
    assert (bank["bank"], bank["most_steps"], "hunting" in bank["locked"]) == (BANK, 4, True)


def test_a_step_that_was_not_carried_out_locks_it(banked: Topology) -> None:
    regulated = scene(banked)
    regulated.unmoved = {BANK: "raise: unknown"}
    decision = regulated.look()
    assert given(decision) == []
    assert regulated.state.of_bank(BANK).locked == "its last step was not carried out: raise: unknown"
