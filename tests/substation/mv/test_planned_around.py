"""S15: what the gate would refuse is not proposed; FDIR plans around it with the gate's own rules."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from models.network.elements import Network, SettingGroup
from models.point import Dbpos
from models.switching import GroupChange, Order, Purpose, StepState
from substation.control.interlocking import Interlocking
from substation.control.numerics import Numerics
from substation.grid.topology import Topology
from substation.mv.fdir import Fdir
from substation.mv.normal import return_to_normal
from substation.planned_orders import judged
from tests.substation.mv.scene import Scene, Times, bay, oberrhein

FAULT = "L157/W157"


def _scene(network: Network) -> Scene:
    topology = Topology(network)
    interlocking = Interlocking(Numerics(topology))
    scene = Scene(network, Fdir(topology, Times(), judge=partial(judged, interlocking)), scale=0.5)
    scene.quiet()
    scene.fault(FAULT)
    return scene


def _planned(network: Network) -> Order | None:
    return _scene(network).settle()


def _donors(network: Network, order: Order) -> list[str]:
    own = bay(order.tripped[0])
    return [feeder for feeder in order.feeders if feeder != own and feeder in {each.id for each in network.feeders}]


def _with_settings(network: Network, feeders: list[str], *settings: SettingGroup) -> Network:
    changed = tuple(replace(each, settings=settings) if each.id in feeders else each for each in network.feeders)
    return replace(network, feeders=changed)


def test_s15_a_tie_over_a_feeder_that_could_not_see_a_fault_is_left_out() -> None:
    network = oberrhein()
    usual = _planned(network)
    assert usual is not None
    donors = _donors(network, usual)
    assert donors
    order = _planned(_with_settings(network, donors, SettingGroup(1, 9_000.0)))
    assert order is not None
    assert not set(donors) & set(order.feeders)
    assert any("S15" in line for line in order.explanation)


def test_s15_a_group_that_fits_is_switched_before_the_close_and_back_at_the_return() -> None:
    network = oberrhein()
    usual = _planned(network)
    assert usual is not None
    donors = _donors(network, usual)
    network = _with_settings(network, donors, SettingGroup(1, 9_000.0), SettingGroup(2, 400.0))
    scene = _scene(network)
    order = scene.settle()
    assert order is not None
    assert order.restored_w == usual.restored_w
    changes = [step for step in order.steps if isinstance(step.value, GroupChange)]
    assert {step.element for step in changes} == set(donors)
    for step in changes:
        assert step.value == GroupChange(2, 1)
        assert order.steps[step.number].purpose is Purpose.RESTORE_DOWNSTREAM  # the next one
    for step in order.steps:
        value = step.value.group if isinstance(step.value, GroupChange) else step.value
        scene.put(step.element, step.point.variable, value)
    done = replace(order, steps=tuple(replace(step, state=StepState.CONFIRMED) for step in order.steps))
    back = return_to_normal(scene.image(), Topology(network), done)
    assert isinstance(back, Order), back
    returned = [step for step in back.steps if isinstance(step.value, GroupChange)]
    assert {step.element: step.value for step in returned} == dict.fromkeys(donors, GroupChange(1, 2))
    last_switch = max(step.number for step in back.steps if isinstance(step.value, Dbpos))
    assert all(step.number > last_switch for step in returned)


def test_s15_a_group_that_cannot_be_switched_is_planned_around() -> None:
    network = oberrhein()
    usual = _planned(network)
    assert usual is not None
    donors = _donors(network, usual)
    network = _with_settings(network, donors, SettingGroup(1, 9_000.0), SettingGroup(2, 400.0))
    scene = _scene(network)
    for donor in donors:
        scene.put(donor, "LLN0.ActSG", 7)  # a group whose settings nobody has stated
    order = scene.settle()
    assert order is not None
    assert not any(isinstance(step.value, GroupChange) for step in order.steps)
    assert not set(donors) & set(order.feeders)


@pytest.mark.parametrize(("pickup_a", "everything"), [(200.0, True), (180.0, False)])
def test_s15_a_tie_that_may_not_feed_all_of_it_feeds_less(pickup_a: float, everything: bool) -> None:
    """No donor's protection lets the load of the whole part pass: 225 to 243 A over each of the three ties."""
    network = oberrhein()
    order = _planned(_with_settings(network, [each.id for each in network.feeders], SettingGroup(1, pickup_a)))
    assert order is not None
    assert order.restored_w > 0
    assert (order.unrestored_w == 0) is everything
    assert any("split at" in line for line in order.explanation)
    assert any(step.purpose is Purpose.SPLIT for step in order.steps)
    assert everything or "S15" in order.unrestored_reason
