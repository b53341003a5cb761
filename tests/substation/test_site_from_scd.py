"""A unit that has an SCD and no network.json: its grid, its drawings, its start."""

from __future__ import annotations

from pathlib import Path
from shutil import copyfile

import pytest

from hmi.site_model import SiteModel
from models.errors import ConfigError
from models.point import Cdc, ControlModel, Handle, PointName, PointSpec
from substation.commands import check
from substation.commands.check import problems_of
from substation.config import UnitConfig, read_unit
from substation.grid.topology import Topology
from substation.mv.fdir import Fdir
from substation.mv.settings import FdirSettings
from substation.register import PointRegister
from substation.site import Site, read_site
from substation.variables.showing import model_of

CASES = Path(__file__).parents[1] / "cases" / "scl"
UNIT = """schema = 1
[unit]
name = "AA1"
level = "MVGMU"
data = "data"
scd = "scd.xml"
[data_interface]
host = "127.0.0.1"
port = 0
[fdir]
mode = "manual"
"""


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    copyfile(CASES / "double_busbar.scd", tmp_path / "scd.xml")
    file = tmp_path / "unit.toml"
    file.write_text(UNIT, encoding="utf-8")
    return file


def read(file: Path) -> tuple[UnitConfig, Site]:
    config = read_unit(file)
    site = read_site(config)
    assert site is not None
    return config, site


def test_the_scd_alone_makes_a_unit_that_starts(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config, site = read(unit)
    assert problems_of(config, site) == []
    assert site.network.topology_only
    assert len(site.network.switches) == 38
    assert [each.station for each in site.drawings] == ["AA1"]
    assert check.run([str(unit)]) == 0
    assert "rules that need electrical values refuse" in capsys.readouterr().out


def test_what_is_doubtful_in_the_topology_is_a_remark_and_no_obstacle(
    unit: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scd = unit.parent / "scd.xml"
    text = scd.read_text(encoding="utf-8")
    scd.write_text(text.replace('connectivityNode="AA1/D1/Q01/N4"', 'connectivityNode="AA1/D1/Q01/N5"', 1), "utf-8")
    config, site = read(unit)
    assert problems_of(config, site) == []
    assert check.run([str(unit)]) == 0
    assert "remark: " in capsys.readouterr().out


def test_clients_are_told_the_grid_as_it_is_known(unit: Path) -> None:
    config, site = read(unit)
    register = PointRegister((Handle(number), spec) for number, spec in enumerate(site.points, 1))
    model = SiteModel.from_value(model_of(config, site.network, register, site.drawings))
    assert model.network.topology_only
    assert model.normally_open(model.network.switches[0]) is None
    assert set(model.drawings) == {"AA1"}
    assert "AA1/D1/Q01/QA1" in model.controllable


def test_fdir_plans_nothing_on_a_topology_alone(unit: Path) -> None:
    config, site = read(unit)
    fdir = Fdir(Topology(site.network), config.self_healing, FdirSettings())
    assert fdir.initial().cases == ()


def test_a_network_without_scd_is_refused(unit: Path) -> None:
    unit.write_text(UNIT.replace('scd = "scd.xml"', 'network = "network.json"'), encoding="utf-8")
    with pytest.raises(ConfigError, match="'network' is given without 'scd'"):
        read_unit(unit)


@pytest.mark.parametrize(
    ("variables", "position"),
    [
        (("XCBR1.Pos", "CSWI1.Pos"), "CSWI1.Pos"),
        (("CSWI1.Pos", "Q0CSWI2.Pos"), "CSWI1.Pos"),
        (("Q0CSWI2.Pos", "Q0XCBR2.Pos"), "Q0CSWI2.Pos"),
        (("XSWI3.Pos",), "XSWI3.Pos"),
    ],
)
def test_a_position_is_told_by_the_controller_else_by_the_switch(variables: tuple[str, ...], position: str) -> None:
    specs = [
        PointSpec(PointName("S/V/Q1/QA1", each), Cdc.DPC, link="A", control_model=ControlModel.STATUS_ONLY)
        for each in variables
    ]
    register = PointRegister((Handle(number), spec) for number, spec in enumerate(specs, 1))
    assert register.position_of("S/V/Q1/QA1") == PointName("S/V/Q1/QA1", position)


def test_breakers_that_nothing_ever_closes_are_told_beforehand(unit: Path) -> None:
    scd = unit.parent / "scd.xml"
    assert not any("EEHealth" in str(each) for each in read(unit)[1].remarks)
    text = scd.read_text(encoding="utf-8")
    scd.write_text(text.replace('doName="EEHealth"', 'doName="Beh"'), encoding="utf-8")
    told = [each for each in read(unit)[1].remarks if "tells its EEHealth" in str(each)]
    assert len(told) == 1
    assert "AA1/D1/Q01/QA1" in str(told[0])
    assert "put EEHealth into a data set" in str(told[0])
