"""When VOS carries out its order without a person, and what makes people decide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from models.command import Originator, OriginatorCategory
from models.network.elements import Network
from models.point import Dbpos, PointName
from models.switching import CrewAct, CrewTask, Order, OrderKind, Step
from substation.control.executor import OPTIMISER, originator_of
from substation.control.request import is_automatic
from substation.grid.topology import Topology
from substation.image import Mode
from substation.mv.opf.advice import Reason
from substation.mv.opf.settings import AUTOMATIC, OpfSettings
from substation.mv.vos.application import Vos
from substation.mv.vos.by_itself import DAY_NS, why_people_decide, within_a_day
from substation.mv.vos.judges import Judges
from substation.mv.vos.state import Phase, VosState, dump_state, load_state
from substation.orders import _not_approvable
from tests.substation.mv.scene import Scene
from tests.substation.mv.vos.test_application import CLOSE, OPEN, SETTINGS, advice, judges, later, quiet

__all__ = ["judges", "quiet"]

ITSELF = replace(SETTINGS, mode=AUTOMATIC, automatic_saving_w=500.0)


def vos(topology: Topology, judges: Judges, settings: OpfSettings = ITSELF) -> Vos:
    return Vos(topology, settings, judges)


def test_it_asks_for_approval_once(topology: Topology, judges: Judges, quiet: Scene) -> None:
    given = advice(topology, quiet)
    first = vos(topology, judges).evaluate(quiet.image(), given, VosState())
    (order,) = first.orders
    assert first.approve == {order.id: 1}
    assert first.state.asked
    assert load_state(dump_state(first.state)) == first.state
    quiet.orders[order.id] = order
    assert later(vos(topology, judges), quiet, given, first.state).approve == {}


def manual(order: Order) -> Order:
    step = next(each for each in order.steps if each.element == CLOSE)
    return order.with_step(replace(step, value=CrewTask(CrewAct.SWITCH_CLOSED), point=PointName(CLOSE, "Crew")))


def swapped(order: Order) -> Order:
    first, second = (each for each in order.steps if each.position is not None)
    return order.with_step(replace(second, number=first.number)).with_step(replace(first, number=second.number))


CHANGED: dict[str, Callable[[Order], Order]] = {
    "for a crew": manual,
    "interrupts supply": swapped,
    "people have changed it": lambda order: replace(order, revision=2),
}


@pytest.fixture
def order(topology: Topology, judges: Judges, quiet: Scene) -> Order:
    return vos(topology, judges).evaluate(quiet.image(), advice(topology, quiet), VosState()).orders[0]


@pytest.mark.parametrize("words", CHANGED)
def test_people_decide_what_is_not_wholly_remote_and_without_interruption(
    topology: Topology, quiet: Scene, order: Order, words: str
) -> None:
    given, changed = advice(topology, quiet), CHANGED[words](order)
    assert not why_people_decide(order, given, quiet.image(), topology.network, ITSELF, ())
    assert words in why_people_decide(changed, given, quiet.image(), topology.network, ITSELF, ())


def test_people_decide_where_a_feeder_is_not_in_automatic(
    topology: Topology, judges: Judges, quiet: Scene, order: Order
) -> None:
    feeder = next(each for each in order.feeders if each in quiet.modes)
    quiet.modes[feeder] = Mode.MANUAL
    given = advice(topology, quiet)
    first = vos(topology, judges).evaluate(quiet.image(), given, VosState())
    assert first.approve == {}
    assert first.state.reason == f"people decide: {feeder} is in mode manual"
    quiet.orders[order.id] = order
    quiet.modes[feeder] = Mode.AUTOMATIC
    assert later(vos(topology, judges), quiet, given, first.state).approve == {order.id: 1}


def test_people_decide_what_saves_too_little_or_corrects(topology: Topology, judges: Judges, quiet: Scene) -> None:
    given = advice(topology, quiet)
    dear = vos(topology, judges, replace(ITSELF, automatic_saving_w=1e8)).evaluate(quiet.image(), given, VosState())
    assert dear.approve == {}
    assert "kW are wanted" in dear.state.reason
    corrective = replace(given, reason=Reason.CORRECTIVE)
    assert "corrects" in vos(topology, judges).evaluate(quiet.image(), corrective, VosState()).state.reason


def test_no_switch_is_moved_more_often_than_allowed_within_a_day(
    topology: Topology, judges: Judges, quiet: Scene, order: Order
) -> None:
    given, now_ns = advice(topology, quiet), quiet.time_ns
    often = ((CLOSE, now_ns - 1), (CLOSE, now_ns - 2))
    assert "2 times within a day" in why_people_decide(order, given, quiet.image(), topology.network, ITSELF, often)
    assert within_a_day(((CLOSE, now_ns - DAY_NS), *often), now_ns) == often
    state = VosState(Phase.PROPOSED, given.id, order.id, ((CLOSE, True), (OPEN, False)), now_ns, operated=often[:1])
    quiet.take(order)
    after = vos(topology, judges).evaluate(quiet.image(), given, state).state
    assert after.phase is Phase.UNDER_WAY
    assert [switch for switch, _ in after.operated] == [CLOSE, CLOSE, OPEN]


def test_s3_it_closes_by_itself_what_is_normally_open_alone(
    network: Network, topology: Topology, quiet: Scene, order: Order, judges: Judges
) -> None:
    """The way back, where the switch that is closed is open only because an order has opened it."""
    given = advice(topology, quiet)
    back = replace(order, steps=tuple(_turned(step) for step in order.steps))
    assert "S3" in why_people_decide(back, given, quiet.image(), network, ITSELF, ())
    quiet.position(CLOSE, Dbpos.ON)
    quiet.position(OPEN, Dbpos.OFF)
    for bay in quiet.modes:
        if any(feeder.id == bay for feeder in network.feeders):
            quiet.put(bay, "RREC1.BlkRec", True)
    refused = judges.now(quiet.image(), replace(back, approved_by=OPTIMISER.identity, open_before=(OPEN,)))
    assert refused is not None
    assert "S3" in refused.rules


def _turned(step: Step) -> Step:
    if step.element == CLOSE:
        return replace(step, element=OPEN, point=PointName(OPEN, step.point.variable))
    if step.element == OPEN:
        return replace(step, element=CLOSE, point=PointName(CLOSE, step.point.variable))
    return step


def test_the_rules_on_automation_bind_it_and_nobody_else_may_approve_it(
    quiet: Scene, order: Order, judges: Judges
) -> None:
    approved = replace(order, approved_by=OPTIMISER.identity)
    assert is_automatic(originator_of(approved))
    assert judges.now(quiet.image(), approved) is None
    unblocked = replace(approved, steps=tuple(step for step in order.steps if step.position is not None))
    refused = judges.now(quiet.image(), unblocked)
    assert refused is not None
    assert "S6" in refused.rules, "people are not bound by it"
    assert judges.now(quiet.image(), replace(unblocked, approved_by="Ada")) is None
    other = Originator(OriginatorCategory.AUTOMATIC_REMOTE, OPTIMISER.identity)
    assert not _not_approvable(order, 1, OPTIMISER)
    assert "approved by a person" in _not_approvable(order, 1, other)
    assert "approved by a person" in _not_approvable(replace(order, kind=OrderKind.RETURN_TO_NORMAL), 1, OPTIMISER)
