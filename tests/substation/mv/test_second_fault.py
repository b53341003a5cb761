"""A trip right after a close tells where a hidden second fault lies, and nothing else is concluded from later trips."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.point import Dbpos
from models.switching import OrderState, StepState
from substation.mv.second_fault import dump_second, load_second
from tests.substation.mv.scene import SECOND, Scene

FAULT, FEEDER = "L163/W163", "OBR1/K1/E03"


def _closing(scene: Scene, ago_s: float) -> str:
    """An order whose first close has been confirmed so long ago; the closed switch."""
    scene.fault(FAULT)
    order = scene.settle()
    assert order is not None
    scene.take(order)
    scene.step(0.5)
    close = next(step for step in order.steps if step.position is Dbpos.ON)
    for step in order.steps[: close.number]:
        if step.position is not None:
            scene.position(step.element, step.position)
        done = replace(step, state=StepState.CONFIRMED, confirmed_ns=scene.time_ns)
        scene.orders[order.id] = scene.orders[order.id].with_step(done)
    scene.time_ns += round(ago_s * SECOND)
    return close.element


def _trip(scene: Scene, switch: str) -> dict:
    feeders = {feeder.breaker: feeder.id for feeder in scene.network.feeders}
    donor = feeders.get(switch) or next(each for each in scene.state.cases[-1].leases if each in feeders.values())
    scene.put(donor, "PTOC1.Str", True)
    scene.step(0.05)
    return next(each for each in scene.decisions[-1].results["Cases"]["cases"] if each["order"])


def test_the_part_that_the_close_energised_is_faulted_and_nobody_feeds_it(scene: Scene) -> None:
    switch = _closing(scene, 0.3)
    case = _trip(scene, switch)
    assert case["state"] == "handed over to people"
    assert f"a second fault lies in what closing {switch} has energised" in case["reason"]
    part = case["second_fault"]["part"]
    assert part
    assert FAULT not in part
    held = next(each for each in scene.state.cases if each.order)
    assert set(held.second.part) == set(part)
    assert set(scene.fdir._faulted([held])) >= {scene.fdir._topology.zone_of(each) for each in part}  # noqa: SLF001


def test_indications_of_the_second_trip_tell_the_section(scene: Scene) -> None:
    switch = _closing(scene, 0.3)
    part = _trip(scene, switch)["second_fault"]["part"]
    for _ in range(4):
        scene.step(1.0)
    case = next(each for each in scene.decisions[-1].results["Cases"]["cases"] if each["order"])
    assert set(case["second_fault"]["place"]) < set(part), "no indicator is set: it lies before the first of them"
    assert any("the second fault lies in" in each for each in scene.events)


def test_a_trip_long_after_a_close_is_not_held_for_its_consequence(scene: Scene) -> None:
    case = _trip(scene, _closing(scene, 30.0))
    assert case["state"] == "handed over to people"
    assert "second_fault" not in case


def test_stored_and_read_again(scene: Scene) -> None:
    switch = _closing(scene, 0.3)
    _trip(scene, switch)
    found = next(each for each in scene.state.cases if each.order).second
    assert load_second(dump_second(found)) == found
    assert not load_second(None)
    with pytest.raises(ValueError, match="not readable"):
        load_second(["ST1"])


def test_the_order_is_stopped(scene: Scene) -> None:
    switch = _closing(scene, 0.3)
    _trip(scene, switch)
    assert scene.decisions[-1].abort
    assert all(order.state is OrderState.EXECUTING for order in scene.orders.values())
