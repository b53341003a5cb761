"""OPF over images of the example grid: what it proposes, when it proposes nothing, and why."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.network.elements import Network
from models.point import Dbpos
from models.quality import Quality
from models.switching import Order, OrderKind, OrderState
from substation.application import Decision
from substation.grid.positions import Positions
from substation.grid.sweep import Flow, solve
from substation.grid.topology import Topology
from substation.image import ProcessImage
from substation.mv.demand import consumption
from substation.mv.fdir import Fdir
from substation.mv.opf.advice import Advice, Reason
from substation.mv.opf.application import Opf, OpfState
from substation.mv.opf.settings import OpfSettings
from substation.placements.placement import Placement, PlacementKind
from substation.tags import Tag, TagKind
from tests.substation.mv.scene import START_NS, Scene, Times

QUARTER_NS = 900_000_000_000


@pytest.fixture
def quiet(network: Network, topology: Topology) -> Scene:
    return Scene(network, Fdir(topology, Times()))


@pytest.fixture(scope="module")
def opf(topology: Topology) -> Opf:
    return Opf(topology, OpfSettings(mode="advisory"))


@pytest.fixture(scope="module")
def first(network: Network, topology: Topology, opf: Opf) -> Decision[OpfState]:
    """Of the grid at rest; a search takes a second."""
    return opf.evaluate(Scene(network, Fdir(topology, Times())).image(), opf.initial())


def given(decision: Decision[OpfState]) -> Advice:
    assert decision.state.given is not None, decision.results
    return decision.state.given


def flow_of(topology: Topology, image: ProcessImage, positions: Positions) -> Flow:
    power_va, _ = consumption(topology, image, np.zeros(topology.arrays.nodes, dtype=np.bool_), ())
    return solve(topology, positions.closed, power_va)


def normal(network: Network, moved: dict[str, bool]) -> Positions:
    closed = {switch.id: not switch.normally_open for switch in network.switches}
    return Positions.certain(network, {**closed, **moved})


def test_what_it_proposes_saves_what_it_says(
    network: Network, topology: Topology, quiet: Scene, first: Decision[OpfState]
) -> None:
    """By the node-breaker sweep, which shares neither the planning grid nor the arithmetic."""
    proposed = given(first)
    image = quiet.image()
    before = flow_of(topology, image, normal(network, {}))
    after = flow_of(topology, image, normal(network, {each.switch: each.close for each in proposed.operations}))
    assert before.losses_w == pytest.approx(proposed.loss_w_before, rel=1e-6)
    assert after.losses_w == pytest.approx(proposed.loss_w, rel=1e-4)  # lines cut at one end are still charged
    assert proposed.saved_w > 1000.0 * len(proposed.operations)
    assert after.tree.radial
    assert (after.tree.root_of >= 0).sum() >= (before.tree.root_of >= 0).sum()
    assert proposed.reason is Reason.PREVENTIVE
    kinds = {switch.id: switch for switch in network.switches}
    assert all(kinds[each.switch].remote and kinds[each.switch].kind.value != "breaker" for each in proposed.operations)


def test_it_is_told_once_and_shown(quiet: Scene, opf: Opf, first: Decision[OpfState]) -> None:
    result = first.results["OPF"]
    assert isinstance(result, dict)
    assert result["state"] == "proposes"
    assert len(first.events) == 1
    quiet.time_ns += QUARTER_NS // 2
    again = opf.evaluate(quiet.image(), first.state)
    assert again.state == first.state
    assert again.events == ()


def test_its_state_comes_back_from_disk(opf: Opf, first: Decision[OpfState]) -> None:
    assert opf.load(opf.dump(first.state)) == first.state
    assert opf.load(opf.dump(opf.initial())) == opf.initial()
    for broken in (None, {}, {"version": 1, "searched_ns": 0, "blocked": "", "given": {"id": "x"}}):
        with pytest.raises(ValueError, match="stored"):
            opf.load(broken)


def test_it_does_not_stand_when_an_operation_was_done(quiet: Scene, opf: Opf, first: Decision[OpfState]) -> None:
    closing = next(each for each in given(first).operations if each.close)
    opening = next(each for each in given(first).operations if not each.close)
    quiet.position(closing.switch, Dbpos.ON)
    quiet.position(opening.switch, Dbpos.OFF)
    quiet.time_ns += QUARTER_NS // 2
    after = opf.evaluate(quiet.image(), first.state)
    assert after.state.given is None
    assert "withdrawn" in after.events[0].text or "does not stand any more" in after.events[0].text


def tagged(kind: TagKind) -> tuple[Tag, ...]:
    return (Tag(1, kind, "L010/W010", "somebody", START_NS),)


RUNNING = Order(
    id="O1", revision=1, kind=OrderKind.MANUAL, title="", created_ns=START_NS, state=OrderState.EXECUTING, steps=(),
    feeders=(), interrupted_w=0.0, explanation=(), remarks=(),
)  # fmt: skip
IN_THE_IMAGE = {
    "fault": {"faults": ("OBR1/K1/E03: tripped for good, indications arrive",)},
    "intent": {"open_intents": (7,)},
    "order": {"orders": {"O1": RUNNING}},
}


@pytest.mark.parametrize("kind", [kind for kind in TagKind if kind.value not in ("caution", "do not operate")])
def test_people_at_work(quiet: Scene, opf: Opf, first: Decision[OpfState], kind: TagKind) -> None:
    quiet.tags = tagged(kind)
    decision = opf.evaluate(quiet.image(), first.state)
    assert decision.state.given is None
    assert kind.value in decision.state.blocked
    assert "is withdrawn" in decision.events[0].text


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("fault", "tripped for good"),
        ("intent", "outcome of 1 commands"),
        ("order", "order O1 is under way"),
        ("doubt", "intermediate"),
        ("earth", "is closed"),
        ("placed", "earth"),
        ("tap", "S16"),
        ("dark", "without supply"),
        ("loop", "loop or parallel"),
        ("unknown", "of the load is not known"),
    ],
)
def test_nothing_under_abnormal_conditions(
    network: Network, quiet: Scene, opf: Opf, first: Decision[OpfState], what: str, why: str
) -> None:
    tie = next(switch for switch in network.switches if switch.normally_open and switch.to_node)
    earthing = next(switch for switch in network.switches if not switch.to_node) if what == "earth" else None
    head = network.feeders[0].breaker
    if what == "doubt":
        quiet.position(tie.id, Dbpos.INTERMEDIATE)
    elif what == "earth" and earthing is not None:
        quiet.position(earthing.id, Dbpos.ON)
    elif what == "placed":
        quiet.placements = (Placement(1, PlacementKind.EARTH, network.lines[0].id, "somebody", START_NS),)
    elif what == "tap":
        quiet.put(network.transformers[0].id, "YLTC1.TapPos", 0, Quality.INVALID)
    elif what == "dark":
        quiet.position(head, Dbpos.OFF)
    elif what == "loop":
        quiet.position(tie.id, Dbpos.ON)
    elif what == "unknown":
        for load in network.loads[:40]:
            quiet.remove(load.id, "MMXU1.TotW")
    decision = opf.evaluate(replace(quiet.image(), **IN_THE_IMAGE.get(what, {})), first.state)
    assert decision.state.given is None
    assert any(why in reason for reason in decision.results["OPF"]["reasons"]), decision.results  # type: ignore


def test_a_limit_is_corrected_at_once_with_few_operations(
    network: Network, topology: Topology, quiet: Scene, first: Decision[OpfState]
) -> None:
    loads = flow_of(topology, quiet.image(), normal(network, {}))
    worst = float(loads.line_loading_pu().max())
    tight = replace(network, limits=replace(network.limits, line_loading_pu=worst * 0.99))
    limited = Topology(tight)
    opf = Opf(limited, OpfSettings(mode="advisory"))
    decision = opf.evaluate(quiet.image(), OpfState(searched_ns=START_NS))  # the period is not over
    proposed = given(decision)
    assert proposed.reason is Reason.CORRECTIVE
    assert len(proposed.operations) <= len(given(first).operations)
    after = flow_of(limited, quiet.image(), normal(tight, {each.switch: each.close for each in proposed.operations}))
    assert after.line_loading_pu().max() <= worst * 0.99 + 1e-4
    assert "to be corrected" in proposed.explanation[0]


def test_losses_beyond_expectation_are_looked_at_at_once(topology: Topology, quiet: Scene) -> None:
    opf = Opf(topology, OpfSettings(mode="advisory", expected_loss_w=9e5))
    decision = opf.evaluate(quiet.image(), OpfState(searched_ns=START_NS))
    assert given(decision).reason is Reason.CORRECTIVE
    assert "were expected" in given(decision).explanation[0]


def test_nothing_is_worth_dear_operations(topology: Topology, quiet: Scene) -> None:
    opf = Opf(topology, OpfSettings(mode="advisory", saving_per_operation_w=1e5))
    decision = opf.evaluate(quiet.image(), opf.initial())
    assert decision.state.given is None
    assert decision.results["OPF"]["state"] == "nothing to propose"  # type: ignore


def test_a_switch_that_must_not_be_moved_is_not(quiet: Scene, opf: Opf, first: Decision[OpfState]) -> None:
    held = given(first).operations[0]
    quiet.tags = (Tag(1, TagKind.DO_NOT_OPERATE, held.switch, "somebody", START_NS),)
    quiet.time_ns += QUARTER_NS
    decision = opf.evaluate(quiet.image(), first.state)
    assert all(each.switch != held.switch for each in given(decision).operations)
    assert any(held.switch in each for each in decision.results["OPF"]["not_moved"])  # type: ignore
