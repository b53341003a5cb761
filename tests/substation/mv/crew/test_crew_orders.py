"""What a crew can bring back is proposed after automation has done its part, renewed and withdrawn (GR7)."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest

from models.network.elements import Network
from models.point import Dbpos
from models.switching import CrewAct, CrewTask, Order, OrderKind, OrderState, Purpose, Step, StepState
from substation.grid.topology import Topology
from substation.image import Mode
from substation.mv.fdir import Fdir
from substation.mv.settings import FdirSettings
from substation.placements.placement import Placement, PlacementKind
from substation.tags import Tag, TagKind
from tests.substation.mv.scene import Scene, Times, oberrhein

FAULT = "L109/W109"


@pytest.fixture(scope="module")
def grid() -> Network:
    return oberrhein(0.1)


@pytest.fixture(scope="module")
def done(grid: Network) -> tuple[Scene, Order]:
    """Automation has carried out its order."""
    scene = Scene(grid, Fdir(Topology(grid), Times()), scale=0.4)
    return scene, automatic_part(scene)


def automatic_part(scene: Scene) -> Order:
    scene.quiet()
    scene.fault(FAULT)
    order = scene.settle()
    assert order is not None
    scene.take(order)
    scene.step(0.1)
    carried_out(scene, order)
    boundary = [step.element for step in order.steps if step.purpose is Purpose.ISOLATE]
    tags = (Tag(number, TagKind.FAULT_ISOLATION, each, "FDIR", 1, order.id) for number, each in enumerate(boundary, 1))
    scene.tags = tuple(tags)
    scene.step(1)
    return order


def carried_out(scene: Scene, order: Order) -> None:
    for step in order.steps:
        if step.position is not None:
            scene.position(step.element, step.position)
    scene.orders.pop(order.id, None)


def again(done: tuple[Scene, Order]) -> tuple[Scene, Order]:
    """The same moment, for a test of its own."""
    scene, order = done
    own = copy.copy(scene)
    own.samples, own.orders, own.modes = dict(scene.samples), dict(scene.orders), dict(scene.modes)
    own.decisions = list(scene.decisions)
    return own, order


def proposed(scene: Scene) -> Order:
    """What is proposed next; it is put on the desk."""
    count = len(scene.made)
    for _ in range(4):
        scene.step(3)
        if len(scene.made) > count:
            break
    assert len(scene.made) == count + 1
    scene.take(scene.made[-1], OrderState.PROPOSED)
    return scene.made[-1]


def manual(scene: Scene, step: Step) -> bool:
    return any(switch.id == step.element and not switch.remote for switch in scene.network.switches)


def test_gr7_an_order_of_its_own_brings_back_what_remote_control_cannot(done: tuple[Scene, Order]) -> None:
    scene, automatic = again(done)
    order = proposed(scene)
    assert (order.kind, order.narrows, order.state) == (OrderKind.RESTORE_BY_CREW, automatic.id, OrderState.PROPOSED)
    assert order.kind.needs_person
    assert order.restored_w > 1000
    assert order.restored_w + order.unrestored_w == pytest.approx(order.interrupted_w)
    assert order.interrupted_w == pytest.approx(automatic.unrestored_w)
    assert set(order.zone) < set(automatic.zone)
    moving = [step for step in order.steps if step.position is not None]
    assert all(isinstance(step.value, CrewTask) == manual(scene, step) for step in moving)
    assert any(isinstance(step.value, CrewTask) for step in moving)
    assert f"after order {automatic.id}: {order.interrupted_w / 1e3:.0f} kW" in order.explanation[0]
    assert f"with a crew {order.restored_w / 1e3:.0f} kW of it come back" in order.explanation[1]


def test_openings_by_hand_come_first_and_what_is_tagged_is_lifted_before_it_is_closed(
    done: tuple[Scene, Order],
) -> None:
    scene, _ = again(done)
    order = proposed(scene)
    number = {step.element: step.number for step in order.steps if step.position is Dbpos.ON}
    openings = [step.number for step in order.steps if step.position is Dbpos.OFF]
    lifts = {
        step.element: step.number for step in order.steps if step.value == CrewTask(CrewAct.LIFT_ISOLATION)
    }  # fmt: skip
    blocks = [step.number for step in order.steps if step.purpose is Purpose.BLOCK_RECLOSING]
    assert max(openings) < min([*lifts.values(), *blocks, *number.values()])
    assert max(blocks) < min(number.values())
    tagged = {tag.element for tag in scene.tags}
    assert lifts.keys() == tagged & number.keys()
    assert not {step.element for step in order.steps if step.purpose is Purpose.ISOLATE} & number.keys()
    releases = {step.element for step in order.steps if step.purpose is Purpose.RELEASE_RECLOSING}
    assert releases == {step.element for step in order.steps if step.purpose is Purpose.BLOCK_RECLOSING}


def test_nothing_is_proposed_while_automation_is_at_work(grid: Network) -> None:
    scene = Scene(grid, Fdir(Topology(grid), Times()), scale=0.4)
    scene.quiet()
    scene.fault(FAULT)
    order = scene.settle()
    assert order is not None
    scene.take(order)
    for _ in range(10):
        scene.step(3)
    assert scene.made == [order]


def test_a_unit_that_is_told_so_proposes_none(grid: Network) -> None:
    scene = Scene(grid, Fdir(Topology(grid), Times(), FdirSettings(crew_orders=False)), scale=0.4)
    order = automatic_part(scene)
    for _ in range(4):
        scene.step(3)
    assert scene.made == [order]


def test_it_stands_while_nothing_changes_and_is_renewed_when_a_switch_is_tagged(done: tuple[Scene, Order]) -> None:
    scene, _ = again(done)
    first = proposed(scene)
    count = len(scene.made)
    for _ in range(5):
        scene.step(3)
    assert len(scene.made) == count
    crew = next(step.element for step in first.steps if step.purpose is Purpose.ISOLATE)
    scene.tags = (*scene.tags, Tag(99, TagKind.DO_NOT_OPERATE, crew, "Cy", 1))
    second = proposed(scene)
    assert (second.id, second.revision) == (first.id, 2)
    assert crew not in {step.element for step in second.steps}
    assert second.restored_w < first.restored_w


@pytest.mark.parametrize("change", ["earth", "disabled", "doubt", "protection"])
def test_it_is_withdrawn_when_it_must_not_stand(done: tuple[Scene, Order], change: str) -> None:
    scene, automatic = again(done)
    order = proposed(scene)
    feeder = automatic.feeders[0]
    if change == "earth":
        scene.placements = (Placement(1, PlacementKind.EARTH, FAULT, "Cy", 1),)
    elif change == "disabled":
        scene.modes[feeder] = Mode.DISABLED
    elif change == "doubt":
        scene.position(order.steps[0].element, Dbpos.INTERMEDIATE)
    else:
        scene.put(feeder, "PTOC1.Str", True)
    for _ in range(3):
        scene.step(3)
    assert any(order.id in decision.abort for decision in scene.decisions[-3:])
    scene.orders.pop(order.id)
    if change == "earth":
        scene.placements = ()
        assert proposed(scene).id == f"{order.id}-2"


def test_what_people_have_edited_is_theirs(done: tuple[Scene, Order]) -> None:
    scene, _ = again(done)
    first = proposed(scene)
    scene.take(replace(first, revision=2), OrderState.PROPOSED)
    scene.tags = (*scene.tags, Tag(99, TagKind.DO_NOT_OPERATE, first.steps[0].element, "Cy", 1))
    for _ in range(4):
        decision = scene.step(3)
        assert not decision.orders
        assert not decision.abort


def test_what_people_have_rejected_does_not_come_again(done: tuple[Scene, Order]) -> None:
    scene, automatic = again(done)
    order = proposed(scene)
    scene.orders.pop(order.id)
    count = len(scene.made)
    for _ in range(6):
        scene.step(6)
    assert len(scene.made) == count
    assert "was rejected" in scene.case(automatic.feeders[0])["crew"]["reason"]


def test_carried_out_its_switches_belong_to_the_case(done: tuple[Scene, Order]) -> None:
    scene, automatic = again(done)
    feeder = automatic.feeders[0]
    order = proposed(scene)
    scene.take(order)
    scene.step(1)
    assert scene.case(feeder)["crew"]["state"] == "order under way"
    carried_out(scene, order)
    scene.step(1)
    assert scene.case(feeder)["crew"]["state"] == "ended"
    normally = {switch.id: switch.normally_open for switch in scene.network.switches}
    for step in automatic.steps:
        if step.position is not None:
            scene.position(step.element, Dbpos.OFF if normally[step.element] else Dbpos.ON)
    scene.step(400)
    assert scene.case(feeder)["state"] == "fault isolated, order completed"
    for step in order.steps:
        if step.position is not None:
            scene.position(step.element, Dbpos.OFF if normally[step.element] else Dbpos.ON)
    scene.step(400)
    assert scene.decisions[-1].results == {"Cases": {"cases": []}}


def test_protection_that_acts_after_a_close_ends_it_and_locks_out(done: tuple[Scene, Order]) -> None:
    scene, automatic = again(done)
    feeder = automatic.feeders[0]
    order = proposed(scene)
    closing = next(step for step in order.steps if step.position is Dbpos.ON)
    scene.take(order.with_step(replace(closing, state=StepState.CONFIRMED)))
    scene.step(1)
    scene.put(feeder, "PTRC1.Tr", True)
    decision = scene.step(1)
    assert decision.abort[order.id].startswith("S6: protection acted again")
    assert scene.state.cases[0].locked


def test_without_any_remote_control_the_crew_isolates_and_the_breaker_closes() -> None:
    bare = oberrhein(0.0)
    scene = Scene(bare, Fdir(Topology(bare), Times()), scale=0.4)
    scene.quiet()
    feeder = scene.fault(FAULT)
    assert scene.settle() is None
    assert "nothing can be switched by remote control" in scene.case(feeder)["reason"]
    order = proposed(scene)
    assert order.narrows == ""
    assert order.tripped == (f"{feeder}/Q0",)
    isolating = [step for step in order.steps if step.purpose is Purpose.ISOLATE]
    assert isolating
    assert all(isinstance(step.value, CrewTask) for step in isolating)
    assert f"{feeder}/Q0" in {step.element for step in order.steps if step.value is Dbpos.ON}
