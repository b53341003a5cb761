"""Steps ordered towards a target on the example grid: every state on the way keeps the rules, and outages are least."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from random import Random

import networkx
import numpy as np
import pytest

from models.network.elements import Network, SettingGroup, SwitchKind
from models.point import Cdc, Dbpos, Handle, PointName, PointSpec
from models.switching import CrewTask, Order, OrderKind, OrderState, Purpose
from substation.control.interlocking import Interlocking
from substation.control.numerics import Numerics
from substation.control.rule_settings import Parallels, Released, RuleSettings
from substation.grid.limits import violations
from substation.grid.positions import read_positions
from substation.grid.sweep import Flow, solve
from substation.grid.topology import Topology
from substation.mv.demand import consumption
from substation.mv.fdir import Fdir
from substation.mv.vos.exchange import Exchange, exchanged, exchanges
from substation.mv.vos.judges import Judges
from substation.mv.vos.planner import NoOrder, Wanted, planned_order
from substation.planned_orders import judged
from substation.register import PointRegister
from substation.tags import Tag, TagKind
from tests.substation.mv.scene import START_NS, Scene, Times, bay, oberrhein

PAIRS = (
    ("ST129/K1/E01/Q0", "ST197/K1/E01/Q0"),
    ("ST223/K1/E01/Q0", "ST223/K1/E02/Q0"),
    ("ST147/K1/E01/Q0", "ST237/K1/E01/Q0"),
)
"""The second one joins the two stations."""
WANTED = Wanted("VOS-1", "a better state", ("saves much",), *(tuple(each) for each in zip(*PAIRS, strict=True)))
SOURCES = frozenset({"OBR1/IFL1", "OBR2/IFL1"})


def judges(rules: RuleSettings) -> Judges:
    interlocking = Interlocking(Numerics(Topology(oberrhein())), rules)
    return Judges(partial(judged, interlocking), partial(judged, interlocking, measured=False))


DEFAULT = judges(RuleSettings())


class Measured(Scene):
    """With the currents of every load-break switch, which S13 asks for."""

    def __post_init__(self) -> None:
        super().__post_init__()
        known = list(self.register.items())
        names = [
            PointName(bay(each.id), f"MMXU1.A.phs{phase}")
            for each in self.network.switches
            if each.kind is SwitchKind.LOAD_BREAK_SWITCH
            for phase in "ABC"
        ]
        more = [PointSpec(name, Cdc.MV, name.location.partition("/")[0]) for name in dict.fromkeys(names)]
        numbered = ((Handle(number), spec) for number, spec in enumerate(more, len(known) + 1))
        self.register = PointRegister((*known, *numbered))
        for name in dict.fromkeys(names):
            self.put(name.location, name.variable, 50.0)


@pytest.fixture
def quiet(network: Network, topology: Topology) -> Scene:
    return Measured(network, Fdir(topology, Times()))


def plan(scene: Scene, topology: Topology, wanted: Wanted = WANTED, by: Judges = DEFAULT) -> Order | NoOrder:
    image = scene.image()
    return planned_order(topology, image, read_positions(image, topology.network), by, wanted)


def flow_now(scene: Scene, topology: Topology) -> Flow:
    power_va, _ = consumption(topology, scene.image(), np.zeros(topology.arrays.nodes, np.bool_), ())
    return solve(topology, read_positions(scene.image(), topology.network).closed, power_va)


def walked(scene: Scene, topology: Topology, order: Order) -> list[tuple[Purpose, int, int]]:
    """Carries the order out; per switching: its purpose, the loads that are dark then, loops that are closed then."""
    found = []
    for step in order.steps:
        if not isinstance(step.value, Dbpos):
            continue
        scene.position(step.element, step.value)
        graph = scene.graph()
        fed = set().union(*(networkx.node_connected_component(graph, each.node) for each in scene.network.sources))
        graph.add_edges_from(("earth", each.node) for each in scene.network.sources)
        loops = graph.number_of_edges() - graph.number_of_nodes() + networkx.number_connected_components(graph)
        found.append((step.purpose, sum(each.node not in fed for each in scene.network.loads), loops))
    return found


def test_every_state_on_the_way_is_radial_or_one_permitted_parallel_and_keeps_the_limits(
    quiet: Scene, topology: Topology
) -> None:
    order = plan(quiet, topology)
    assert isinstance(order, Order), order
    assert (order.kind, order.state) == (OrderKind.RECONFIGURE, OrderState.PROPOSED)
    states = walked(quiet, topology, order)
    assert [(dark > 0) + loops for _, dark, loops in states] == [1, 0, 1, 0, 1, 0], "one thing at a time"
    assert sum(dark > 0 for _, dark, _ in states) == 1, "an outage only where no parallel is released"
    assert not violations(flow_now(quiet, topology))
    assert {each: quiet.field_position(each) for each in WANTED.closings} == dict.fromkeys(WANTED.closings, Dbpos.ON)
    assert {each: quiet.field_position(each) for each in WANTED.openings} == dict.fromkeys(WANTED.openings, Dbpos.OFF)


def some_target(topology: Topology, seed: int) -> Wanted:
    """One to three exchanges of remote-controlled load-break switches, one after the other."""
    random, closed = Random(seed), read_positions(Scene(topology.network, Fdir(topology, Times())).image(),
                                                  topology.network).closed  # fmt: skip
    station = {each.id: each for each in topology.network.switches if each.kind is SwitchKind.LOAD_BREAK_SWITCH}
    ties = [name for name in station if station[name].normally_open]
    chosen: list[Exchange] = []
    for tie in random.sample(ties, random.randint(1, 3)):
        moved = {name for each in chosen for name in (each.close, each.open)}
        possible = list(exchanges(topology, closed, {tie} - moved, {*station} - moved - {*ties}))
        if possible:
            chosen.append(random.choice(possible))
            closed = exchanged(topology, closed, chosen[-1])
    return replace(WANTED, closings=tuple(each.close for each in chosen), openings=tuple(each.open for each in chosen))


@pytest.mark.parametrize("seed", range(6))
def test_any_target_is_reached_one_thing_at_a_time_or_refused_in_words(
    quiet: Scene, topology: Topology, seed: int
) -> None:
    wanted = some_target(topology, seed)
    order = plan(quiet, topology, wanted)
    if isinstance(order, NoOrder):
        assert all(any(f"S{number}" in each for number in range(8, 17)) for each in order.rejected), order
        return
    states = walked(quiet, topology, order)
    assert [(dark > 0) + loops for _, dark, loops in states] == [1, 0] * len(wanted.closings)
    assert all(loops <= 1 for _, _, loops in states)
    assert (order.interrupted_w > 0) == any(dark for _, dark, _ in states)
    assert not violations(flow_now(quiet, topology))


def test_the_outage_is_told_and_reclosing_is_blocked_meanwhile(quiet: Scene, topology: Topology) -> None:
    order = plan(quiet, topology)
    assert isinstance(order, Order)
    assert order.interrupted_customers > 0
    assert any(f"{order.interrupted_customers} customers with" in remark for remark in order.remarks)
    assert any("S8" in line and "not released" in line for line in order.explanation)
    blocked = [step.element for step in order.steps if step.purpose is Purpose.BLOCK_RECLOSING]
    released = [step.element for step in order.steps if step.purpose is Purpose.RELEASE_RECLOSING]
    assert blocked == released
    assert set(blocked) <= set(order.feeders)
    assert order.steps[0].purpose is Purpose.BLOCK_RECLOSING
    assert order.steps[-1].purpose is Purpose.RELEASE_RECLOSING


def test_nobody_is_interrupted_where_the_parallels_are_permitted(quiet: Scene, topology: Topology) -> None:
    same = replace(
        WANTED, closings=(WANTED.closings[0], WANTED.closings[2]), openings=(WANTED.openings[0], WANTED.openings[2])
    )
    order = plan(quiet, topology, same)
    assert isinstance(order, Order)
    assert order.interrupted_customers == 0
    assert all(dark == 0 for _, dark, _ in walked(quiet, topology, order))


def test_a_released_pair_of_sources_still_has_to_pass_every_check_of_s8(quiet: Scene, topology: Topology) -> None:
    """The vector groups and the tap control of both transformers are asked as well; what they say is in the words."""
    released = judges(RuleSettings(parallels=Parallels(released=(Released(SOURCES, 0.0),))))
    order = plan(quiet, topology, by=released)
    assert isinstance(order, Order)
    assert not any("not released" in line for line in order.explanation)
    assert any("S8" in line and "OBR" in line for line in order.explanation) == (order.interrupted_customers > 0)


def test_the_same_target_in_another_order_of_words_gives_the_same_steps(quiet: Scene, topology: Topology) -> None:
    other = replace(WANTED, closings=WANTED.closings[::-1], openings=WANTED.openings[::-1])
    assert plan(quiet, topology, other) == plan(quiet, topology)


REFUSED = {
    "closed already": (WANTED.openings[0], WANTED.closings[0]),
    "no exchanges": (WANTED.closings[0], ""),
    "no switch nowhere": ("nowhere", WANTED.openings[0]),
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_is_no_target_is_refused_in_words(quiet: Scene, topology: Topology, words: str) -> None:
    closing, opening = REFUSED[words]
    wanted = replace(WANTED, closings=(closing,), openings=(opening,) if opening else ())
    found = plan(quiet, topology, wanted)
    assert isinstance(found, NoOrder)
    assert words in found.reason


def test_a_tag_and_a_missing_remote_control_forbid_the_order(quiet: Scene, topology: Topology) -> None:
    quiet.tags = (Tag(1, TagKind.DO_NOT_OPERATE, WANTED.openings[0], "Ada", START_NS),)
    found = plan(quiet, topology)
    assert isinstance(found, NoOrder)
    assert "tagged" in found.reason
    hands = oberrhein(0.0)
    found = plan(Scene(hands, Fdir(Topology(hands), Times())), Topology(hands))
    assert isinstance(found, NoOrder)
    assert "no remote control" in found.reason


def test_switches_without_remote_control_are_steps_of_a_crew_where_that_is_allowed(network: Network) -> None:
    hands = {WANTED.openings[0], WANTED.closings[1]}
    some = tuple(replace(each, remote=each.remote and each.id not in hands) for each in network.switches)
    topology = Topology(replace(network, switches=some))
    quiet = Measured(topology.network, Fdir(topology, Times()))
    assert "no remote control" in plan(quiet, topology).reason  # type: ignore[union-attr]
    order = plan(quiet, topology, replace(WANTED, by_hand=True), judges(RuleSettings()))
    assert isinstance(order, Order), order
    assert {each.element for each in order.steps if isinstance(each.value, CrewTask)} == hands
    assert sum("have the crew at" in each for each in order.remarks) == 2
    remotely = plan(Measured(network, Fdir(Topology(network), Times())), Topology(network))
    assert isinstance(remotely, Order)
    assert {(each.element, each.position) for each in order.steps} == {
        (each.element, each.position) for each in remotely.steps
    }


def test_a_crew_is_sent_nowhere_where_a_tag_forbids_it(network: Network) -> None:
    hand = WANTED.closings[0]
    some = tuple(replace(each, remote=each.remote and each.id != hand) for each in network.switches)
    topology = Topology(replace(network, switches=some))
    quiet = Measured(topology.network, Fdir(topology, Times()))
    quiet.tags = (Tag(1, TagKind.DO_NOT_OPERATE, hand, "Ada", START_NS),)
    found = plan(quiet, topology, replace(WANTED, by_hand=True))
    assert isinstance(found, NoOrder)
    assert "tagged" in found.reason


def test_s13_a_switch_that_carries_too_much_is_not_opened_first(quiet: Scene, topology: Topology) -> None:
    quiet.put(bay(WANTED.openings[1]), "MMXU1.A.phsB", 5000.0)
    found = plan(quiet, topology)
    assert isinstance(found, NoOrder)
    assert any("S13" in each and "carries 5000 A" in each for each in found.rejected)


def test_s15_no_order_where_a_feeder_would_not_see_a_fault_in_what_it_takes_over(network: Network) -> None:
    blind = replace(
        network, feeders=tuple(replace(each, settings=(SettingGroup(1, 9_000.0),)) for each in network.feeders)
    )
    topology = Topology(blind)
    interlocking = Interlocking(Numerics(topology))
    by = Judges(partial(judged, interlocking), partial(judged, interlocking, measured=False))
    found = plan(Scene(blind, Fdir(topology, Times())), topology, by=by)
    assert isinstance(found, NoOrder)
    assert found.rejected
    assert all("S15" in each for each in found.rejected)


def test_s16_no_order_through_an_overload(network: Network, topology: Topology) -> None:
    heavy = Scene(network, Fdir(topology, Times()), scale=1.6)
    found = plan(heavy, topology)
    assert isinstance(found, NoOrder)
    assert any("S16" in each for each in found.rejected)
