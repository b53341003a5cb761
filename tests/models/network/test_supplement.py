"""The TOML beside a network file: what it changes, what it adds, and what is wrong with it by its line."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from models.errors import ConfigError
from models.network.elements import Neutral
from models.network.matpower import read_matpower
from models.network.planning import PlanningGrid
from models.network.supplement.devices import without_supplement
from models.network.supplement.model import ColdLoad, Overload, Sees, Supplement
from models.network.supplement.reader import read_supplement
from models.network.switches import operated_by, switched, with_switches
from tests.models.network.test_matpower import case

GRID = with_switches(read_matpower(case(), "small.m"))
"""Buses 1 (source), 2 and, of half the voltage, 7; branches 1 (1-2), 2 (2-7) and 3 (1-7, open)."""


def read(text: str) -> tuple[PlanningGrid, Supplement]:
    grid, supplement = read_supplement(f"schema = 1\n{text}", "beside.toml", GRID, "small.m")
    return operated_by(grid), supplement


def test_an_empty_file_changes_nothing() -> None:
    grid, supplement = read("")
    assert supplement == without_supplement(grid)
    assert [(each.id, each.ends, each.remote, each.breaker) for each in grid.switches] == [
        ("1", (0, 1), True, True), ("2", (1, 2), True, False), ("3", (0, 2), True, True),
    ]  # fmt: skip
    assert [each.id for each in supplement.indicators] == ["1@1", "2@2", "3@1"]


def test_limits_ratings_and_loads() -> None:
    grid, supplement = read(
        """
        [limits]
        voltage_min_pu = 0.96
        line_loading_pu = 0.5
        transformer_loading_pu = 2
        [overload]
        lines_pu = 1.2
        lines_s = 600
        [cold_load]
        factor = 1.5
        duration_s = 900
        [[bus]]
        id = "7"
        voltage_max_pu = 1.04
        load_w = 3e6
        customers = 12
        critical_customers = 1
        cold_load_factor = 2
        [[branch]]
        id = "1"
        rated_a = 100
        [[branch]]
        id = "3"
        rated_va = 2e6
        overload_pu = 1.5
        overload_s = 60
        """
    )
    assert [bus.voltage_min_pu for bus in grid.buses] == [0.96] * 3
    assert (grid.buses[2].voltage_max_pu, grid.buses[2].load_w, grid.buses[2].load_var) == (1.04, 3e6, 0.5e6)
    assert (grid.buses[2].customers, grid.buses[2].critical_customers) == (12, 1)
    expected = [50.0, 2 * 5e6 / math.sqrt(3) / 10e3, 2 * 2e6 / math.sqrt(3) / 10e3]
    assert [branch.rated_a for branch in grid.branches] == pytest.approx(expected)
    assert supplement.overloads == (Overload(1.2, 600), Overload(), Overload(1.5, 60))
    assert supplement.cold_loads == (ColdLoad(1.5, 900), ColdLoad(1.5, 900), ColdLoad(2.0, 900))


def test_switches() -> None:
    grid, _ = read(
        """
        [switches]
        none = ["1"]
        ends = ["3@7", "3@1"]
        remote = false
        remote_controlled = ["2", "3@1"]
        breakers = ["2"]
        """
    )
    assert [(each.id, each.ends, each.closed, each.remote, each.breaker) for each in grid.switches] == [
        ("2", (1, 2), True, True, True), ("3@7", (2,), False, False, False), ("3@1", (0,), True, True, False),
    ]  # fmt: skip
    assert [(each.opened_by, each.closed_by, each.remote) for each in grid.branches] == [
        ("", "", False), ("2", "2", True), ("3@7", "3@7", False),
    ]  # fmt: skip


def test_another_state_moves_the_devices_that_operate() -> None:
    grid, _ = read('[switches]\nnone = ["1"]')
    other = switched(grid, [False, False, True])
    assert [each.closed for each in other.branches] == [True, False, True]
    assert [(each.id, each.closed) for each in other.switches] == [("2", False), ("3", True)]
    assert switched(other, [True, True, False]) == grid


def test_indicators() -> None:
    _, supplement = read(
        """
        [indicators]
        places = ["1@2", "2@7"]
        without = ["2@7"]
        directional = true
        [[indicator]]
        at = "3@7"
        sees = "earth_fault"
        directional = false
        reset_s = 60
        """
    )
    one, other = supplement.indicators
    assert (one.id, one.branch, one.end, one.directional, one.sees) == ("1@2", 0, 1, True, Sees.BOTH)
    assert (other.id, other.branch, other.end, other.directional, other.reset_s) == ("3@7", 2, 2, False, 60)
    assert other.sees is Sees.EARTH_FAULT


def test_devices_sources_and_neutral() -> None:
    grid, supplement = read(
        """
        [neutral]
        treatment = "isolated"
        residual_current_max_a = 20
        [[source]]
        bus = "1"
        voltage_pu = 1.01
        short_circuit_power_va = 200e6
        rx_ratio = 0
        [[generator]]
        bus = "7"
        power_w = 1e5
        var_max = 3e4
        [[capacitor]]
        bus = "2"
        step_var = 150e3
        steps = 4
        steps_on = 2
        constant_power = false
        [[regulator]]
        branch = "2"
        tap_min = -8
        tap_max = 8
        tap_step_pu = 0.01
        """
    )
    assert supplement.neutral is not None
    assert (supplement.neutral.treatment, supplement.neutral.residual_current_max_a) == (Neutral.ISOLATED, 20)
    assert (grid.sources[0].voltage_pu, grid.sources[0].reactance_ohm) == (1.01, pytest.approx(2.0))
    assert grid.buses[2].generation_w == 1e5
    assert grid.buses[1].shunt_var == GRID.buses[1].shunt_var + 300e3
    bank, regulator, generator = supplement.capacitors[0], supplement.regulators[0], supplement.generators[0]
    assert (bank.id, bank.bus, bank.steps, bank.steps_on) == ("capacitor@2", 1, 4, 2)
    assert (regulator.id, regulator.bus, regulator.tap, regulator.tap_min) == ("regulator@2", 2, 0, -8)
    assert (generator.id, generator.var_min, generator.var_max) == ("generator@7", 0.0, 3e4)


def test_a_tie_joins_what_the_file_leaves_apart() -> None:
    lonely = replace(GRID, branches=GRID.branches[:1], switches=GRID.switches[:1])
    with pytest.raises(ConfigError, match=r"small\.m: no branch, open or closed, joins with a source: bus 7"):
        read_supplement("schema = 1", "beside.toml", lonely, "small.m")
    level = replace(lonely, buses=(*GRID.buses[:2], replace(GRID.buses[2], nominal_voltage_v=20e3)))
    tie = '[[tie]]\nid = "T"\nfrom = "2"\nto = "7"\nresistance_ohm = 1\nreactance_ohm = 1\nclosed = true'
    grid, _ = read_supplement(f"schema = 1\n{tie}", "beside.toml", level, "small.m")
    assert (grid.branches[1].id, grid.branches[1].closed, grid.switches[1].branch) == ("T", True, 1)


def test_one_phase_of_three() -> None:
    grid, _ = read("one_phase = true")
    assert grid.buses[1].load_w == pytest.approx(3e6)
    assert grid.buses[1].nominal_voltage_v == pytest.approx(20e3 * math.sqrt(3))
    before, after = GRID.branches[1], grid.branches[1]
    assert after.reactance_ohm == before.reactance_ohm
    # the rated apparent power is three times what it was
    assert after.rated_a * grid.buses[2].nominal_voltage_v == pytest.approx(3 * before.rated_a * 10e3)


WRONG = [
    ("grow = 1", "beside.toml:2: unknown key 'grow'"),
    ("[limits]\nvoltage = 1", "beside.toml:3: unknown key 'limits.voltage'"),
    ("[limits]\nvoltage_min_pu = 1.2", "beside.toml:3: 1.2 to 1.1 p.u. at bus 1 is no voltage range"),
    ('[[bus]]\nid = "9"', "beside.toml:3: the network has no bus '9'"),
    ('[[bus]]\nid = "2"\nload_w = 1\n[[bus]]\nid = "2"\nload_w = 2', "beside.toml:6: '2' stands in this file twice"),
    ('[[branch]]\nid = "2"\n[[branch]]\nid = "2"', "beside.toml:5: '2' stands in this file twice"),
    (
        '[[capacitor]]\nbus = "2"\nstep_var = 1\nsteps = 1\n[[generator]]\nid = "capacitor@2"\nbus = "2"\npower_w = 1',
        "beside.toml:7: 'capacitor@2' stands in this file twice",
    ),
    ('[[branch]]\nid = "2"\nrated_a = -1', "beside.toml:4: 'rated_a' is -1; write a number above 0"),
    ('[[branch]]\nid = "2"\noverload_pu = 1.2', "beside.toml:4: for how long is missing: 'overload_s'"),
    ('[switches]\nnone = ["3"]', "beside.toml:3: branch 3 is open, so it has a switch"),
    ('[switches]\nends = ["3@2"]', "beside.toml:3: branch 3 does not end at bus 2"),
    ('[switches]\nends = ["3"]', "beside.toml:3: '3' is no end of a branch; write BRANCH@BUS"),
    ('[switches]\nmanual = ["8"]', "beside.toml:3: there is no switch '8'"),
    ('[indicators]\nsees = "birds"', "beside.toml:3: 'birds' is nothing an indicator sees"),
    ('[indicators]\nwithout = ["1@2"]', "beside.toml:3: there is no indicator '1@2'"),
    ('[[tie]]\nid = "1"\nfrom = "1"\nto = "2"', "beside.toml:3: the network has a branch '1' already"),
    ('[[tie]]\nid = "T"\nfrom = "1"\nto = "7"', "beside.toml:5: a tie joins two different buses of one voltage"),
    ('[neutral]\ntreatment = "maybe"', "beside.toml:3: 'maybe' is no treatment of a neutral"),
    ('[[capacitor]]\nbus = "2"\nstep_var = 1\nsteps = 1\nsteps_on = 2', "beside.toml:6: 2 of 1 steps"),
    ('[[regulator]]\nbranch = "2"\ntap_min = 1\ntap_max = 2\ntap_step_pu = 0.1', "tap 0 is not within 1 to 2"),
    ('[[generator]]\nbus = "2"\npower_w = 1\nvar_min = 5\nvar_max = 9', "0 var is not within var_min and var_max"),
    ('[[regulator]]\nbranch = "2"\ntap_min = -9\ntap_max = 9\ntap_step_pu = 0.1', "by less than 50%"),
    ('[[regulator]]\nbranch = "2"\ntap_min = -900\ntap_max = 900\ntap_step_pu = 1e-6', "at most 1000"),
    ("[siting]\nbanks = 1000000\nstep_var = 1", "beside.toml:3: 'banks' is 1000000; write a whole number from 0 to 12"),
    ("[siting]\nbanks = 1\nstep_var = 1\nsteps = 2000", "beside.toml:5: 'steps' is 2000"),
    ("[horizon]\nload = [1e6]", "beside.toml:3: a factor is negative, huge or no number; write factors from 0 to 1000"),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_what_is_wrong_is_told_with_its_line(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=r"beside\.toml:") as raised:
        read(text)
    assert message in str(raised.value)
