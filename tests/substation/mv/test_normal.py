"""The return to the normal diagram (OP2, SAFETY S7, S24)."""

from __future__ import annotations

from collections.abc import Iterator

import networkx
import pytest

from models.network.elements import Network
from models.point import Dbpos
from models.switching import Order, OrderKind, OrderState, Purpose
from substation.control.interlocking import Interlocking
from substation.control.numerics import Numerics
from substation.grid.positions import normal_positions, read_positions
from substation.grid.topology import Topology
from substation.mv.fdir import Fdir
from substation.mv.normal import away_from_normal, return_to_normal
from substation.mv.rehearsed import Refused
from substation.mv.vos.judges import Judges
from substation.planned_orders import judges
from substation.tags import Tag, TagKind
from tests.substation.mv.scene import Scene, Times, oberrhein
from tests.substation.mv.vos.test_planner import Measured


@pytest.fixture(scope="module")
def network() -> Network:
    return oberrhein()


@pytest.fixture(scope="module")
def topology(network: Network) -> Topology:
    return Topology(network)


def healed(
    network: Network, topology: Topology, element: str, of: type[Scene] = Scene, scale: float = 1.0
) -> tuple[Scene, Order]:
    """The field after FDIR's order has been carried out."""
    scene = of(network, Fdir(topology, Times()), scale)
    scene.quiet()
    scene.fault(element)
    order = scene.settle()
    assert order is not None
    for step in order.steps:
        if isinstance(step.value, Dbpos):
            scene.position(step.element, step.value)
        else:
            scene.put(step.element, step.point.variable, step.value)
    for load in network.loads:
        scene.put(load.id, "MMXU1.TotW", scale * load.active_power_w if load.node in fed(scene) else 0.0)
    return scene, order


def fed(scene: Scene) -> set[str]:
    graph = scene.graph()
    return set().union(*(networkx.node_connected_component(graph, each.node) for each in scene.network.sources))


FAULTS = ["L163/W163", "L193/W193", "ST6/K1/BB1/N1", "L182/W182", "ST41/K1/BB1/N1", "L006/W006", "L158/W158"]


@pytest.mark.parametrize("element", FAULTS)
def test_s24_everything_comes_back_onto_dead_networks_only(network: Network, topology: Topology, element: str) -> None:
    scene, order = healed(network, topology, element)
    back = return_to_normal(scene.image(), topology, order)
    assert isinstance(back, Order), back
    assert back.kind is OrderKind.RETURN_TO_NORMAL
    assert back.state is OrderState.PROPOSED
    switches = {switch.id: switch for switch in network.switches}
    for step in back.steps:
        if not isinstance(step.value, Dbpos):
            continue
        assert step.purpose is Purpose.RETURN
        assert (step.value is Dbpos.OFF) == switches[step.element].normally_open
        if step.value is Dbpos.ON:
            sides = {switches[step.element].from_node, switches[step.element].to_node}
            assert len(sides & fed(scene)) == 1, "S7: one live side, one dead side"
        scene.position(step.element, step.value)
        assert networkx.is_forest(scene.graph())
    assert not away_from_normal(network, read_positions(scene.image(), network))


def test_interruptions_are_as_short_as_they_can_be_and_told(network: Network, topology: Topology) -> None:
    """The repaired zone first; behind a tie dark only from its opening to the closings right after it."""
    scene, order = healed(network, topology, "L163/W163")
    back = return_to_normal(scene.image(), topology, order)
    assert isinstance(back, Order)
    values = [step.value for step in back.steps if isinstance(step.value, Dbpos)]
    assert values[0] is Dbpos.ON
    opening = next(step for step in back.steps if step.value is Dbpos.OFF)
    assert any(f"from step {opening.number} to step" in remark and opening.element in remark for remark in back.remarks)
    assert back.interrupted_w > 0
    assert any("tags" in remark for remark in back.remarks)


def test_reclosing_is_blocked_meanwhile_and_released_at_the_end(network: Network, topology: Topology) -> None:
    scene, order = healed(network, topology, "L193/W193")
    back = return_to_normal(scene.image(), topology, order)
    assert isinstance(back, Order)
    released = [step.element for step in back.steps if step.value is False]
    assert "OBR2/K1/E04" in released, "FDIR had left it blocked"
    assert back.steps[-1].value is False
    blocked = [step.element for step in back.steps if step.value is True]
    assert blocked == ["OBR2/K1/E03"], "the tripped feeder is blocked already"


def test_foreign_block_is_not_released(network: Network, topology: Topology) -> None:
    scene, order = healed(network, topology, "L163/W163")
    scene.put("OBR2/K1/E03", "RREC1.BlkRec", True)
    foreign = Order(**{**_fields(order), "steps": tuple(s for s in order.steps if s.element != "OBR2/K1/E03")})
    back = return_to_normal(scene.image(), topology, foreign)
    assert isinstance(back, Order)
    assert all(step.element != "OBR2/K1/E03" for step in back.steps)


def _fields(order: Order) -> dict:
    return {name: getattr(order, name) for name in order.__slots__}


def test_s14_doubt_refuses_the_return(network: Network, topology: Topology) -> None:
    scene, order = healed(network, topology, "L163/W163")
    opened = next(step.element for step in order.steps if step.purpose is Purpose.ISOLATE)
    scene.position(opened, Dbpos.INTERMEDIATE)
    back = return_to_normal(scene.image(), topology, order)
    assert isinstance(back, str)
    assert opened in back
    assert away_from_normal(network, read_positions(scene.image(), network))[opened].endswith("is intermediate")


def test_nothing_to_do_is_said(network: Network, topology: Topology) -> None:
    scene, order = healed(network, topology, "L163/W163")
    fresh = Scene(network, Fdir(topology, Times()))
    assert "in its normal position" in str(return_to_normal(fresh.image(), topology, order))
    assert scene.made == [order]


def test_list_of_switches_away_from_normal(network: Network) -> None:
    normal = normal_positions(network)
    assert away_from_normal(network, normal) == {}
    number = next(n for n, each in enumerate(network.switches) if each.normally_open)
    away = away_from_normal(network, normal.with_switch(number, True))
    assert away == {network.switches[number].id: "closed, normally open"}


ELSEWHERE = (("ST129/K1/E01/Q0", "ST197/K1/E01/Q0"), ("ST147/K1/E01/Q0", "ST237/K1/E01/Q0"))
"""Exchanges that somebody else has made: closed, opened."""


@pytest.mark.parametrize("element", ["L163/W163", "L006/W006", "L158/W158"])
def test_other_switches_away_from_normal_stay_and_the_way_back_makes_no_loop_with_them(
    network: Network, topology: Topology, element: str
) -> None:
    scene, order = healed(network, topology, element)
    away = set()
    for closed, opened in ELSEWHERE:
        if not {closed, opened} & {step.element for step in order.steps}:
            scene.position(closed, Dbpos.ON)
            scene.position(opened, Dbpos.OFF)
            away |= {closed, opened}
    assert away
    back = return_to_normal(scene.image(), topology, order)
    assert isinstance(back, Order), back
    for step in back.steps:
        if isinstance(step.value, Dbpos):
            scene.position(step.element, step.value)
            assert networkx.is_forest(scene.graph())
    assert set(away_from_normal(network, read_positions(scene.image(), network))) == away


@pytest.fixture(scope="module")
def rules(topology: Topology) -> Judges:
    return judges(Interlocking(Numerics(topology)))


def on_the_way(scene: Scene, back: Order) -> Iterator[tuple[int, int]]:
    """(loads without supply, loops closed) before the first switching and after each one, carried out in the field."""

    def now() -> tuple[int, int]:
        graph = scene.graph()
        graph.add_edges_from(("earth", each.node) for each in scene.network.sources)
        loops = graph.number_of_edges() - graph.number_of_nodes() + networkx.number_connected_components(graph)
        return sum(each.node not in fed(scene) for each in scene.network.loads), loops

    yield now()
    for step in back.steps:
        if step.position is not None:
            scene.position(step.element, step.position)
            yield now()


@pytest.mark.parametrize("element", ["L193/W193", "L158/W158", "L006/W006"])
def test_s8_closed_before_opened_where_every_check_of_the_parallel_passes(
    network: Network, topology: Topology, rules: Judges, element: str
) -> None:
    scene, order = healed(network, topology, element, Measured)
    plain = return_to_normal(scene.image(), topology, order)
    back = return_to_normal(scene.image(), topology, order, rules)
    assert isinstance(back, Order), back
    assert isinstance(plain, Order)
    assert {(each.element, each.value) for each in back.steps} >= {
        (each.element, each.value) for each in plain.steps if each.position is not None
    }
    assert back.interrupted_w <= plain.interrupted_w
    states = list(on_the_way(scene, back))
    assert states[-1] == (0, 0)
    assert all(loops <= 1 for _, loops in states)
    assert not away_from_normal(network, read_positions(scene.image(), network))
    together = [each for each in back.remarks if "closed together" in each]
    interrupted = [each for each in back.remarks if "are interrupted" in each]
    assert len(together) == sum(loops for _, loops in states)
    assert all("S" in each.partition(": ")[2] for each in interrupted), "the rule that forbids the parallel is named"
    assert bool(interrupted) == bool(back.interrupted_w)


def test_at_low_load_a_part_goes_back_without_interruption(network: Network, topology: Topology, rules: Judges) -> None:
    """The voltages on both sides differ less; what hangs on the other station is interrupted whatever the load."""
    scene, order = healed(network, topology, "L158/W158", Measured, 0.3)
    back = return_to_normal(scene.image(), topology, order, rules)
    assert isinstance(back, Order)
    assert any("are closed together" in each for each in back.remarks)
    interrupted = [each for each in back.remarks if "are interrupted" in each]
    assert all("not released to be joined" in each for each in interrupted)
    states = list(on_the_way(scene, back))
    assert sum(loops for _, loops in states) == 1
    assert states[-1] == (0, 0)


def test_where_no_rule_lets_it_pass_it_opens_first_and_says_why(network: Network, topology: Topology) -> None:
    scene, order = healed(network, topology, "L163/W163", Measured)
    never = Refused("ST1", frozenset({"S16"}), "S16: too much")
    back = return_to_normal(scene.image(), topology, order, Judges(lambda *_: never, lambda *_: never))
    plain = return_to_normal(scene.image(), topology, order)
    assert isinstance(back, Order)
    assert isinstance(plain, Order)
    assert back.steps == plain.steps
    assert any("look again before approval" in each and "S16: too much" in each for each in back.explanation)


def test_what_stands_on_the_grid_until_the_work_is_over_is_no_reason_against_it(
    network: Network, topology: Topology, rules: Judges
) -> None:
    scene, order = healed(network, topology, "L158/W158", Measured)
    scene.tags = tuple(
        Tag(number, TagKind.FAULT_ISOLATION, step.element, "FDIR", scene.time_ns, order.id)
        for number, step in enumerate(order.steps, 1)
        if step.purpose is Purpose.ISOLATE
    )
    assert scene.tags
    back = return_to_normal(scene.image(), topology, order, rules)
    assert isinstance(back, Order)
    assert not any("look again" in each for each in back.explanation)
    assert any("tags" in remark for remark in back.remarks)
