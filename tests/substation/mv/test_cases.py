"""The life of a case: reclosing, window, what is frozen before the event (SAFETY S9)."""

from __future__ import annotations

import pytest

from models.network.elements import Network
from models.point import Dbpos
from models.quality import STALE
from models.switching import OrderKind, OrderState, Purpose
from substation.grid.topology import Topology
from substation.mv.case import TRANSITIONS, Phase, Signal
from substation.mv.fdir import Fdir
from tests.substation.mv.scene import SECOND, Scene, Times

FAULT = "L163/W163"
OTHER = "L038/W038"


def test_every_phase_can_be_left() -> None:
    left = {phase for phase, _ in TRANSITIONS}
    assert left == set(Phase) - {Phase.CLOSED}
    assert {signal for _, signal in TRANSITIONS} == set(Signal)


def test_quiet_grid_has_no_case(scene: Scene) -> None:
    scene.quiet(20)
    assert scene.decisions[-1].results == {"Cases": {"cases": []}}
    assert not scene.events


def test_window_is_waited_for_and_announced(scene: Scene) -> None:
    scene.fault(FAULT)
    final = next(index for index, each in enumerate(scene.decisions) if any("for good" in e.text for e in each.events))
    began_ns = scene.decisions[final].events[0].time_ns
    assert scene.decisions[-1].wake_ns == began_ns + 3 * SECOND
    scene.time_ns = began_ns + 3 * SECOND - 1
    assert not scene.step().orders
    scene.time_ns += 1
    (order,) = scene.step().orders
    assert order.kind is OrderKind.ISOLATE_AND_RESTORE
    assert order.state is OrderState.PROPOSED


def test_order_says_what_the_gate_needs(scene: Scene) -> None:
    feeder = scene.fault(FAULT)
    order = scene.settle()
    assert order is not None
    breaker = f"{feeder}/Q0"
    assert order.tripped == (breaker,)
    normally_open = {each.id for each in scene.network.switches if each.normally_open}
    assert set(order.open_before) == normally_open
    assert order.feeders[0] == feeder
    assert {"OBR1/T1", "OBR2/T1"} >= set(order.feeders) - {each.id for each in scene.network.feeders}
    assert order.interrupted_customers == sum(
        each.customers for each in scene.network.loads if each.id in {load.element for load in order.loads}
    )
    assert "not earthed; EN 50110-1 steps by an authorised person" in order.remarks
    numbers = [step.number for step in order.steps]
    assert numbers == list(range(1, len(numbers) + 1))
    for step in order.steps:
        assert scene.register.handle(step.point) is not None
        assert step.element in step.text


def test_steps_come_in_the_order_of_the_rules(scene: Scene) -> None:
    """Blocked first, isolated before any close, released last; a split before the close that feeds its part."""
    scene.fault(FAULT)
    order = scene.settle()
    assert order is not None
    purposes = [step.purpose for step in order.steps]
    first_close = next(n for n, step in enumerate(order.steps) if step.value is Dbpos.ON)
    assert purposes[0] is Purpose.BLOCK_RECLOSING
    assert max(n for n, each in enumerate(purposes) if each is Purpose.ISOLATE) < first_close
    assert max(n for n, each in enumerate(purposes) if each is Purpose.BLOCK_RECLOSING) < first_close
    assert all(each is Purpose.RELEASE_RECLOSING for each in purposes[-2:])
    assert purposes.index(Purpose.RESTORE_UPSTREAM) == first_close


def test_breaker_that_stays_open_keeps_its_reclosing_blocked(scene: Scene) -> None:
    """Fault in the first zone: the tripped feeder is blocked and not released."""
    feeder = scene.fault("L193/W193")
    order = scene.settle()
    assert order is not None
    values = [step.value for step in order.steps if step.element == feeder]
    assert values == [True]


def trip(scene: Scene, feeder: str, reclosing: int, breaker: Dbpos) -> None:
    scene.time_ns += SECOND // 5
    scene.put(feeder, "PTRC1.Tr", True)
    scene.step()
    scene.put(feeder, "RREC1.AutoRecSt", reclosing)
    scene.position(f"{feeder}/Q0", breaker)
    scene.put(feeder, "PTRC1.Tr", False)
    scene.step()


def test_s9_transient_fault_switches_nothing(scene: Scene) -> None:
    feeder = "OBR1/K1/E03"
    trip(scene, feeder, 2, Dbpos.OFF)
    assert scene.settle() is None
    scene.position(f"{feeder}/Q0", Dbpos.ON)
    assert scene.settle() is None
    scene.put(feeder, "RREC1.AutoRecSt", 3)
    scene.step(0.2)
    assert scene.case(feeder)["state"] == "transient fault, reclosing successful"
    scene.put(feeder, "RREC1.AutoRecSt", 1)
    assert scene.settle() is None
    assert not scene.made
    assert any("transient" in event for event in scene.events)
    scene.step(400)
    assert scene.decisions[-1].results == {"Cases": {"cases": []}}


def test_s9_reclosing_to_lock_out(scene: Scene) -> None:
    """Two shots, then locked out: the order comes after the last trip and its window, not before."""
    feeder = "OBR1/K1/E03"
    for _ in range(2):
        trip(scene, feeder, 2, Dbpos.OFF)
        scene.quiet(30)
        scene.position(f"{feeder}/Q0", Dbpos.ON)
        scene.step(0.1)
    assert scene.case(feeder)["state"] == "tripped, reclosing undecided"
    for location, variable in scene.indications(FAULT).items():
        scene.put(location, variable, True)
    trip(scene, feeder, 9, Dbpos.OFF)
    order = scene.settle()
    assert order is not None
    assert order.zone == (FAULT,)
    assert sum("trip again" in each for each in scene.case(feeder)["seen"]) == 2


@pytest.mark.parametrize("state", [1, 3])
def test_s9_recloser_that_is_ready_and_does_nothing_is_doubt(scene: Scene, state: int) -> None:
    trip(scene, "OBR1/K1/E03", state, Dbpos.OFF)
    assert scene.settle() is None
    assert "whether the trip is final is in doubt" in scene.case("OBR1/K1/E03")["reason"]


def test_s9_unknown_reclosing_state_is_doubt(scene: Scene) -> None:
    trip(scene, "OBR1/K1/E03", 9, Dbpos.ON)
    scene.put("OBR1/K1/E03", "RREC1.AutoRecSt", 9, STALE)
    scene.position("OBR1/K1/E03/Q0", Dbpos.OFF)
    scene.quiet(12)
    assert not scene.made
    assert "RREC1.AutoRecSt is not valid" in scene.case("OBR1/K1/E03")["reason"]


def test_blocked_reclosing_makes_the_first_trip_final(scene: Scene) -> None:
    feeder = "OBR1/K1/E03"
    scene.put(feeder, "RREC1.BlkRec", True)
    for location, variable in scene.indications(FAULT).items():
        scene.put(location, variable, False)
    shown = scene.indications(FAULT)
    trip(scene, feeder, 1, Dbpos.OFF)
    for location, variable in shown.items():
        scene.put(location, variable, True)
    order = scene.settle()
    assert order is not None
    assert all(step.element != feeder for step in order.steps), "it was blocked before and stays so"


def test_s9_opening_without_trip_is_an_event_only(scene: Scene) -> None:
    scene.time_ns += SECOND
    scene.position("OBR1/K1/E03/Q0", Dbpos.OFF)
    scene.step()
    assert scene.settle() is None
    assert scene.decisions[-1].results == {"Cases": {"cases": []}}
    assert any("opened without a trip" in event for event in scene.events)


def test_travel_of_the_breaker_counts_from_its_last_movement(scene: Scene) -> None:
    """In every dead time anew: half a minute into the reclosing cycle an intermediate position is still no doubt."""
    feeder = "OBR1/K1/E03"
    trip(scene, feeder, 2, Dbpos.OFF)
    scene.quiet(30)
    scene.position(f"{feeder}/Q0", Dbpos.INTERMEDIATE)
    scene.quiet(5)
    assert scene.case(feeder)["state"] == "tripped, reclosing undecided"
    scene.quiet(10)
    assert "is intermediate" in scene.case(feeder)["reason"]


def test_breaker_failure_is_left_to_people(scene: Scene) -> None:
    trip(scene, "OBR1/K1/E03", 1, Dbpos.ON)
    scene.quiet(12)
    assert "did not open on the trip" in scene.case("OBR1/K1/E03")["reason"]
    assert not scene.made


def test_pickup_without_trip_comes_to_nothing(scene: Scene) -> None:
    scene.put("OBR1/K1/E03", "PTOC1.Str", True)
    scene.step(0.2)
    scene.put("OBR1/K1/E03", "PTOC1.Str", False)
    scene.quiet(5)
    assert scene.decisions[-1].results == {"Cases": {"cases": []}}
    assert not scene.events


def test_a_trip_too_short_to_be_seen_still_counts(scene: Scene) -> None:
    """Set and reset between two evaluations: the newer time tag of the clear value tells it."""
    shown = scene.indications(FAULT)
    scene.time_ns += SECOND
    scene.put("OBR1/K1/E03", "PTRC1.Tr", False)
    scene.position("OBR1/K1/E03/Q0", Dbpos.OFF)
    scene.put("OBR1/K1/E03", "RREC1.AutoRecSt", 9)
    scene.step(0.1)
    for location, variable in shown.items():
        scene.put(location, variable, True)
    assert scene.settle() is not None


def test_first_sight_starts_nothing(network: Network, topology: Topology) -> None:
    """A unit that starts beside a tripped feeder does not act on what it did not see happen."""
    scene = Scene(network, Fdir(topology, Times()))
    scene.put("OBR1/K1/E03", "PTRC1.Tr", True)
    scene.position("OBR1/K1/E03/Q0", Dbpos.OFF)
    scene.quiet(10)
    assert not scene.made
    assert scene.decisions[-1].results == {"Cases": {"cases": []}}


def test_pre_fault_loads_are_those_before_the_pickup(scene: Scene) -> None:
    """Zeros of the fault that reach the image before its pickup does are not taken for the load."""
    loads = scene.dead_loads("OBR1/K1/E03/Q0")
    scene.time_ns += SECOND // 2
    fault_ns = scene.time_ns
    for load in loads:
        scene.put(load, "MMXU1.TotW", 1.0)
    scene.time_ns += SECOND
    scene.step()
    arrived_ns, scene.time_ns = scene.time_ns, fault_ns - 1
    for variable in ("PTOC1.Str", "PTRC1.Tr"):
        scene.put("OBR1/K1/E03", variable, True)
    scene.time_ns = arrived_ns
    scene.step()
    taken = {each.load.element: each for each in scene.state.cases[0].loads}
    peak = {each.id: each.active_power_w for each in scene.network.loads}
    assert {load: taken[load].load.active_power_w for load in loads} == {load: peak[load] for load in loads}
    assert all(each.assumed == "" for each in taken.values())


def test_silent_rtu_uses_its_last_good_load_then_the_rated_peak(network: Network, topology: Topology) -> None:
    scene = Scene(network, Fdir(topology, Times()), scale=0.5)
    scene.quiet()
    loads = scene.dead_loads("OBR1/K1/E03/Q0")
    peak = {each.id: each.active_power_w for each in scene.network.loads}
    scene.put(loads[0], "MMXU1.TotW", 0.0, STALE)
    scene.step(60)
    scene.put("OBR1/K1/E03", "PTRC1.Tr", True)
    scene.step(0.1)
    assert scene.state.cases[0].loads[0].load.active_power_w == 0.5 * peak[scene.state.cases[0].loads[0].load.element]
    late = Scene(network, Fdir(topology, Times()), scale=0.5)
    late.quiet()
    late.put(loads[0], "MMXU1.TotW", 0.0, STALE)
    late.step(3600)
    late.put("OBR1/K1/E03", "PTRC1.Tr", True)
    late.step(0.1)
    taken = {each.load.element: each for each in late.state.cases[0].loads}
    assert taken[loads[0]].load.active_power_w == peak[loads[0]]
    assert "900 s" in taken[loads[0]].assumed
