"""With `doubtful_indicators` automation acts on evidence with single errors, and what it isolates holds the fault."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.network.elements import Generator, Network
from models.point import Cdc, Handle, PointName, PointSpec
from models.quality import Quality
from models.switching import Order, OrderState, Purpose
from substation.grid.topology import Topology
from substation.mv.fdir import Fdir
from substation.mv.settings import FdirSettings
from substation.register import PointRegister
from tests.substation.mv.scene import SECOND, Scene, Times, bay, oberrhein

FAULT = "L163/W163"
FEEDER = "OBR1/K1/E03"


@pytest.fixture(scope="module")
def fdir() -> Fdir:
    return Fdir(Topology(oberrhein()), Times(), FdirSettings(doubtful_indicators=1))


@pytest.fixture
def bold(fdir: Fdir, network: Network) -> Scene:
    scene = Scene(network, fdir)
    scene.quiet()
    return scene


def on_the_way() -> list[str]:
    return list(Scene(oberrhein(), Fdir(Topology(oberrhein()), Times())).indications(FAULT))


WAY = on_the_way()


def fault_without(scene: Scene, *silent: str) -> str:
    shown = scene.indications(FAULT)
    feeder = scene.fault(FAULT, flags=False)
    for location, variable in shown.items():
        if location not in silent:
            scene.put(location, variable, True)
    return feeder


def isolating(order: Order) -> list[str]:
    return [step.element for step in order.steps if step.purpose is Purpose.ISOLATE]


@pytest.mark.parametrize("silent", [WAY[0], WAY[len(WAY) // 2], WAY[-3], WAY[-2]])
def test_a_missing_indication_is_named_and_the_fault_is_inside(bold: Scene, silent: str) -> None:
    feeder = fault_without(bold, silent)
    order = bold.settle()
    assert order is not None, bold.case(feeder)["reason"]
    assert FAULT in order.zone
    assert any(f"{silent}/Q0 is not believed" in line for line in order.explanation)
    assert any("%" in line for line in order.explanation)
    assert f"not believed: {silent}/Q0" in bold.case(feeder)["concluded"]


def test_deep_in_the_way_only_the_faulted_zone_is_isolated(bold: Scene) -> None:
    """Three indicators below the silent one saw the fault: that they all lie is not worth an outage."""
    fault_without(bold, WAY[0])
    order = bold.settle()
    assert order is not None
    assert order.zone == (FAULT,)


@pytest.mark.parametrize("number", [0, 13])
def test_a_false_indication_aside_is_enclosed(bold: Scene, number: int) -> None:
    clear = sorted({bay(each.switch) for each in bold.network.indicators} - set(WAY))
    beside = [each for each in clear if each.partition("/")[0] in {load.partition("/")[0] for load in _loads(bold)}]
    bold.fault(FAULT)
    bold.put(beside[number % len(beside)], "SFPI1.FwdFlt", True)
    order = bold.settle()
    assert order is not None, bold.case(FEEDER)["reason"]
    if beside[number % len(beside)].partition("/")[0] not in _next_to_the_fault(bold):
        assert FAULT in order.zone


def _loads(scene: Scene) -> list[str]:
    return scene.dead_loads(f"{FEEDER}/Q0")


def _next_to_the_fault(scene: Scene) -> set[str]:
    """Stations at the fault: what the next indicator shows falsely cannot be told from a fault behind it."""
    nodes = {line.id: (line.from_node, line.to_node) for line in scene.network.lines}[FAULT]
    return {node.partition("/")[0] for node in nodes}


def test_two_errors_are_for_people(bold: Scene) -> None:
    feeder = fault_without(bold, WAY[0], WAY[2])
    assert bold.settle() is None
    assert "contradict each other" in bold.case(feeder)["reason"]
    assert "%" in bold.case(feeder)["reason"]


def test_an_indicator_that_cannot_be_read_is_as_if_not_there(bold: Scene) -> None:
    """The last one on the way: the zones on both of its sides are isolated."""
    shown = bold.indications(FAULT)
    bold.fault(FAULT)
    bold.put(WAY[-1], shown[WAY[-1]], False, Quality.INVALID)
    order = bold.settle()
    assert order is not None
    assert FAULT in order.zone
    assert len(order.zone) > 1
    assert any(line.startswith("not counted: ") and WAY[-1] in line for line in order.explanation)


def test_an_old_flag_and_a_cleared_transient_do_not_count(bold: Scene) -> None:
    bold.put(WAY[2], bold.indications(FAULT)[WAY[2]], True)
    bold.quiet(5)
    feeder = fault_without(bold, WAY[2])
    order = bold.settle()
    assert order is not None, bold.case(feeder)["reason"]
    assert FAULT in order.zone
    assert any("before this event" in line for line in order.explanation)


def test_low_battery_beside_the_fault_encloses_what_it_may_hide(bold: Scene) -> None:
    beyond = next(iter(sorted(_next_to_the_fault(bold) - {WAY[-1].partition("/")[0]})))
    bold.fault(FAULT)
    bold.put(beyond, "ZBAT1.BatLo", True)
    order = bold.settle()
    assert order is not None
    assert FAULT in order.zone
    assert len(order.zone) > 1


def test_silence_before_a_machine_is_unknown() -> None:
    """Converters do not drive an indicator, a machine of the same size may."""
    network = oberrhein()
    last = Scene(network, Fdir(Topology(network), Times()))
    station = sorted(_next_to_the_fault(last) - {WAY[-1].partition("/")[0]})[0]
    node = next(each.id for each in network.nodes if each.busbar and each.station == station)
    zones = []
    for kind in ("pv", "hydro"):
        plant = Generator(f"{station}/K1/G9/GEN1", node, kind, 800e3, 60.0, 0.15)
        grid = replace(network, generators=(*network.generators, plant))
        scene = Scene(grid, Fdir(Topology(grid), Times(), FdirSettings(doubtful_indicators=1)))
        scene.quiet()
        scene.fault(FAULT)
        order = scene.settle()
        assert order is not None
        zones.append(order.zone)
    assert zones[0] == (FAULT,)
    assert len(zones[1]) > 1
    assert FAULT in zones[1]


def test_late_evidence_stops_the_order(scene: Scene) -> None:
    """The default of no doubts: the last indicator on the way comes after the order, which isolated the zone before."""
    shown = scene.indications(FAULT)
    fault_without(scene, WAY[-1])
    order = scene.settle()
    assert order is not None
    assert FAULT not in order.zone
    scene.take(order)
    assert scene.step(0.5).abort == {}
    scene.time_ns += SECOND
    scene.put(WAY[-1], shown[WAY[-1]], True)
    (reason,) = scene.step(0.5).abort.values()
    assert WAY[-1] in reason
    assert FAULT in reason
    assert scene.case(FEEDER)["state"] == "handed over to people"


def test_late_evidence_that_fits_changes_nothing(bold: Scene) -> None:
    """Missing when the order was made, and inside what it isolates."""
    shown = bold.indications(FAULT)
    fault_without(bold, WAY[-2])
    order = bold.settle()
    assert order is not None
    bold.take(order, OrderState.PROPOSED)
    bold.time_ns += SECOND
    bold.put(WAY[-2], shown[WAY[-2]], True)
    assert bold.step(0.5).abort == {}
    bold.take(order)
    assert bold.step(0.5).abort == {}
    for location, variable in shown.items():
        bold.put(location, variable, False)
    assert bold.step(0.5).abort == {}, "voltage is back and has reset them"


@pytest.mark.parametrize(("distance_km", "agrees"), [(None, True), (11.9, True), (2.0, False)])
def test_fault_locator_of_the_relay(network: Network, distance_km: float | None, agrees: bool) -> None:
    """What it measured in this event is one more witness: a distance far from the place that the indicators show is a
    contradiction, and by default that is for people."""
    scene = Scene(network, Fdir(Topology(network), Times()))
    spec = PointSpec(PointName(FEEDER, "RFLO1.FltDiskm"), Cdc.MV, "OBR1")
    known = [(handle, scene.register.spec(handle)) for handle in scene.samples]
    scene.register = PointRegister([*known, (Handle(len(known) + 1), spec)])
    scene.put(FEEDER, "RFLO1.FltDiskm", 3.0)
    scene.quiet()
    scene.fault(FAULT)
    if distance_km is not None:
        scene.put(FEEDER, "RFLO1.FltDiskm", distance_km)
    order = scene.settle()
    assert (order is not None) is agrees
    if not agrees:
        assert "RFLO1.FltDiskm says 2 km" in scene.case(FEEDER)["reason"]
