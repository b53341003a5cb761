"""VOS over images of the example grid: what it validates, when it withdraws, and what it says afterwards."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from models.network.elements import Network
from models.point import Dbpos
from models.switching import Order, OrderKind, OrderState
from substation.application import Decision
from substation.control.interlocking import Interlocking
from substation.control.numerics import Numerics
from substation.grid.positions import read_positions
from substation.grid.topology import Topology
from substation.image import Mode
from substation.mv.fdir import Fdir
from substation.mv.opf.advice import Advice, Reason
from substation.mv.opf.present import present
from substation.mv.opf.settings import ORDERS, OpfSettings
from substation.mv.opf.target import Operation
from substation.mv.vos.application import Optimised, OptimisedState, Vos
from substation.mv.vos.judges import Judges
from substation.mv.vos.state import Phase, VosState
from substation.planned_orders import judged
from tests.substation.mv.scene import SECOND, Scene, Times

CLOSE, OPEN = "ST129/K1/E01/Q0", "ST197/K1/E01/Q0"
SETTINGS = OpfSettings(mode=ORDERS, saving_per_operation_w=10.0, least_saving_w=500.0)


@pytest.fixture(scope="module")
def judges(topology: Topology) -> Judges:
    interlocking = Interlocking(Numerics(topology))
    return Judges(partial(judged, interlocking), partial(judged, interlocking, measured=False))


@pytest.fixture
def quiet(network: Network, topology: Topology) -> Scene:
    return Scene(network, Fdir(topology, Times()))


@pytest.fixture
def vos(topology: Topology, judges: Judges) -> Vos:
    return Vos(topology, SETTINGS, judges)


def advice(topology: Topology, quiet: Scene, close: str = CLOSE, opening: str = OPEN) -> Advice:
    """A proposal of one exchange."""
    image = quiet.image()
    grid = present(topology, image, read_positions(image, topology.network)).grid
    branch = {each.opened_by: each.id for each in grid.branches if each.opened_by}
    operations = (Operation(close, branch[close], True), Operation(opening, branch[opening], False))
    return Advice("OPF-1", image.time_ns, Reason.PREVENTIVE, operations, (), 5e4, 4e4, 0.98, ("because",))


def proposed(vos: Vos, quiet: Scene, given: Advice) -> tuple[VosState, Order]:
    decision = vos.evaluate(quiet.image(), given, VosState())
    assert decision.state.phase is Phase.PROPOSED, decision.state.reason
    (order,) = decision.orders
    quiet.take(order, OrderState.PROPOSED)
    return decision.state, order


def later(vos: Vos, quiet: Scene, given: Advice | None, state: VosState, seconds: float = 5.0) -> Decision[VosState]:
    quiet.time_ns += round(seconds * SECOND)
    return vos.evaluate(quiet.image(), given, state)


def test_a_target_that_holds_becomes_an_order_that_stays_proposed(vos: Vos, quiet: Scene, topology: Topology) -> None:
    given = advice(topology, quiet)
    state, order = proposed(vos, quiet, given)
    assert (order.kind, order.interrupted_customers) == (OrderKind.RECONFIGURE, 0)
    assert "because" in order.explanation
    after = later(vos, quiet, given, state)
    assert (after.state, after.orders, after.abort) == (state, (), {})


GONE = {
    "does not stand any more": lambda quiet: None,
    "it would save": lambda quiet: [
        quiet.put(load.id, "MMXU1.TotW", 100.0) or quiet.put(load.id, "MMXU1.TotVAr", 0.0)
        for load in quiet.network.loads
    ],
    "order X is under way": lambda quiet: quiet.orders.update(
        X=Order("X", 1, OrderKind.MANUAL, "", quiet.time_ns, OrderState.EXECUTING, ())
    ),
    "S14": lambda quiet: quiet.position("ST223/K1/E02/Q0", Dbpos.INTERMEDIATE),
}


@pytest.mark.parametrize("words", GONE)
def test_it_is_withdrawn_when_it_does_not_hold_any_more(vos: Vos, quiet: Scene, topology: Topology, words: str) -> None:
    given = advice(topology, quiet)
    state, order = proposed(vos, quiet, given)
    GONE[words](quiet)
    after = later(vos, quiet, None if words.startswith("does not") else given, state)
    assert words in after.abort[order.id]
    assert after.state.phase is Phase.IDLE


def test_what_cannot_be_ordered_is_told_once_and_tried_again_later(vos: Vos, quiet: Scene, topology: Topology) -> None:
    given = advice(topology, quiet)
    quiet.modes = dict.fromkeys(quiet.modes, Mode.DISABLED)
    first = vos.evaluate(quiet.image(), given, VosState())
    assert first.state.phase is Phase.REFUSED
    assert "automation is disabled" in first.events[0].text
    assert later(vos, quiet, given, first.state).events == ()
    again = later(vos, quiet, given, first.state, 301.0)
    assert (again.state.phase, again.events) == (Phase.REFUSED, ())
    quiet.modes = dict.fromkeys(quiet.modes, Mode.MANUAL)
    assert later(vos, quiet, given, again.state, 301.0).state.phase is Phase.PROPOSED


def done(vos: Vos, quiet: Scene, topology: Topology) -> VosState:
    """The order has been carried out."""
    given = advice(topology, quiet)
    state, order = proposed(vos, quiet, given)
    quiet.take(order)
    state = later(vos, quiet, None, state).state
    assert state.phase is Phase.UNDER_WAY
    quiet.position(CLOSE, Dbpos.ON)
    assert later(vos, quiet, None, state).state.phase is Phase.UNDER_WAY
    quiet.position(OPEN, Dbpos.OFF)
    quiet.orders.clear()
    return later(vos, quiet, None, state).state


def test_the_final_state_is_compared_with_the_prediction(vos: Vos, quiet: Scene, topology: Topology) -> None:
    state = done(vos, quiet, topology)
    assert state.phase is Phase.SETTLES
    assert later(vos, quiet, None, state).state == state
    after = later(vos, quiet, None, state, 30.0)
    assert "the state is as predicted" in after.events[0].text
    assert after.state.phase is Phase.IDLE


def test_a_deviation_is_an_event_that_says_what_deviates(vos: Vos, quiet: Scene, topology: Topology) -> None:
    state = done(vos, quiet, topology)
    assert state.prediction is not None
    wrong = replace(state, prediction=replace(state.prediction, loss_w=state.prediction.loss_w / 2))
    text = later(vos, quiet, None, wrong, 30.0).events[0].text
    assert "differs from the prediction" in text
    assert "were predicted" in text


def test_an_order_that_ends_part_way_is_told(vos: Vos, quiet: Scene, topology: Topology) -> None:
    state, order = proposed(vos, quiet, advice(topology, quiet))
    quiet.take(order)
    state = later(vos, quiet, None, state).state
    quiet.position(CLOSE, Dbpos.ON)
    quiet.orders.clear()
    after = later(vos, quiet, None, state)
    assert "after 1 of 2 operations" in after.events[0].text
    assert after.state.phase is Phase.IDLE


def test_its_state_comes_back_from_disk(vos: Vos, quiet: Scene, topology: Topology, judges: Judges) -> None:
    state, _ = proposed(vos, quiet, advice(topology, quiet))
    both = Optimised(topology, SETTINGS, judges)
    for kept in (both.initial(), OptimisedState(vos=state)):
        assert both.load(both.dump(kept)) == kept
    for broken in (None, {}, {"version": 1, "opf": both.dump(both.initial()), "vos": {"phase": "idle"}}):
        with pytest.raises(ValueError, match="stored"):
            both.load(broken)
