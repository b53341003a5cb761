"""MATPOWER case files: the published ones to the watt, and what is wrong with a file by its line."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import ConfigError
from models.network.assumptions import Assumptions
from models.network.elements import Neutral
from models.network.matpower import read_matpower
from models.network.planning import PlanningGrid
from models.network.planning_network import planning_grid
from models.network.planning_site import site
from models.network.soundness import checked
from models.network.switches import operated_by
from tests.models.network.peer_flow import losses_and_voltages

KNOWN = {
    "case16ci": "civanlar16",
    "case33bw": "baran_wu33",
    "case33mg": "mg33",
    "case69": "baran_wu69",
    "case118zh": "zhang118",
}


def published(data: Path, name: str) -> PlanningGrid:
    file = data / "matpower" / f"{name}.m"
    return checked(read_matpower(file.read_text(encoding="utf-8"), str(file)), str(file))


@pytest.mark.parametrize("name", KNOWN)
def test_published_cases_have_their_base_losses(data: Path, name: str) -> None:
    known = json.loads((data / "reconfiguration_known_best.json").read_text())[KNOWN[name]]
    grid = published(data, name)
    losses_w, _ = losses_and_voltages(grid)
    assert losses_w / 1e3 == pytest.approx(known["base_loss_kw"], abs=1e-3)
    assert [bus.id for bus in grid.buses] == known["bus_names"]
    assert [source.bus for source in grid.sources] == known["slack"]
    described = {each["id"]: each for each in known["branch"]}
    for branch in grid.branches:
        same = described[int(branch.id)]
        assert (branch.from_bus, branch.to_bus, branch.closed) == (same["f"], same["t"], same["closed"])
        assert (branch.resistance_ohm, branch.reactance_ohm) == pytest.approx((same["r_ohm"], same["x_ohm"]), rel=1e-9)
        assert (branch.opened_by, branch.closed_by, branch.remote) == (branch.id, branch.id, True)


def test_case_of_one_phase_with_transformers_and_ratings(data: Path) -> None:
    grid = published(data, "case533mt_lo")
    losses_w, voltage_pu = losses_and_voltages(grid)
    assert (len(grid.buses), len(grid.branches)) == (533, 577)
    assert sum(not branch.closed for branch in grid.branches) == 45
    assert [branch.id for branch in grid.branches if branch.transformer] == ["1", "2"]
    assert losses_w / 1e3 == pytest.approx(93.538, abs=1e-3)
    assert voltage_pu.min() > 0.99
    # 0.324 p.u. of 50/3 MVA at 12 kV between the phases, as the file's last column has it
    rated_mva = math.sqrt(3) * grid.branches[3].rated_a * grid.buses[grid.branches[3].to_bus].nominal_voltage_v / 1e6
    assert rated_mva == pytest.approx(0.324239911 * 50 / 3, rel=1e-6)
    assert any("one phase" in finding for finding in grid.findings)


def test_limits_without_room_are_named_and_replaced(data: Path) -> None:
    grid = published(data, "case16ci")
    assert [(bus.voltage_min_pu, bus.voltage_max_pu) for bus in grid.buses] == [(0.9, 1.1)] * 16
    assert "no voltage limits that make sense, 0.90 to 1.10 p.u. taken: bus 4" in grid.findings


BUSES = """
  1 3 0 0 0 0 1 1 0 20 1 1.1 0.9;
  2 1 1 0.5 0.01 0.2 1 1 0 20 1 1.05 0.95;
  7 1 2 0.5 0 0 1 1 0 10 1 1.05 0.95;
"""
GENERATORS = "1 0 0 10 -10 1.02 100 1 10 0;"
BRANCHES = """
  1 2 0.01 0.02 0.001 0 0 0 0 0 1 -360 360;
  2 7 0.01 0.1 0 5 0 0 1.025 -30 1 -360 360;
  1 7 0.02 0.1 0 0 0 0 0 0 0 -360 360;
"""


def case(buses: str = BUSES, generators: str = GENERATORS, branches: str = BRANCHES, end: str = "") -> str:
    tables = f"mpc.bus = [{buses}];\nmpc.gen = [{generators}];\nmpc.branch = [{branches}];\n"
    return f"function mpc = small\nmpc.version = '2';\nmpc.baseMVA = 10;\n{tables}{end}"


def small(**parts: str) -> PlanningGrid:
    return checked(read_matpower(case(**parts), "small.m"), "small.m")


def test_values_of_a_small_case() -> None:
    grid = small()
    line, transformer, tie = grid.branches
    assert line.resistance_ohm == pytest.approx(0.4)
    assert line.susceptance_s == pytest.approx(0.001 / 40)
    assert transformer.reactance_ohm == pytest.approx(1.0)
    assert transformer.ratio == pytest.approx(1.025 * complex(math.cos(math.pi / 6), -math.sin(math.pi / 6)))
    assert transformer.rated_a == pytest.approx(5e6 / math.sqrt(3) / 10e3)
    assert (transformer.transformer, line.transformer, tie.closed, math.isinf(line.rated_a)) == (
        True,
        False,
        False,
        True,
    )
    assert (grid.buses[1].shunt_w, grid.buses[1].shunt_var, grid.buses[2].id) == (1e4, 2e5, "7")
    assert grid.sources[0].voltage_pu == 1.02


def test_generators_shunts_and_signs() -> None:
    buses = BUSES.replace("7 1 2 0.5", "7 2 -2 0.5")
    generators = GENERATORS + "\n7 3 1 5 -5 1 100 1 5 0;\n7 9 9 5 -5 1 100 0 5 0;\n2 -1 -0.1 0 0 1 100 1 0 -1;"
    grid = small(buses=buses, generators=generators)
    assert (grid.buses[2].generation_w, grid.buses[2].generation_var, grid.buses[2].load_w) == (5e6, 0.5e6, 0)
    assert (grid.buses[1].load_w, grid.buses[1].load_var) == (2e6, 0.6e6)
    assert any("mpc.gen row 2 holds the voltage of bus 7" in finding for finding in grid.findings)
    assert "Pd is negative, read as generation: bus 7" in grid.findings


CONVERSIONS = [
    "define_constants;\nmpc.bus(:, [PD QD]) = mpc.bus(:, [PD QD]) / 1e3;",
    "[A1, A2, A3, A4, A5, A6, P, Q] = idx_bus;\nk = 10^3 % kilo\nmpc.bus(:, [P, Q]) = mpc.bus(:, [P, Q]) ./ k",
    "mpc.bus(:, 3:4) = 1e-3 * mpc.bus(:, 3:4);",
    "mpc.bus(:, [3 4]) = mpc.bus(:, [3 4]) * (mpc.baseMVA ...\n  / 1e4);\nend",
]


@pytest.mark.parametrize("end", CONVERSIONS)
def test_unit_conversions(end: str) -> None:
    assert small(end=end).buses[1].load_w == pytest.approx(1e3)


def test_conversions_with_the_voltage_of_each_branch_and_a_power_factor() -> None:
    end = """
    define_constants;
    mpc.branch(:, [BR_R, BR_X]) = mpc.branch(:, [BR_R BR_X]) ./ ...
        (mpc.bus([1; 2; 1], BASE_KV).^2 / mpc.baseMVA);
    pf = 0.6;
    mpc.bus(:, QD) = mpc.bus(:, PD) * sin(acos(pf));
    mpc.bus(:, PD) = mpc.bus(:, PD) * pf;
    """
    grid = small(end=end)
    assert grid.branches[0].resistance_ohm == pytest.approx(0.01)
    assert (grid.buses[1].load_w, grid.buses[1].load_var) == (pytest.approx(0.6e6), pytest.approx(0.8e6))


def test_all_ways_to_write_a_table() -> None:
    buses = (
        BUSES.replace(" 1 1 0.5", ", 1,\t1 , 1/2")
        .replace(";\n", "\n", 1)
        .replace("20 1 1.05", "40*sqrt(3)/3^.5-20 1 1.05")
    )
    assert small(buses="\n%{\n 9 9\n%}\n" + buses) == small()


WRONG = [
    ({"end": "mpc.bus(:, 3) = doubled(mpc.bus(:, 3));"}, "small.m:15: 'doubled' is not known; work the values"),
    ({"end": "\nfor k = 1:3"}, "small.m:16: a statement that is not understood begins with 'for'"),
    ({"end": "mpc.bus(2, 3) = 7;"}, "small.m:15: a statement that is not understood begins with 'mpc.bus'"),
    ({"end": "mpc.bus(:, 3) = mpc.bus(:, 3) + 1;"}, "small.m:15: something is added to whole columns"),
    ({"end": "mpc.bus(:, 3) = mpc.bus(:, [3 4]);"}, "small.m:15: the columns do not fit each other"),
    ({"end": "mpc.bus(:, 77) = mpc.bus(:, 3);"}, "small.m:15: the columns do not fit each other"),
    ({"end": "mpc.dcline = [1 2];"}, "small.m:15: a statement that is not understood begins with 'mpc.dcline'"),
    ({"end": "mpc.bus(:, 3) = mpc.bus(:, 3)';"}, "small.m:15: ''' is not expected here"),
    ({"buses": BUSES.replace("0.95;\n  7", "0.95 4;\n  7")}, "small.m:6: a row of 14 numbers in a table of 13 columns"),
    ({"buses": BUSES.replace(" 2 1 1 ", " 2 1 NaN ")}, "small.m:6: row 2 of mpc.bus: Pd is nan; write a number"),
    ({"buses": BUSES.replace("0 10 1", "0 0 1")}, "small.m:7: row 3 of mpc.bus: baseKV is 0"),
    ({"buses": BUSES.replace("  7 1", "  2 1")}, "small.m:7: row 3 of mpc.bus: bus 2 is there already"),
    ({"buses": BUSES.replace("1 3 0", "1 1 0")}, "small.m: nothing feeds the network; add a source"),
    ({"branches": BRANCHES.replace("2 7", "2 8")}, "small.m:12: row 2 of mpc.branch joins buses 2 and 8"),
    ({"branches": BRANCHES.replace("0 5 0", "0 -5 0")}, "small.m:12: row 2 of mpc.branch: rateA is -5"),
    ({"branches": "1 2 0.01 0.02 0 0 0 0 0 0 1 -360 360"}, "no branch, open or closed, joins with a source: bus 7"),
    ({"generators": "5 0 0 0 0 1 1 1 1 0"}, "small.m:9: row 1 of mpc.gen stands at bus 5"),
]  # fmt: skip


@pytest.mark.parametrize(("parts", "message"), WRONG)
def test_what_is_wrong_is_told_with_its_line(parts: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match="small.m") as raised:
        small(**parts)
    assert message in str(raised.value)


def test_other_versions_are_refused() -> None:
    with pytest.raises(ConfigError, match="small.m:1: this is no case of version 2"):
        read_matpower("function [baseMVA, bus, gen] = small\nbaseMVA = 100;", "small.m")
    with pytest.raises(ConfigError, match="small.m:2: this is no case of version 2"):
        read_matpower(case().replace("'2'", "'1'"), "small.m")
    with pytest.raises(ConfigError, match=r"mpc\.version = '2' is missing"):
        read_matpower("# nothing".replace("#", "%"), "small.m")


def test_strange_states_are_findings() -> None:
    meshed = small(branches=BRANCHES.replace("0 0 -360", "0 1 -360"))
    assert "not radial in the state of the file: a loop is closed by branch 3" in meshed.findings
    two = small(buses=BUSES.replace("7 1", "7 3"), generators=GENERATORS + "7 0 0 9 9 1 1 1 9 0")
    assert "two sources in parallel in the state of the file: joined by branch 2" in two.findings
    dark = small(branches=BRANCHES.replace("-30 1", "-30 0"))
    assert "without supply in the state of the file: bus 7" in dark.findings
    zero = small(branches=BRANCHES.replace("1 2 0.01 0.02", "1 2 0 0"))
    assert "no impedance, reckoned as a switch: branch 1" in zero.findings
    lonely = small(buses=BUSES + "9 1 0 0 0 0 1 1 0 20 1 1.05 0.95;\n4 4 9 0 0 0 1 1 0 20 1 1 1")
    assert "bus 9 can be fed by nothing: left out" in lonely.findings
    assert "isolated (type 4), left out with its branches: bus 4" in lonely.findings
    assert len(lonely.buses) == 3


@given(order=st.permutations(range(3)), factor=st.floats(0.1, 10), base_mva=st.floats(1, 1000))
def test_order_of_rows_and_base_of_power_change_nothing(order: list[int], factor: float, base_mva: float) -> None:
    rows = [line for line in BRANCHES.splitlines() if line.strip()]
    shuffled = small(branches="\n".join(rows[number] for number in order))
    assert [branch.id for branch in shuffled.branches] == ["1", "2", "3"]
    assert losses_and_voltages(shuffled)[0] == pytest.approx(losses_and_voltages(small())[0])
    scaled = case(
        end="define_constants;\n"
        f"mpc.branch(:, [BR_R BR_X]) = mpc.branch(:, [BR_R BR_X]) * {base_mva!r} / 10;\n"
        f"mpc.branch(:, BR_B) = 10 / {base_mva!r} * mpc.branch(:, BR_B);\n"
        f"k = {factor!r};\nmpc.bus(:, PD) = k * mpc.bus(:, PD) / k;"
    ).replace("baseMVA = 10;", f"baseMVA = {base_mva!r};")
    assert losses_and_voltages(read_matpower(scaled, "scaled.m"))[0] == pytest.approx(losses_and_voltages(small())[0])


def test_a_site_is_made_of_a_case(data: Path) -> None:
    assumptions = Assumptions("PS", Neutral.ISOLATED)
    network = site(published(data, "case16ci"), assumptions, "case16ci.m")
    again = checked(operated_by(planning_grid(network)), "network.json")
    assert [source.id for source in network.sources] == ["PS1/IFL1", "PS2/IFL1", "PS3/IFL1"]
    assert [branch.id for branch in again.branches if not branch.closed] == ["L014/W014", "L015/W015", "L016/W016"]
    with pytest.raises(ConfigError, match="branch 1 is a transformer, which has no place in a site"):
        site(published(data, "case533mt_lo"), assumptions, "case533mt_lo.m")
