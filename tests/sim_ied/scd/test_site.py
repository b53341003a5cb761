"""The written site: valid for others, the same every time, and complete."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from open61850.server.model import IedModel

from models.errors import ConfigError
from models.network.elements import Network, Neutral, SettingGroup
from models.network.reader import read_network
from models.network.subset import subset
from models.point import Cdc, ControlModel, PointName, PointSpec
from models.scl.elements import Scl
from models.scl.points import is_active_group, points
from models.scl.reader import read_scl
from sim_ied.commands.scd import run
from sim_ied.curve import CURVES
from sim_ied.scd.protection import indicator_pickup_a, relay_settings
from sim_ied.scd.unit_file import write_unit
from sim_ied.scd.world_file import write_world
from sim_ied.scd.writer import write_scd
from sim_ied.settings import read_settings

SITE = Path(__file__).parents[3] / "examples" / "oberrhein"


@pytest.fixture(scope="module")
def network() -> Network:
    return read_network((SITE / "network.json").read_text(encoding="utf-8"), "network.json")


@pytest.fixture(scope="module")
def scl() -> Scl:
    return read_scl((SITE / "scd.xml").read_bytes(), "scd.xml")


@pytest.fixture(scope="module")
def table(scl: Scl) -> tuple[PointSpec, ...]:
    return points(scl)


def test_example_is_what_the_generator_writes(network: Network) -> None:
    assert write_scd(network) == (SITE / "scd.xml").read_bytes()
    assert write_unit(network) == (SITE / "unit.toml").read_text(encoding="utf-8")
    assert write_world(network) == (SITE / "world.toml").read_text(encoding="utf-8")


def test_a_feeder_with_several_setting_groups_has_them_in_device_and_relay(network: Network) -> None:
    settings = (SettingGroup(1, 300.0), SettingGroup(2, 770.0))
    feeders = tuple(replace(each, settings=settings) if each.id == "OBR2/K1/E03" else each for each in network.feeders)
    changed = replace(network, feeders=feeders)
    found = [each for each in points(read_scl(write_scd(changed), "scd.xml")) if is_active_group(each)]
    assert [(each.name, each.limits and each.limits.greatest) for each in found] == [
        (PointName("OBR2/K1/E03", "LLN0.ActSG"), 2)
    ]
    relays = read_settings(write_world(changed), "world.toml").protection
    assert relays["OBR2/K1/E03"].group_pickups_a == (300.0, 770.0)
    assert {each.group_pickups_a for bay, each in relays.items() if bay != "OBR2/K1/E03"} == {()}


def test_every_element_of_the_network_has_its_path(network: Network, scl: Scl) -> None:
    groups = (network.nodes, network.sources, network.transformers, network.lines, network.switches, network.loads)
    ids = [each.id for group in groups for each in group]
    ids += [each.id for group in (network.generators, network.indicators, network.feeders) for each in group]
    assert [name for name in ids if name not in scl.places] == []


def test_devices_are_those_of_the_stations(scl: Scl) -> None:
    names = [ied.name for ied in scl.ieds]
    assert names[:6] == ["OBR1E01", "OBR1E03", "OBR1E04", "OBR2E01", "OBR2E03", "OBR2E04"]
    assert len(names) == 6 + 159
    hosts = [each.parameters["IP"] for each in scl.connections]
    assert len(set(hosts)) == len(names)
    assert all(host.startswith("127.") for host in hosts)


@pytest.mark.parametrize("ied", ["OBR1E01", "OBR1E03", "OBR1E04", "OBR2E01", "OBR2E03", "OBR2E04"])
def test_mms_server_is_built_from_the_scd_and_holds_every_point(table: tuple[PointSpec, ...], ied: str) -> None:
    model = IedModel.from_scl(SITE / "scd.xml", ied)
    domain = f"{ied}LD0"
    assert {(each.domain, each.item) for each in model.data_sets} == {
        (domain, "LLN0$dsStatus"),
        (domain, "LLN0$dsMeasurands"),
    }
    members = {f"{each.domain}/{each.item}" for group in model.data_sets.values() for each in group}
    for point in (each for each in table if each.link == ied):
        node, path = point.reference.partition("/")[2].split(".", 1)
        constraint = "MX" if point.cdc in (Cdc.MV, Cdc.APC) else "ST"
        assert f"{domain}/{node}${constraint}${path.replace('.', '$')}" in members
        assert model.read(f"{point.reference}[{constraint}]") is not None
    assert model.get(f"{domain}/CSWI1.Pos.ctlModel[CF]").value == ControlModel.SBO_ENHANCED
    assert model.get(f"{domain}/CSWI2.Pos.ctlModel[CF]").value == ControlModel.STATUS_ONLY
    assert model.node(f"{domain}/LLN0$BR$brcbStatus01") is not None
    assert model.node(f"{domain}/LLN0$RP$urcbMeasurands01") is not None


def test_addresses_are_unique_in_the_site(table: tuple[PointSpec, ...]) -> None:
    used = [(each.common_address, each.object_address) for p in table for each in (p.monitor, p.command) if each]
    assert len(used) == len(set(used))
    assert all(point.monitor is not None for point in table)


def test_addresses_of_a_point_stay_in_a_smaller_world(network: Network, table: tuple[PointSpec, ...]) -> None:
    small = subset(network, 20)
    whole = {point.name: point.monitor for point in table if point.link.startswith("ST")}
    cut = [point for point in points(read_scl(write_scd(small), "small.xml")) if point.link.startswith("ST")]
    assert len(cut) > 600
    assert all(whole[point.name] == point.monitor for point in cut)


def test_only_remote_switches_can_be_commanded(network: Network, table: tuple[PointSpec, ...]) -> None:
    remote = {switch.id for switch in network.switches if switch.remote}
    positions = [point for point in table if point.cdc is Cdc.DPC]
    assert {point.name.location for point in positions} == {switch.id for switch in network.switches}
    for point in positions:
        commanded = point.name.location in remote
        assert (point.control_model is not ControlModel.STATUS_ONLY) == commanded
        assert (point.command is not None) == commanded


def test_relays_grade_and_stay_clear_of_load(network: Network) -> None:
    relays = {each.bay: each for each in relay_settings(network)}
    curve = CURVES["standard inverse"]
    for feeder in network.feeders:
        own, above = relays[feeder.id], relays[feeder.id.rpartition("/")[0] + "/E01"]
        assert own.high_time_s + 0.3 <= above.high_time_s
        for current_a in (1500.0, 2000.0, 2800.0):
            fast = curve.operate_time_s(current_a / own.pickup_a, own.time_multiplier)
            slow = curve.operate_time_s(current_a / above.pickup_a, above.time_multiplier)
            assert fast + 0.3 <= slow
    assert indicator_pickup_a(network) > max(line.rated_current_a for line in network.lines)


def test_world_settings_are_read_by_the_simulator(network: Network) -> None:
    settings = read_settings((SITE / "world.toml").read_text(encoding="utf-8"), "world.toml")
    assert len(settings.profiles["residential"]) == len(settings.profiles["pv"]) == 96
    assert max(settings.profiles["residential"]) == 1.0
    assert set(settings.reclosing) == {feeder.id for feeder in network.feeders}
    assert set(settings.protection) == set(settings.reclosing) | {"OBR1/K1/E01", "OBR2/K1/E01"}
    assert settings.load_exceptions["ST235/T1"] == "commercial"


def test_command_writes_a_small_world_without_pandapower(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--out", str(tmp_path), "--stations", "20", "--remote", "0.3"]
    assert run([str(SITE / "network.json"), *options]) == 0
    assert sorted(each.name for each in tmp_path.iterdir()) == ["network.json", "scd.xml", "unit.toml", "world.toml"]
    written = read_network((tmp_path / "network.json").read_text(encoding="utf-8"), "network.json")
    assert sum(1 for each in written.switches if each.remote and each.id.startswith("ST")) < 25
    assert written.galvanic_networks[0].neutral is Neutral.RESONANT
    assert "points" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--remote", "nan", "a number from 0 to 1 is expected"),
        ("--reconnection", "nan", "a number from 0 to 86400 is expected"),
        ("--reconnection", "-5", "a number from 0 to 86400 is expected"),
        ("--primary", "a b/c", "letters, digits or '_' are expected"),
    ],
)
def test_options_that_would_give_unusable_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, value: str, message: str
) -> None:
    with pytest.raises(SystemExit):
        run([str(SITE / "network.json"), "--out", str(tmp_path / "site"), f"{option}={value}"])
    assert message in capsys.readouterr().err
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize("content", ["{", "[" * 100_000, '{"_module": "pandapower.auxiliary", "_class": "x"}'])
def test_files_that_are_no_network(tmp_path: Path, content: str) -> None:
    file = tmp_path / "strange.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"strange\.json.*; give a "):
        run([str(file), "--out", str(tmp_path / "site"), "--neutral", "solid"])


@pytest.mark.parametrize("name", ["nonsense", "create_std_type", "pandapowerNet"])
def test_names_that_are_no_network(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=rf"^{name}: .*mv_oberrhein"):
        run([name, "--out", str(tmp_path / "site"), "--neutral", "solid"])


def test_a_matpower_case_becomes_a_site(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = str(data / "matpower" / "case16ci.m")
    with pytest.raises(ConfigError, match="how the neutral is treated is not known"):
        run([case, "--out", str(tmp_path)])
    assert run([case, "--out", str(tmp_path), "--neutral", "isolated"]) == 0
    assert "28 switches" in capsys.readouterr().out
    assert sorted(file.name for file in tmp_path.iterdir()) == ["network.json", "scd.xml", "unit.toml", "world.toml"]
