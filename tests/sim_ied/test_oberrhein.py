"""The real-size grid: agreement with pandapower, indicators of every line fault, speed and rate of changes."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.network.elements import Network, SwitchKind
from models.network.reader import read_network
from sim_ied.fault import Fault, FaultKind, locate
from sim_ied.physics import Flows, Injections, Physics
from sim_ied.settings import Indicators, Measurements, Overcurrent, Reclosing, WorldSettings
from sim_ied.site import read_site
from sim_ied.topology import Topology
from tests.sim_ied.small_world import START_NS, Run, settings

FILE = Path(__file__).parents[2] / "examples" / "oberrhein" / "network.json"
PICKUP_A = 600.0


@pytest.fixture(scope="module")
def network() -> Network:
    return read_network(FILE.read_text(encoding="utf-8"), str(FILE))


@pytest.fixture(scope="module")
def setting(network: Network) -> WorldSettings:
    relay = Overcurrent("standard inverse", PICKUP_A, 0.1, 2500.0, 0.1)
    backup = Overcurrent("standard inverse", 1000.0, 0.25, 3000.0, 0.5)
    feeders = [feeder.id for feeder in network.feeders]
    return replace(
        settings(),
        protection=dict.fromkeys(feeders, relay) | {"OBR1/K1/E01": backup, "OBR2/K1/E01": backup},
        reclosing=dict.fromkeys(feeders, Reclosing((0.5,), 5.0)),
        indicators=Indicators(pickup_a=PICKUP_A),
    )


def normal(network: Network) -> np.ndarray:
    return np.array([not switch.normally_open for switch in network.switches])


def peak(network: Network) -> Injections:
    return Injections(
        np.array([load.active_power_w for load in network.loads]),
        np.array([load.reactive_power_var for load in network.loads]),
        np.zeros(len(network.generators)),
    )


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # pandapower's own
def test_power_flow_agrees_with_pandapower(network: Network) -> None:
    """Same case, same loads, an infinitely strong upstream grid: losses to 1 per mille, voltages to 1e-4 p.u."""
    import pandapower
    import pandapower.networks

    theirs = pandapower.networks.mv_oberrhein()
    theirs.sgen["scaling"] = 0.0
    pandapower.runpp(theirs)
    stiff = replace(network, sources=tuple(replace(item, short_circuit_power_va=1e20) for item in network.sources))
    flows = Physics(stiff, 1.1).flow(normal(network), peak(network))
    losses_w = float((theirs.res_line.pl_mw.sum() + theirs.res_trafo.pl_mw.sum()) * 1e6)
    assert flows.losses_w == pytest.approx(losses_w, rel=1e-3)
    ours = sorted(
        voltage_v / node.nominal_voltage_v
        for node, voltage_v in zip(network.nodes, flows.voltage_v, strict=True)
        if node.id.startswith("ST") and node.busbar
    )
    stations = [f"ST{bus}/K1/BB1/N1" for bus in theirs.bus.index]
    places = {node.id: at for at, node in enumerate(network.nodes)}
    compared = 0
    for bus, name in zip(theirs.bus.index, stations, strict=True):
        if name in places:
            at = places[name]
            assert flows.voltage_v[at] / 20e3 == pytest.approx(theirs.res_bus.vm_pu.at[bus], abs=1e-4)
            compared += 1
    assert compared == len(ours) > 140


def test_every_line_fault_sets_the_indicators_of_its_path_and_no_other(network: Network) -> None:
    """Upstream of the fault: forward at the leaving bay, reverse at the entering bay; nothing anywhere else."""
    physics, topology, closed = Physics(network, 1.1), Topology(network), normal(network)
    flows, connected = physics.flow(closed, peak(network)), np.ones(len(network.generators), np.bool_)
    indicators = [at for at, switch in enumerate(network.switches) if switch.kind is SwitchKind.LOAD_BREAK_SWITCH]
    for line in network.lines:
        place = locate(network, Fault("F", line.id, FaultKind.TWO_PHASE))
        physics.set_faults((place,))
        supply = topology.supply(closed)
        inside = supply.part == supply.part[place.node]
        faulted = physics.short_circuit(closed, np.array([True]), connected, flows, inside)
        shown = {(at, bool(faulted.forward[at])) for at in indicators if faulted.current_a[at] > PICKUP_A}
        assert shown == expected_path(network, topology, closed, place.node), line.id


def expected_path(network: Network, topology: Topology, closed: np.ndarray, target: int) -> set[tuple[int, bool]]:
    """Load-break switches between source and target node by a plain graph search, with the side the source is on."""
    places = topology.node_at
    edges: dict[int, list[tuple[int, int | None]]] = {}
    pairs = [(places[line.from_node], places[line.to_node], None) for line in network.lines]
    pairs += [(places[item.hv_node], places[item.lv_node], None) for item in network.transformers]
    pairs += [
        (places[switch.from_node], places[switch.to_node], at)
        for at, switch in enumerate(network.switches)
        if closed[at] and switch.to_node
    ]
    for start, end, switch in pairs:
        edges.setdefault(start, []).append((end, switch))
        edges.setdefault(end, []).append((start, switch))
    came: dict[int, tuple[int, int | None]] = {}
    front = [places[source.node] for source in network.sources]
    seen = set(front)
    while front:
        node = front.pop()
        for other, switch in edges[node]:
            if other not in seen:
                seen.add(other)
                came[other] = (node, switch)
                front.append(other)
    path = set()
    node = target
    while node in came:
        before, switch = came[node]
        if switch is not None and network.switches[switch].kind is SwitchKind.LOAD_BREAK_SWITCH:
            path.add((switch, places[network.switches[switch].from_node] == before))
        node = before
    return path


def test_fault_currents_are_plausible(network: Network) -> None:
    """At the busbar between 5 and 6 kA (25 MVA, 11.2 %, behind 2 GVA), less with distance, two-phase 0.866 times."""
    busbar = short_circuit(network, Fault("F", "OBR1/K1/BB1"))
    breaker = next(at for at, switch in enumerate(network.switches) if switch.id == "OBR1/K1/E01/Q0")
    assert 5000.0 < busbar.current_a[breaker] < 6000.0
    head = next(at for at, switch in enumerate(network.switches) if switch.id == "OBR1/K1/E03/Q0")
    line = next(line for line in network.lines if line.from_node.startswith("OBR1/K1/E03") or
                line.to_node.startswith("OBR1/K1/E03"))  # fmt: skip
    near, far = (
        short_circuit(network, Fault("F", line.id, fraction=share if line.from_node.startswith("OBR1") else 1 - share))
        for share in (0.1, 0.9)
    )
    assert busbar.current_a[breaker] > near.current_a[head] > far.current_a[head] > 1000.0
    two_phase = short_circuit(network, Fault("F", "OBR1/K1/BB1", FaultKind.TWO_PHASE))
    assert two_phase.current_a[breaker] == pytest.approx(busbar.current_a[breaker] * 0.866, rel=1e-3)


def short_circuit(network: Network, fault: Fault) -> Flows:
    physics, topology, closed = Physics(network, 1.1), Topology(network), normal(network)
    place = locate(network, fault)
    physics.set_faults((place,))
    part = topology.supply(closed).part
    connected = np.ones(len(network.generators), np.bool_)
    flows = physics.flow(closed, peak(network))
    return physics.short_circuit(closed, np.array([True]), connected, flows, part == part[place.node])


def test_steps_are_short_and_changes_come_at_the_promised_rate(network: Network, setting: WorldSettings) -> None:
    run = Run(network, replace(setting, measurements=Measurements()))
    run.measured.clear()
    longest_s = 0.0
    for _ in range(100):
        before = time.perf_counter()
        run.forward(0.1)
        longest_s = max(longest_s, time.perf_counter() - before)
    assert 300 <= len(run.measured) / 10.0 <= 1000
    assert longest_s < 0.1  # on a busy machine; alone about 2 ms


def test_every_point_of_the_table_has_a_value(network: Network, setting: WorldSettings) -> None:
    run = Run(network, setting)
    assert len(run.world.board.present) >= 5000


@pytest.mark.parametrize("element", ["ST103/K1/BB1", "OBR2/K1/BB1"])
def test_busbar_faults_are_cleared_by_the_breaker_in_front(
    network: Network, setting: WorldSettings, element: str
) -> None:
    run = Run(network, setting)
    run.world.inject(Fault("F1", element), START_NS)
    run.forward(20.0)
    truth = run.world.truth()
    assert truth.faults[0].dead
    tripped = {point for _, point, value in run.story("PTRC1.Tr") if value}
    assert len(tripped) == 1
    assert ("E01" in tripped.pop()) is element.startswith("OBR")


@pytest.mark.parametrize("number", range(0, 181, 20))
def test_the_example_site_locks_out_on_permanent_line_faults(number: int) -> None:
    """Settings as committed: one feeder trips, tries both shots, locks out; its stations' indicators show the path."""
    site = read_site(FILE.parent / "world.toml")
    run = Run(site.network, site.settings)
    line = site.network.lines[number]
    run.world.inject(Fault("F1", line.id, FaultKind.TWO_PHASE), START_NS)
    run.forward(60.0)
    trips = [point for _, point, value in run.story("PTRC1.Tr") if value]
    assert len(trips) == 3
    assert len(set(trips)) == 1
    assert [value for _, _, value in run.story("RREC1.AutoRecSt")] == [2, 9]
    topology = Topology(site.network)
    path = expected_path(site.network, topology, normal(site.network), topology.node_at[line.from_node])
    shown = {
        (point.location, point.variable == "SFPI1.FwdFlt")
        for point, change in run.world.board.present.items()
        if point.variable.startswith("SFPI") and change.value is True
    }
    assert shown == {(site.network.switches[at].id.rpartition("/")[0], forward) for at, forward in path}


def test_files_of_the_example_site_name_the_points_of_the_world_and_no_other() -> None:
    site = read_site(FILE.parent / "world.toml")
    world = Run(site.network, site.settings).world
    assert {spec.name for spec in site.specs} == set(world.board.present)
