"""Interlocking from the topology of an SCD alone (S1, S13, S14, S16, S17, S21): the classical cases, and properties.

The properties are checked against a walk of their own over the switches of one substation.
"""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.network.elements import Switch, SwitchKind
from models.point import Dbpos, PointName
from models.scl.grid import derive_grid
from models.scl.reader import read_scl
from substation.control.interlocking import Interlocking
from substation.control.numerics import Numerics
from substation.control.request import Request
from substation.control.situation import Context
from substation.grid.topology import Topology
from substation.tags import Tag, TagKind
from tests.substation.control.asking import FDIR, PERSON
from tests.substation.control.double_busbar import (
    COUPLER,
    FILE,
    HV,
    INTERLOCKING,
    NETWORK,
    NOW_NS,
    OFF,
    ON,
    POINTS,
    Station,
)

SWITCHES = {switch.id: switch for switch in NETWORK.switches}
IN_HV = [each for each in NETWORK.switches if each.id.startswith(HV)]
DISCONNECTORS = [each.id for each in IN_HV if each.kind is SwitchKind.DISCONNECTOR]
EARTHING = [each.id for each in IN_HV if each.kind is SwitchKind.EARTHING_SWITCH]
POSITIONS = st.lists(st.sampled_from([ON, OFF, ON, OFF, Dbpos.INTERMEDIATE]), min_size=len(IN_HV), max_size=len(IN_HV))
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def local(switch: str) -> str:
    return switch.removeprefix(f"{HV}/")


def placed(positions: list[Dbpos]) -> Station:
    station = Station()
    for switch, position in zip(IN_HV, positions, strict=True):
        station.set(switch.id, position)
    return station


def reach(start: str, closed: Iterable[Switch], lines: bool = True) -> set[str]:
    """Nodes that hang together with this one: over these switches, and over transformers."""
    edges = [(each.from_node, each.to_node) for each in closed if each.to_node]
    if lines:
        edges += [(each.hv_node, each.lv_node) for each in NETWORK.transformers]
    found = {start}
    grown = True
    while grown:
        more = {node for edge in edges if found & set(edge) for node in edge} - found
        found |= more
        grown = bool(more)
    return found


def possibly_closed(station: Station, but: str = "") -> list[Switch]:
    return [each for each in NETWORK.switches if each.id != but and station.values[station.position(each.id)] != OFF]


def surely_closed(station: Station, but: str = "") -> list[Switch]:
    return [each for each in NETWORK.switches if each.id != but and station.values[station.position(each.id)] == ON]


def bears(nodes: set[str]) -> bool:
    """More than switchgear stands there."""
    ends = {each.node for each in (*NETWORK.sources, *NETWORK.loads, *NETWORK.generators)}
    ends |= {end for each in NETWORK.transformers for end in (each.hv_node, each.lv_node)}
    return bool(nodes & (ends | {each.id for each in NETWORK.nodes if each.busbar}))


# -- S13


def test_s13_a_disconnector_moves_behind_the_open_breaker_only() -> None:
    station = Station()
    assert "S13: " in station.refused("Q01/QB1", OFF)
    assert station.opened("Q01/QA1").refused("Q01/QB1", OFF) == ""


def test_s13_a_bay_changes_its_busbar_over_the_closed_coupler_which_stays_closed() -> None:
    station = Station()
    assert "S13: " in station.refused("Q01/QB2", ON)
    station.closed("Q00/QB1", "Q00/QB2", "Q00/QA1")
    assert station.refused("Q01/QB2", ON) == ""
    station.closed("Q01/QB2")
    assert "S13: AA1/D1/Q01 is on two busbars" in station.refused("Q00/QA1", OFF)
    assert station.refused("Q01/QB1", OFF) == ""
    station.opened("Q01/QB1")
    assert station.refused("Q00/QA1", OFF) == ""


def test_s13_two_busbars_are_not_joined_behind_an_open_breaker_either() -> None:
    assert "S13: " in Station().opened("Q01/QA1").refused("Q01/QB2", ON)


def test_s7_automation_makes_no_loop_over_the_coupler() -> None:
    station = Station().closed("Q00/QB1", "Q00/QB2", "Q00/QA1")
    assert "S7: " in station.refused("Q01/QB2", ON, FDIR)


@given(POSITIONS, st.sampled_from(DISCONNECTORS), st.sampled_from([ON, OFF]))
@FEW
def test_s13_no_disconnector_breaks_or_makes_a_load(positions: list[Dbpos], name: str, wanted: Dbpos) -> None:
    station = placed(positions)
    if "S13: " in station.refused(local(name), wanted):
        return
    switch, others = SWITCHES[name], possibly_closed(station, name)
    one, other = reach(switch.from_node, others), reach(switch.to_node, others)
    sources = {each.node for each in NETWORK.sources}
    if not (sources & (one | other)) or not (bears(one) and bears(other)):
        return
    coupler = [each for each in surely_closed(station, name) if each.id.startswith(COUPLER)]
    own = [each for each in surely_closed(station, name) if each.id.rpartition("/")[0] == name.rpartition("/")[0]]
    assert switch.to_node in reach(switch.from_node, [*coupler, *own], lines=False)
    assert any(each.kind is SwitchKind.BREAKER for each in coupler)


@given(POSITIONS, st.sampled_from(["QB1", "QB2", "QA1"]))
@FEW
def test_s13_the_coupler_opens_only_with_every_bay_on_one_busbar(positions: list[Dbpos], name: str) -> None:
    station = placed(positions)
    if "S13: " in station.refused(f"Q00/{name}", OFF):
        return
    closed = {each.id for each in possibly_closed(station)}
    assert not any({f"{HV}/{bay}/QB1", f"{HV}/{bay}/QB2"} <= closed for bay in ("Q01", "Q02", "Q03", "Q04"))


# -- S14, S16


def test_s14_a_switch_that_stands_nowhere_takes_no_command() -> None:
    station = Station()
    request = Request(PointName(f"{HV}/Q01/Q9", "CSWI1.Pos"), OFF, PERSON)
    found = INTERLOCKING.refusals(request, station.image(), Context())
    assert [each.rule for each in found if "complete its Terminals" in each.text] == ["S14"]


def test_s16_what_the_scd_does_not_state_refuses_what_feeds_something_new_and_nothing_else() -> None:
    station = Station().opened("Q03/QA1")
    station.set("AA1/J1/J01/QA1", OFF)
    refused = station.refused("Q03/QA1", ON)
    assert "S16: " in refused
    assert "add network.json" in refused
    station.opened("Q03/QB1")
    assert station.refused("Q03/QB1", ON) == ""


# -- S17


def test_s17_no_disconnector_closes_towards_an_earth() -> None:
    station = Station().opened("Q01/QA1", "Q01/QB1").closed("Q01/QC1")
    assert "S17: the earthing switch AA1/D1/Q01/QC1 is closed" in station.refused("Q01/QB1", ON)
    station = Station().opened("Q01/QA1", "Q01/QB1", "Q01/QB9").closed("Q01/QC9")
    assert "S17: earthing switch AA1/D1/Q01/QC9 is closed" in station.refused("Q01/QB9", ON)


@given(POSITIONS, st.sampled_from(DISCONNECTORS))
@FEW
def test_s17_beside_a_closing_disconnector_every_earth_is_confirmed_open(positions: list[Dbpos], name: str) -> None:
    station = placed(positions)
    if "S17: " in station.refused(local(name), ON):
        return
    switch, bay = SWITCHES[name], name.rpartition("/")[0]
    breakers = [each for each in IN_HV if each.kind is SwitchKind.BREAKER and each.id.startswith(bay)]
    way = [*possibly_closed(station, name), *breakers]
    beside = reach(switch.from_node, way) | reach(switch.to_node, way)
    near = [each for each in NETWORK.switches if not each.to_node and each.from_node in beside]
    assert all(station.values[station.position(each.id)] == OFF for each in near)


# -- S1


def test_s1_people_earth_what_is_isolated_and_measured_dead_and_automation_never() -> None:
    station = Station().opened("Q01/QA1", "Q01/QB1", "Q01/QB9").voltage(f"{HV}/Q01", 63_000.0)
    assert "S1: AA1/D1/Q01/N4 is not dead" in station.refused("Q01/QC9", ON)
    station.voltage(f"{HV}/Q01", 30.0)
    assert station.refused("Q01/QC9", ON) == ""
    assert "S1: " in station.refused("Q01/QC9", ON, FDIR)
    station.silent.add(PointName(f"{HV}/Q01", "MMXU1.PPV.phsBC"))
    assert "S1: whether AA1/D1/Q01/N4 is dead is not known" in station.refused("Q01/QC9", ON)


def test_s1_nothing_is_earthed_where_no_voltage_is_measured() -> None:
    station = Station().opened("Q01/QA1", "Q01/QB1", "Q01/QB9")
    assert "S1: no voltage is measured" in station.refused("Q01/QC1", ON)


def test_s1_an_earth_that_protects_work_stays() -> None:
    station = Station().opened("Q01/QA1", "Q01/QB1", "Q01/QB9").closed("Q01/QC9")
    assert station.refused("Q01/QC9", OFF) == ""
    station.tags = (Tag(1, TagKind.WORK_PERMIT, f"{HV}/Q01/N4", "Bo", NOW_NS, "P-7"),)
    assert "S1: " in station.refused("Q01/QC9", OFF)


@given(POSITIONS, st.sampled_from(EARTHING), st.sampled_from([0.0, 3_000.0, 63_000.0]))
@FEW
def test_s1_only_a_dead_isolated_section_is_earthed(positions: list[Dbpos], name: str, volts: float) -> None:
    station = placed(positions)
    bay = name.rpartition("/")[0]
    if bay.endswith(("BB1", "BB2")):
        station.voltage(bay, volts, f"MMXU{bay[-1]}")
    else:
        station.voltage(bay, volts)
    if "S1: " in station.refused(local(name), ON):
        return
    assert volts < 0.05 * 110_000.0
    breakers = [each for each in NETWORK.switches if each.kind is SwitchKind.BREAKER]
    section = reach(SWITCHES[name].from_node, breakers)
    around = [each for each in NETWORK.switches if len(section & {each.from_node, each.to_node}) == 1 and each.to_node]
    assert all(
        station.values[station.position(each.id)] == OFF for each in around if each.kind is not SwitchKind.BREAKER
    )


# -- S21


def test_s21_the_interlocking_of_the_device_is_asked_and_explained() -> None:
    station = Station().opened("Q01/QA1", "Q01/QB1").closed("Q01/QC1")
    release = PointName(f"{HV}/Q01/QB1", "CILO2.EnaCls")
    station.values[release] = False
    refused = station.refused("Q01/QB1", ON)
    assert "S21: CILO2.EnaCls of AA1/D1/Q01/QB1 is false: " in refused
    station.values[release] = True
    assert "S21: " not in station.refused("Q01/QB1", ON)


@given(st.sampled_from([each.id for each in IN_HV]), st.sampled_from([ON, OFF]), st.sampled_from(["false", "silent"]))
@FEW
def test_s21_false_or_not_fresh_is_no(name: str, wanted: Dbpos, how: str) -> None:
    station = Station()
    number = station.position(name).variable.removeprefix("CSWI").removesuffix(".Pos")
    release = PointName(name, f"CILO{number}.{'EnaCls' if wanted is ON else 'EnaOpn'}")
    assert "S21: " not in station.refused(local(name), wanted)
    if how == "false":
        station.values[release] = False
    else:
        station.silent.add(release)
    for who in (PERSON, FDIR):
        assert "S21: " in station.refused(local(name), wanted, who)


def test_people_open_every_breaker_without_electrical_values_unless_it_cuts_off_generation() -> None:
    """AA1/J1/J03 is a line that leaves the drawing, AA1/J1/J04 a generator whose rating is not known (S12)."""
    breakers = [each.id for each in NETWORK.switches if each.kind is SwitchKind.BREAKER and COUPLER not in each.id]
    station = Station()
    answers = {each: station.refusal(each, OFF) for each in breakers}
    assert answers == dict.fromkeys(answers, "")
    power = PointName("AA1/J1/J04", "MMXU1.TotW")
    station.values[power] = 5_000.0
    assert "S12: " in station.refusal("AA1/J1/J04/QA1", OFF)
    station.silent.add(power)
    assert "S12: " in station.refusal("AA1/J1/J04/QA1", OFF)


def test_switching_needs_no_frequency_that_the_file_does_not_state() -> None:
    """`nomFreq` is optional: without neutral treatment no earth-fault current is computed."""
    text = FILE.read_text(encoding="utf-8").replace(' nomFreq="50"', "")
    scl = read_scl(text.encode(), FILE.name)
    interlocking = Interlocking(Numerics(Topology(derive_grid(scl, POINTS).network)))
    station = Station().opened("Q01/QA1", "Q01/QB1")
    request = Request(station.position(f"{HV}/Q01/QB1"), ON, PERSON)
    assert interlocking.refusals(request, station.image(), Context()) == ()
