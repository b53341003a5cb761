"""A case and its order: followed, aborted, locked out; several feeders; restart (SAFETY S6, S22)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.alarm import Severity
from models.network.elements import Network
from models.point import Dbpos
from models.switching import OrderState, Purpose
from substation.grid.topology import Topology
from substation.mv.fdir import Fdir
from substation.mv.state import FdirState, load_state
from substation.mv.watch import SETTLED_S
from tests.substation.mv.scene import SECOND, START_NS, Scene, Times

FAULT = "L163/W163"
OTHER = "L038/W038"


def finish(scene: Scene, order) -> None:
    """The field after every step of the order."""
    for step in order.steps:
        if isinstance(step.value, Dbpos):
            scene.position(step.element, step.value)
    scene.orders.clear()


def test_order_is_followed_to_its_end_and_back_to_normal(scene: Scene) -> None:
    feeder = scene.fault(FAULT)
    order = scene.settle()
    assert order is not None
    scene.take(order, OrderState.PROPOSED)
    scene.step(0.1)
    scene.take(order)
    scene.step(0.1)
    assert scene.case(feeder)["state"] == "order runs"
    finish(scene, order)
    scene.step(5)
    assert scene.case(feeder)["state"] == "fault isolated, order completed"
    for step in order.steps:
        if isinstance(step.value, Dbpos):
            switch = next(each for each in scene.network.switches if each.id == step.element)
            scene.position(switch.id, Dbpos.OFF if switch.normally_open else Dbpos.ON)
    scene.step(400)
    assert scene.decisions[-1].results == {"Cases": {"cases": []}}


def test_order_that_ends_early_is_handed_over(scene: Scene) -> None:
    feeder = scene.fault(FAULT)
    order = scene.settle()
    assert order is not None
    scene.take(order)
    scene.step(0.1)
    scene.orders.clear()
    scene.step(0.1)
    assert "ended before all its steps" in scene.case(feeder)["reason"]


def test_rejected_order_is_handed_over(scene: Scene) -> None:
    feeder = scene.fault(FAULT)
    order = scene.settle()
    assert order is not None
    scene.take(order, OrderState.PROPOSED)
    scene.step(0.1)
    scene.orders.clear()
    scene.step(0.1)
    assert "rejected or withdrawn" in scene.case(feeder)["reason"]


@pytest.mark.parametrize("bay", ["OBR1/K1/E03", "OBR2/K1/E03"])
@pytest.mark.parametrize("variable", ["PTOC1.Str", "PTRC1.Tr"])
def test_s6_pickup_or_trip_while_the_order_runs_aborts_and_locks_out(scene: Scene, bay: str, variable: str) -> None:
    feeder = scene.fault(FAULT)
    order = scene.settle()
    assert order is not None
    assert bay in order.feeders
    scene.take(order)
    scene.step(0.1)
    scene.time_ns += SECOND
    scene.put(bay, variable, True)
    decision = scene.step()
    assert list(decision.abort) == [order.id]
    assert decision.abort[order.id].startswith("S6")
    first = next(each for each in decision.results["Cases"]["cases"] if each["feeder"] == feeder)
    assert first["state"] == "handed over to people"
    # What follows on the same feeders never starts again by itself.
    scene.orders.clear()
    scene.time_ns += SECOND
    scene.put(bay, "PTOC2.Op", True)
    scene.position(f"{bay}/Q0", Dbpos.OFF)
    scene.put(bay, "RREC1.AutoRecSt", 9)
    scene.quiet(8)
    assert scene.made == [order]
    assert all("S6" in each["reason"] for each in scene.decisions[-1].results["Cases"]["cases"])


def test_two_feeders_are_independent(scene: Scene) -> None:
    """Faults on both substations within a second: two orders, nothing in both, no donor with a fault of its own."""
    scene.fault("L148/W148")
    scene.fault(OTHER)
    for _ in range(8):
        for order in scene.step(1.0).orders:
            scene.take(order)
    first, second = scene.made
    assert (first.feeders[0], second.feeders[0]) == ("OBR1/K1/E03", "OBR2/K1/E04")
    assert not set(first.feeders) & set(second.feeders)
    assert not {step.element for step in first.steps} & {step.element for step in second.steps}


def test_second_order_waits_for_the_first(scene: Scene) -> None:
    """Both feeders of one transformer: the second case waits while the first order holds the transformer."""
    scene.fault(FAULT)
    order = scene.settle()
    assert order is not None
    scene.take(order)
    scene.step(0.1)
    second = scene.fault("L187/W187")
    scene.quiet(10)
    assert scene.made == [order]
    assert order.id in scene.case(second)["concluded"]
    finish(scene, order)
    scene.quiet(int(SETTLED_S) - 1)
    assert scene.made == [order]  # what the first order has restored is not measured yet
    scene.quiet(3)
    assert len(scene.made) == 2
    assert "faulted" in " ".join(scene.made[1].explanation) or scene.made[1].zone != order.zone


def test_a_later_fault_does_not_touch_the_isolated_one(scene: Scene) -> None:
    """After the first order the upstream part trips again: a new case, and the isolated zone is never fed."""
    feeder = scene.fault(FAULT)
    first = scene.settle()
    assert first is not None
    scene.take(first)
    scene.step(0.1)
    finish(scene, first)
    scene.quiet(30)
    for location, variable in list(_shown(scene)):
        scene.put(location, variable, False)
    scene.put(feeder, "RREC1.AutoRecSt", 1)
    scene.quiet(30)
    element = "ST80/K1/BB1/N1" if scene.feeder_of("ST80/K1/BB1/N1") == f"{feeder}/Q0" else "L148/W148"
    scene.fault(element)
    second = scene.settle()
    assert second is not None
    isolated = {step.element for step in first.steps if step.purpose is Purpose.ISOLATE}
    assert not {step.element for step in second.steps if step.value is Dbpos.ON} & isolated
    assert FAULT not in second.zone


def _shown(scene: Scene):
    for indicator in scene.network.indicators:
        location = indicator.switch.rpartition("/")[0]
        for variable in ("SFPI1.FwdFlt", "SFPI1.RvFlt"):
            yield location, variable


def test_state_survives_a_restart_at_every_step(network: Network, topology: Topology) -> None:
    """Scene.step loads what was dumped each time; here a new application object takes over as well."""
    scene = Scene(network, Fdir(topology, Times()))
    scene.quiet()
    scene.fault(FAULT)
    scene.fdir = Fdir(topology, Times())
    assert scene.settle() is not None


def test_feeder_in_doubt_before_the_fault_is_named(scene: Scene) -> None:
    scene.position("OBR1/K1/E03/Q1", Dbpos.INTERMEDIATE)
    scene.step(1.0)
    scene.put("OBR1/K1/E03", "PTRC1.Tr", True)
    scene.position("OBR1/K1/E03/Q0", Dbpos.OFF)
    scene.put("OBR1/K1/E03", "RREC1.AutoRecSt", 9)
    assert scene.settle() is None
    assert "OBR1/K1/E03/Q1 is intermediate" in scene.case("OBR1/K1/E03")["reason"]


@pytest.mark.parametrize("plain", [None, {}, {"version": 0}, {"version": 1, "cases": [3], "recorded_ns": 0}])
def test_foreign_state_is_refused(plain) -> None:
    with pytest.raises(ValueError, match="state|case"):
        load_state(plain)


def test_same_image_and_state_give_the_same_decision(scene: Scene) -> None:
    scene.fault(FAULT)
    scene.time_ns += 5 * SECOND
    image, state = scene.image(), scene.state
    assert scene.fdir.evaluate(image, state) == scene.fdir.evaluate(image, state)


def test_severity_tells_what_needs_people(scene: Scene) -> None:
    scene.fault(FAULT, flags=False)
    scene.put("ST0/K1/E01", "SFPI2.FwdFlt", True)
    scene.settle()
    handed = [e for d in scene.decisions for e in d.events if "handed over" in e.text]
    assert [event.severity for event in handed] == [Severity.HIGH]


def test_initial_state_is_plain() -> None:
    assert FdirState().cases == ()
    assert START_NS > 0
    assert replace(FdirState(), recorded_ns=1) != FdirState()
