"""Topology of the process section: what joins, what is doubtful, and the grid that is made of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import AlgorithmError
from models.network.elements import Network, SwitchKind
from models.network.reader import read_network
from models.network.unstated import is_stated
from models.network.writer import write_network
from models.scl.findings import Findings
from models.scl.grid import DerivedGrid, derive_grid
from models.scl.points import points
from models.scl.reader import read_scl
from models.scl.topology import connect
from substation.grid.positions import normal_positions
from substation.grid.sweep import solve
from substation.grid.topology import Topology

ROOT = Path(__file__).parents[3]
DOUBLE_BUSBAR = ROOT / "tests" / "cases" / "scl" / "double_busbar.scd"
HEAD = '<SCL xmlns="http://www.iec.ch/61850/2003/SCL" version="2007" revision="B" release="4"><Header id="x"/>'


def derived(text: str) -> DerivedGrid:
    scl = read_scl(text.encode(), "x.scd")
    return derive_grid(scl, points(scl))


def of_file(path: Path) -> DerivedGrid:
    scl = read_scl(path.read_bytes(), path.name)
    return derive_grid(scl, points(scl))


def equipment(name: str, kind: str, *nodes: str, inside: str = "") -> str:
    terminals = "".join(
        f'<Terminal name="T{number}" connectivityNode="{node}"/>' for number, node in enumerate(nodes, 1)
    )
    return f'<ConductingEquipment name="{name}" type="{kind}">{inside}{terminals}</ConductingEquipment>'


def bay(content: str, *nodes: str, name: str = "Q1", after: str = "") -> str:
    """A file with one bay; `nodes` are declared in it."""
    declared = "".join(f'<ConnectivityNode name="{node}" pathName="S/V/{name}/{node}"/>' for node in nodes)
    level = (
        f'<VoltageLevel name="V"><Voltage unit="V" multiplier="k">20</Voltage><Bay name="{name}">{content}{declared}'
    )
    return f'{HEAD}<Substation name="S">{level}</Bay></VoltageLevel>{after}</Substation></SCL>'


def told(grid: DerivedGrid) -> str:
    return "\n".join(str(each) for each in grid.remarks)


def test_the_grid_of_the_scd_is_that_of_network_json() -> None:
    """Both were written from one network: the same nodes, switches, lines and feeders, electrical values apart."""
    folder = ROOT / "examples" / "oberrhein"
    made, given = of_file(folder / "scd.xml").network, read_network((folder / "network.json").read_text(), "n")
    assert {(each.id, each.station, each.busbar, each.nominal_voltage_v) for each in made.nodes} == {
        (each.id, each.station, each.busbar, each.nominal_voltage_v) for each in given.nodes
    }
    assert {(each.id, each.kind, each.from_node, each.to_node, each.remote) for each in made.switches} == {
        (each.id, each.kind, each.from_node, each.to_node, each.remote) for each in given.switches
    }
    assert {(each.id, frozenset((each.from_node, each.to_node))) for each in made.lines} == {
        (each.id, frozenset((each.from_node, each.to_node))) for each in given.lines
    }
    for section in ("transformers", "sources", "loads", "generators"):
        assert len(getattr(made, section)) == len(getattr(given, section))
    assert {(each.id, each.breaker) for each in made.feeders} == {(each.id, each.breaker) for each in given.feeders}


def test_the_double_busbar() -> None:
    grid = of_file(DOUBLE_BUSBAR)
    assert grid.remarks == ()
    switches = {each.id: each for each in grid.network.switches}
    coupler = switches["AA1/D1/Q00/QB2"]
    assert (coupler.from_node, coupler.to_node, coupler.kind) == (
        "AA1/D1/BB2/N1",
        "AA1/D1/Q00/N2",
        SwitchKind.DISCONNECTOR,
    )
    assert switches["AA1/D1/Q01/QC9"].kind is SwitchKind.EARTHING_SWITCH
    assert [(each.id, each.hv_node, each.lv_node) for each in grid.network.transformers] == [
        ("AA1/T1", "AA1/D1/Q03/N2", "AA1/J1/J01/N3"),
        ("AA1/T2", "AA1/D1/Q04/N2", "AA1/J1/J02/N3"),
    ]
    assert [(each.id, each.kind) for each in grid.network.generators] == [
        ("AA1/J1/J04/GEN1", "GEN"),
        ("AA1/J1/J03/LIN1", "line"),
    ]
    assert ("AA1/D1/BB2/N1", "AA1/D1/BB2", "MMXU2") in {
        (each.node, each.location, each.logical_node) for each in grid.network.meters
    }


def test_a_current_transformer_joins_its_nodes_without_impedance() -> None:
    scl = read_scl(DOUBLE_BUSBAR.read_bytes(), "x.scd")
    assert connect(scl, Findings("x.scd")).joined["AA1/D1/Q01/N3"] == "AA1/D1/Q01/N2"


# -- what the file does not state


def test_nobody_computes_with_what_is_not_stated() -> None:
    network = of_file(DOUBLE_BUSBAR).network
    transformer = network.transformers[0]
    for compute in (
        lambda: transformer.rated_power_va > 1.0,
        lambda: transformer.rated_power_va * 2,
        lambda: 1.0 - transformer.short_circuit_voltage_pu,
        lambda: transformer.tap + 1,
        lambda: round(transformer.tap),
        lambda: abs(network.sources[0].rx_ratio),
        lambda: float(network.limits.voltage_min_pu),
        lambda: max(0.0, network.switches[0].rated_current_a),
    ):
        with pytest.raises(AlgorithmError, match=r"not stated; add network\.json"):
            compute()
    assert not is_stated(transformer.rated_power_va)
    assert is_stated(network.nodes[0].nominal_voltage_v)


def test_no_power_flow_on_topology_alone() -> None:
    topology = Topology(of_file(DOUBLE_BUSBAR).network)
    closed = (
        ~normal_positions(topology.network).open & False
    )  # all open: nothing but the missing values stands in the way
    consumption = topology.arrays.nominal_voltage_v.astype(complex) * 0
    with pytest.raises(AlgorithmError, match="states no impedances"):
        solve(topology, closed, consumption)


def test_the_network_travels_to_clients_as_it_is() -> None:
    network = of_file(DOUBLE_BUSBAR).network
    again = read_network(write_network(network), "the unit's model")
    assert again.topology_only
    assert _shape(again) == _shape(network)
    assert not is_stated(again.switches[0].rated_current_a)


def _shape(network: Network) -> list[object]:
    nodes = [(each.id, each.nominal_voltage_v, each.busbar) for each in network.nodes]
    return [*nodes, *((each.id, each.from_node, each.to_node, each.kind) for each in network.switches)]


# -- terminals of every kind


def test_terminals_by_names_instead_of_a_path() -> None:
    """Some tools leave connectivityNode empty; the names of edition 1 say the same."""
    by_name = '<Terminal name="T1" substationName="S" voltageLevelName="V" bayName="Q1" cNodeName="N1"/>'
    content = f'<ConductingEquipment name="QA1" type="CBR">{by_name}<Terminal name="T2" connectivityNode="S/V/Q1/N2"/>'
    grid = derived(bay(f"{content}</ConductingEquipment>", "N1", "N2"))
    assert {grid.network.switches[0].from_node, grid.network.switches[0].to_node} == {"S/V/Q1/N1", "S/V/Q1/N2"}


def test_single_phase_parts_give_the_terminals() -> None:
    parts = "".join(
        f'<SubEquipment name="{phase}" phase="{phase}"><Terminal name="T1" connectivityNode="S/V/Q1/N1"/>'
        '<Terminal name="T2" connectivityNode="S/V/Q1/N2"/></SubEquipment>'
        for phase in "ABC"
    )
    grid = derived(bay(equipment("QA1", "CBR", inside=parts), "N1", "N2"))
    assert [each.id for each in grid.network.switches] == ["S/V/Q1/QA1"]


@pytest.mark.parametrize(
    ("content", "remark"),
    [
        (equipment("QB1", "DIS", "S/V/Q1/N1", "S/V/Q9/N7"), "which no ConnectivityNode declares"),
        (equipment("QB1", "DIS", "S/V/Q1/N1"), "a switch has two ends"),
        (equipment("QB1", "DIS", "S/V/Q1/N1", ""), "names no connectivity node"),
        (equipment("QB1", "DIS"), "has no terminals"),
    ],
)
def test_what_is_doubtful_is_told_and_never_isolates(content: str, remark: str) -> None:
    grid = derived(bay(content + equipment("QA1", "CBR", "S/V/Q1/N1", "S/V/Q1/N2"), "N1", "N2"))
    assert remark in told(grid)
    assert all(each.line for each in grid.remarks if each.line is not None)
    switches = {each.id for each in grid.network.switches}
    open_ends = {each.node for each in grid.network.generators}
    if "has no terminals" not in remark:
        assert open_ends & {"S/V/Q1/N1", "S/V/Q9/N7"}
    assert ("S/V/Q1/QB1" in switches) == ("declares" in remark)


def test_a_node_that_calls_itself_otherwise_is_found_by_both_names() -> None:
    text = bay(equipment("QA1", "CBR", "S/V/Q1/N1", "S/V/Q1/N2"), "N1", "N2")
    grid = derived(text.replace('pathName="S/V/Q1/N1"', 'pathName="S/V/X/N1"').replace('"S/V/Q1/N1"/', '"S/V/X/N1"/'))
    assert "calls itself 'S/V/X/N1'" in told(grid)
    assert {each.from_node for each in grid.network.switches} | {each.to_node for each in grid.network.switches} == {
        "S/V/Q1/N1",
        "S/V/Q1/N2",
    }
    assert grid.network.generators == ()


def test_a_switch_in_the_neutral_is_left_to_people() -> None:
    winding = (
        '<PowerTransformer name="T1" type="PTR"><TransformerWinding name="W1" type="PTW">'
        '<Terminal name="T1" connectivityNode="S/V/Q1/N1"/><NeutralPoint name="T2" connectivityNode="S/V/Q1/N3"/>'
        "</TransformerWinding></PowerTransformer>"
    )
    grid = derived(bay(equipment("QN", "DIS", "S/V/Q1/N3", "S/V/Q1/grounded"), "N1", "N3", after=winding))
    assert "switches the neutral point" in told(grid)
    assert grid.network.switches == ()


def test_three_windings_make_two_transformers_below_the_highest_voltage() -> None:
    windings = "".join(
        f'<TransformerWinding name="W{number}" type="PTW"><Terminal name="T1" connectivityNode="S/V/Q1/N{number}"/>'
        "</TransformerWinding>"
        for number in (1, 2, 3)
    )
    grid = derived(
        bay("", "N1", "N2", "N3", after=f'<PowerTransformer name="T1" type="PTR">{windings}</PowerTransformer>')
    )
    assert [(each.id, each.hv_node, each.lv_node) for each in grid.network.transformers] == [
        ("S/T1/W2", "S/V/Q1/N1", "S/V/Q1/N2"),
        ("S/T1/W3", "S/V/Q1/N1", "S/V/Q1/N3"),
    ]


@pytest.mark.parametrize("name", ["openscd-valid2003.scd", "openscd-valid2007B4.scd", "openscd-TapChanger.scd"])
def test_files_of_others(data: Path, name: str) -> None:
    scl = read_scl((data / "scl" / name).read_bytes(), name)
    grid = derive_grid(scl, points(scl))
    Topology(grid.network)
    assert all(each.remedy for each in grid.remarks)
