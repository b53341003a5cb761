"""The return to the normal diagram (OP2, SAFETY S7, S24)."""

from __future__ import annotations

import networkx
import pytest

from models.network.elements import Network
from models.point import Dbpos
from models.switching import Order, OrderKind, OrderState, Purpose
from substation.grid.positions import normal_positions, read_positions
from substation.grid.topology import Topology
from substation.mv.fdir import Fdir
from substation.mv.normal import away_from_normal, return_to_normal
from tests.substation.mv.scene import Scene, Times, oberrhein


@pytest.fixture(scope="module")
def network() -> Network:
    return oberrhein()


@pytest.fixture(scope="module")
def topology(network: Network) -> Topology:
    return Topology(network)


def healed(network: Network, topology: Topology, element: str) -> tuple[Scene, Order]:
    """The field after FDIR's order has been carried out."""
    scene = Scene(network, Fdir(topology, Times()))
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
        scene.put(load.id, "MMXU1.TotW", load.active_power_w if load.node in fed(scene) else 0.0)
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
