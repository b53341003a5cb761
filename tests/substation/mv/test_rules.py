"""Properties of every order that FDIR can make, named by the rules of SAFETY.md."""

from __future__ import annotations

from dataclasses import dataclass

import networkx
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from models.network.elements import Network, SwitchKind
from models.point import Dbpos
from models.switching import Order, Purpose
from substation.grid.topology import Topology
from substation.mv.fdir import Fdir
from substation.tags import Tag, TagKind
from tests.substation.grid.peers import PeerGrid
from tests.substation.mv.scene import START_NS, Scene, Times, bay, oberrhein

NETWORKS = {share: oberrhein(share) for share in (1.0, 0.3)}
TOPOLOGIES = {share: Topology(network) for share, network in NETWORKS.items()}
ELEMENTS = [line.id for line in NETWORKS[1.0].lines]
ELEMENTS += [node.id for node in NETWORKS[1.0].nodes if node.busbar and node.station.startswith("ST")]
STATION_SWITCHES = [each.id for each in NETWORKS[1.0].switches if each.kind is SwitchKind.LOAD_BREAK_SWITCH]
DOUBTS = [Dbpos.INTERMEDIATE, Dbpos.BAD, None]

quick = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
shares = st.sampled_from([1.0, 0.3])
elements = st.sampled_from(ELEMENTS)
scales = st.floats(0.2, 1.3)
tagged = st.lists(st.tuples(st.sampled_from(list(TagKind)), st.sampled_from(STATION_SWITCHES)), max_size=3)


@dataclass
class Run:
    """A fault and what came of it; closed holds the field's positions after the trip."""

    scene: Scene
    order: Order | None
    breaker: str
    closed: dict[str, bool]

    @property
    def network(self) -> Network:
        return self.scene.network

    @property
    def switches(self) -> dict[str, object]:
        return {each.id: each for each in self.network.switches}


def run(share: float, element: str, scale: float = 0.7, tags: list[tuple[TagKind, str]] | None = None) -> Run:
    scene = Scene(NETWORKS[share], Fdir(TOPOLOGIES[share], Times()), scale=scale)
    scene.tags = tuple(Tag(n, kind, each, "Miller", START_NS) for n, (kind, each) in enumerate(tags or []))
    scene.quiet()
    breaker = scene.feeder_of(element)
    scene.fault(element)
    order = scene.settle()
    closed = {each.id: scene.field_position(each.id) is Dbpos.ON for each in scene.network.switches}
    return Run(scene, order, breaker, closed)


def fed(network: Network, closed: dict[str, bool]) -> set[str]:
    graph = networkx.Graph()
    graph.add_nodes_from(node.id for node in network.nodes)
    graph.add_edges_from((line.from_node, line.to_node) for line in network.lines)
    graph.add_edges_from((each.hv_node, each.lv_node) for each in network.transformers)
    graph.add_edges_from(
        (each.from_node, each.to_node) for each in network.switches if each.to_node and closed[each.id]
    )
    return set().union(*(networkx.node_connected_component(graph, each.node) for each in network.sources))


def moves(order: Order):
    return [step for step in order.steps if isinstance(step.value, Dbpos)]


@given(share=shares, element=elements, scale=scales, tags=tagged)
@quick
def test_s3_only_the_tripped_breaker_and_open_points_are_closed(share, element, scale, tags) -> None:
    result = run(share, element, scale, tags)
    assume(result.order is not None)
    forbidden = {each for kind, each in tags if kind.forbids_closing}
    for step in moves(result.order):
        if step.value is Dbpos.ON:
            switch = result.switches[step.element]
            assert switch.id == result.breaker or (switch.normally_open and switch.id in result.order.open_before)
            assert switch.id not in forbidden
            assert switch.kind is not SwitchKind.EARTHING_SWITCH


@given(share=shares, element=elements, scale=scales)
@quick
def test_s4_s5_isolated_first_and_never_fed_afterwards(share, element, scale) -> None:
    result = run(share, element, scale)
    assume(result.order is not None)
    purposes = [step.purpose for step in result.order.steps]
    closings = [number for number, step in enumerate(result.order.steps) if step.value is Dbpos.ON]
    openings = [number for number, each in enumerate(purposes) if each is Purpose.ISOLATE]
    assert not closings or not openings or max(openings) < min(closings)
    closed = dict(result.closed)
    for step in moves(result.order):
        closed[step.element] = step.value is Dbpos.ON
    assert result.scene.node_of(element) not in fed(result.network, closed)


@given(share=shares, element=elements, scale=scales)
@quick
def test_s6_reclosing_is_blocked_on_source_and_targets_before_any_close(share, element, scale) -> None:
    result = run(share, element, scale)
    assume(result.order is not None)
    blocked: set[str] = set()
    feeders = {each.id for each in result.network.feeders} & set(result.order.feeders)
    for step in result.order.steps:
        if step.purpose is Purpose.BLOCK_RECLOSING:
            blocked.add(step.element)
        if step.value is Dbpos.ON:
            assert blocked == feeders
    assert bay(result.breaker) in feeders


@given(share=shares, element=elements, scale=scales, tags=tagged)
@quick
def test_s7_closes_onto_dead_networks_only(share, element, scale, tags) -> None:
    result = run(share, element, scale, tags)
    assume(result.order is not None)
    closed = dict(result.closed)
    for step in moves(result.order):
        if step.value is Dbpos.ON:
            switch = result.switches[step.element]
            assert len({switch.from_node, switch.to_node} & fed(result.network, closed)) == 1
        closed[step.element] = step.value is Dbpos.ON


@given(element=elements, reclosing=st.sampled_from([1, 2, 3, 4, 5, 6, 7, 8]))
@quick
def test_s9_nothing_starts_before_the_final_trip(element, reclosing) -> None:
    scene = Scene(NETWORKS[1.0], Fdir(TOPOLOGIES[1.0], Times()))
    scene.quiet()
    feeder = scene.fault(element, final=False)
    scene.put(feeder, "RREC1.AutoRecSt", reclosing)
    scene.quiet(20)
    assert not scene.made


@given(element=elements)
@quick
def test_s9_nothing_starts_before_the_window_has_closed(element) -> None:
    scene = Scene(NETWORKS[1.0], Fdir(TOPOLOGIES[1.0], Times(evidence_window_s=60.0)))
    scene.quiet()
    scene.fault(element)
    scene.quiet(50)
    assert not scene.made


@given(share=shares, element=elements, scale=scales)
@quick
def test_s13_switches_open_only_when_dead(share, element, scale) -> None:
    result = run(share, element, scale)
    assume(result.order is not None)
    closed = dict(result.closed)
    for step in moves(result.order):
        if step.value is Dbpos.OFF:
            switch = result.switches[step.element]
            assert not {switch.from_node, switch.to_node} & fed(result.network, closed)
            assert switch.kind is SwitchKind.LOAD_BREAK_SWITCH
        closed[step.element] = step.value is Dbpos.ON


@given(share=shares, element=elements, switch=st.sampled_from(STATION_SWITCHES), doubt=st.sampled_from(DOUBTS))
@settings(quick, max_examples=20)
def test_s14_a_doubtful_switch_neither_isolates_nor_feeds(share, element, switch, doubt) -> None:
    """An order is made only where the doubt cannot matter: never with the switch, never fed through it."""
    scene = Scene(NETWORKS[share], Fdir(TOPOLOGIES[share], Times()), scale=0.7)
    scene.quiet()
    breaker = scene.feeder_of(element)
    dead = {load.partition("/")[0] for load in scene.dead_loads(breaker)}
    feeder = scene.fault(element)
    if doubt is None:
        scene.remove(switch, "CSWI1.Pos")
    else:
        scene.position(switch, doubt)
    order = scene.settle()
    if switch.partition("/")[0] in dead:
        assert order is None
        assert switch in scene.case(feeder)["reason"]
    elif order is not None:
        closed = {
            each.id: each.id != switch and scene.field_position(each.id) is Dbpos.ON for each in scene.network.switches
        }
        for step in moves(order):
            assert step.element != switch
            closed[step.element] = step.value is Dbpos.ON
        loads = {load.id: load.node for load in scene.network.loads}
        live = fed(scene.network, closed)
        restored_w = sum(each.active_power_w for each in order.loads if loads[each.element] in live)
        assert order.restored_w == pytest.approx(restored_w, abs=1.0), "no part of it hangs on the doubtful switch"


@given(share=shares, element=elements, scale=scales)
@quick
def test_s16_limits_hold_after_every_step(share, element, scale) -> None:
    """Judged by power-grid-model in what the order feeds; what was beyond a limit before is not made to feed more."""
    result = run(share, element, scale)
    assume(result.order is not None)
    network, limits = result.network, result.network.limits
    before = {load.element: complex(load.active_power_w, load.reactive_power_var) for load in result.order.loads}
    power: dict[str, complex] = {}
    for load in network.loads:
        value = before.get(load.id, scale * complex(load.active_power_w, load.reactive_power_var))
        power[load.node] = power.get(load.node, 0) + value
    closed = dict(result.closed)
    for step in moves(result.order):
        closed[step.element] = step.value is Dbpos.ON
        if step.value is not Dbpos.ON:
            continue
        switch = result.switches[step.element]
        island = _island(network, closed, switch.to_node)
        voltages, currents, loadings = PeerGrid(network, closed, power).solve()
        for node in network.nodes:
            if node.id in island:
                level = abs(voltages[node.id]) / node.nominal_voltage_v
                assert limits.voltage_min_pu - 1e-7 <= level <= limits.voltage_max_pu + 1e-7
        for line in network.lines:
            assert line.from_node not in island or currents[line.id] <= line.rated_current_a * (1 + 1e-7)
        for transformer in network.transformers:
            assert transformer.lv_node not in island or loadings[transformer.id] <= limits.transformer_loading_pu + 1e-7


def _island(network: Network, closed: dict[str, bool], node: str) -> set[str]:
    graph = networkx.Graph()
    graph.add_edges_from((line.from_node, line.to_node) for line in network.lines)
    graph.add_edges_from((each.hv_node, each.lv_node) for each in network.transformers)
    graph.add_edges_from(
        (each.from_node, each.to_node) for each in network.switches if each.to_node and closed[each.id]
    )
    return set(networkx.node_connected_component(graph, node))
