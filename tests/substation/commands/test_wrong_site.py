"""Wrong configuration: one clear line with file, line and remedy, from `ringmain check` and at the start of a unit."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import ringmain
from tests.substation.commands.small_site import change, small_site


@dataclass(frozen=True)
class Wrong:
    """What is changed in which file, and what is said of it: problem and remedy. at: offset from the changed line."""

    what: str
    file: str
    old: str
    new: str
    problem: str
    remedy: str
    at: int | None = 0


def without_neutral(text: str) -> str:
    """The network file without its first galvanic network."""
    return re.sub(r'(\[\s*)\{"id": "OBR1"[^}]*\},?\s*', r"\1", text, count=1)


def _above(url: str, unit: str) -> str:
    return f'[parent]\nurl = "{url}"\nunit = "{unit}"\n[fdir]'


TOML, NETWORK, SCD = "unit.toml", "network.json", "scd.xml"
CASES = (
    Wrong("unknown key", TOML, "mode =", "speed = 3\nmode =", "unknown key 'fdir.speed'", "known keys here: ", 0),
    Wrong("unknown section", TOML, "[fdir]\n", "[fdr]\na = 1\n[fdir]\n", "unknown key 'fdr'", "known keys here: "),
    Wrong("not TOML", TOML, 'level = "MVGMU"', "level = MVGMU", "not TOML: Invalid value", "correct the syntax"),
    Wrong("no schema", TOML, "schema = 1", "schema = 2", "unknown schema", "this version reads schema = 1"),
    Wrong("missing key", TOML, 'name = "OBR"\n', "", "'unit.name' is missing", "add it as a text", -1),
    Wrong("wrong type", TOML, "port = 0", 'port = "0"', "'data_interface.port' is '0'", "write a whole number"),
    Wrong("no such port", TOML, "port = 0", "port = 70000", "port 70000 does not exist", "0 (any free port) to 65535"),
    Wrong("no such mode", TOML, '"manual"', '"turbo"', "mode 'turbo' is unknown", "one of disabled, manual, automatic"),
    Wrong("no such level", TOML, '"MVGMU"', '"HVGMU"', "level 'HVGMU' is unknown", "one of TLGMU, MVGMU, LVGMU"),
    Wrong("unprintable name", TOML, '"OBR"', '"O\\u001bBR"', "is not usable", "use letters, digits, '-' and '_'"),
    Wrong("long name", TOML, '"OBR"', f'"{"x" * 65}"', "is not usable", "at most 64"),
    Wrong("parent at http", TOML, "[fdir]", _above("http://127.0.0.1", "TL"), "no address", "begin with wss://", 1),
    Wrong("its own parent", TOML, "[fdir]", _above("ws://127.0.0.1", "OBR"), "is this unit itself", "unit above", 2),
    Wrong("its own child", TOML, "[fdir]", '[[child]]\nname = "OBR"\n[fdir]', "this unit itself", "a unit below", 1),
    Wrong("endless time", TOML, "[fdir]", "[fdir]\ntravel_s = inf", "'travel_s' is inf", "give a number above 0", 1),
    Wrong(
        "feeder that is none", TOML, "OBR1/K1/E03", "OBR1/K1/E3",
        "[fdir.feeders] names 'OBR1/K1/E3', which is no feeder of the network", "one of OBR1/K1/E03, OBR1/K1/E04",
    ),
    Wrong(
        "records of a station that is none", TOML, "[fdir]",
        "[control_centre.files]\nobject_address = 9\ncommon_address = 9999\n[fdir]",
        "files under common address 9999, which no point has", "see 'ringmain signals'", None,
    ),
    Wrong(
        "records without address", TOML, "[fdir]", "[control_centre.files]\ncount = 9\n[fdir]",
        "'control_centre.files.object_address' is missing", "add it as a whole number",
    ),
    Wrong("no room for records", TOML, "[fdir]", "[records]\nkeep = 0\n[fdir]", "'keep' is 0", "a number above 0", 1),
    Wrong(
        "two control centres of one name", TOML, "[fdir]", '[[control_centre]]\nname = "NCC"\n[fdir]',
        "'NCC' occurs 2 times", "give each a name of its own", None,
    ),
    Wrong(
        "two control centres on one port", TOML, '"NCC"\nport = 0', '"NCC"\nport = 9\n[[control_centre]]\nname = "B"\n'
        "port = 9", "is not alone at 127.0.0.1:9", "give each an address of its own", 1,
    ),
    Wrong("half a site", TOML, 'scd = "scd.xml"\n', "", "'network' is given without 'scd'", "give the SCD, or", None),
    Wrong("missing file", TOML, "scd.xml", "sdc.xml", "cannot be read: No such file", "correct its path", None),
    Wrong("SCD that is not XML", SCD, "<SCL", "this is not XML <SCL", "not XML", "", None),
    Wrong("SCD cut off", SCD, "</SCL>", "", "not XML", "", None),
    Wrong("network that is not JSON", NETWORK, "{", "", "not JSON", "", None),
    Wrong(
        "missing IED", SCD, '<IED name="ST3"', '<IED name="ST99"',
        "is served by IED 'ST3', which is missing", "add the IED or correct iedName", None,
    ),
    Wrong(
        "equal addresses of two points", SCD, 'ioa="112"', 'ioa="111"',
        "have the same address casdu", "give each point an ioa of its own", None,
    ),
    Wrong(
        "a point that no device has", SCD, '<LNode iedName="OBR1E03" ldInst="LD0" lnClass="PTRC" lnInst="1"/>',
        '<LNode iedName="OBR1E03" ldInst="LD0" lnClass="PTRC" lnInst="7"/>',
        "is served by OBR1E03LD0/PTRC7, which IED", "",
    ),
    Wrong(
        "a network element without SCL path", NETWORK, '"id": "L05/W05"', '"id": "L05/W99"',
        "'L05/W99' has no path in the SCD", "add it to the process sections of",
    ),
    Wrong(
        "an unknown key in the network", NETWORK, '"frequency_hz"', '"colour": 5, "frequency_hz"',
        "colour", "", None,
    ),
)  # fmt: skip


def spoken(command: str, unit: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Lines that the command says, on either stream; it must fail with status 1."""
    capsys.readouterr()
    assert ringmain.main([command, str(unit)]) == 1
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return [line.removeprefix("ringmain: ") for line in (captured.out + captured.err).splitlines()]


def both_say(unit: Path, capsys: pytest.CaptureFixture[str], says: Callable[[str], bool]) -> list[str]:
    """Check and start say the same of it, in one line each."""
    checked, served = spoken("check", unit, capsys), spoken("serve", unit, capsys)
    assert [line for line in checked if says(line)], checked
    assert [line for line in served if says(line)] == [line for line in checked if says(line)]
    assert not (unit.parent / "data").exists()  # nothing was begun
    return checked


@pytest.mark.parametrize("wrong", CASES, ids=lambda wrong: wrong.what)
def test_what_is_wrong_is_said_with_file_line_and_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: Wrong
) -> None:
    unit = small_site(tmp_path)
    line = change(tmp_path / wrong.file, wrong.old, wrong.new)
    said = both_say(unit, capsys, lambda text: wrong.problem in text and wrong.remedy in text)
    about = next(text for text in said if wrong.problem in text)
    assert about.startswith(str(tmp_path))
    assert "; " in about
    if wrong.at is not None:
        assert about.startswith(f"{tmp_path / wrong.file}:{line + wrong.at}: "), about


def test_a_neutral_treatment_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unit = small_site(tmp_path)
    network = tmp_path / NETWORK
    text = network.read_text(encoding="utf-8")
    network.write_text(without_neutral(text), encoding="utf-8")
    assert network.read_text(encoding="utf-8") != text
    said = both_say(unit, capsys, lambda line: "has no neutral treatment" in line)
    assert re.match(rf"{re.escape(str(network))}:\d+: the galvanic network of line 'L01/W01' has no neutral", said[0])
    assert "add its busbar to galvanic_networks (there is no default)" in said[0]


def test_equal_addresses_of_two_devices(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unit = small_site(tmp_path)
    scd = tmp_path / SCD
    addresses = re.findall(r'<ConnectedAP iedName="ST[12]" .*?<P type="IP">([0-9.]+)', scd.read_text(), re.DOTALL)
    change(scd, f">{addresses[1]}<", f">{addresses[0]}<")
    both_say(unit, capsys, lambda line: "'ST2' and 'ST1' have the same address" in line)


def test_several_problems_are_a_line_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unit = small_site(tmp_path)
    change(tmp_path / TOML, "OBR1/K1/E03", "OBR1/K1/E3")
    change(tmp_path / NETWORK, '"id": "L05/W05"', '"id": "L05/W99"')
    said = spoken("check", unit, capsys)
    assert len(said) == 3
    assert all(re.match(rf"{re.escape(str(tmp_path))}/[a-z.]+:\d+: .+; .+", line) for line in said)
    assert spoken("serve", unit, capsys) == [*said, f"{unit}: 3 problems; a unit starts only without any"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "is no table of addresses"),
        ("[]", "is no table of addresses"),
        ('{"ST1": "127.0.0.1:5"}', "is no table of addresses"),
        ('{"ST1": ["127.0.0.1", Infinity]}', "is no table of addresses"),
        ("[" * 100_000, "is no table of addresses"),
        ('{"ST1": ["127.0.0.1", 99999]}', "'ST1' has the address '127.0.0.1:99999', which is none"),
        ('{"ST99": ["127.0.0.1", 5]}', "'ST99' is no IED with a link in the SCD"),
    ],
)
def test_addresses_in_place_of_those_in_the_scd(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, problem: str
) -> None:
    unit = small_site(tmp_path)
    change(unit, "[data_interface]", '[links]\naddresses = "addresses.json"\n[data_interface]')
    (tmp_path / "addresses.json").write_text(content, encoding="utf-8")
    (said,) = spoken("serve", unit, capsys)
    assert said.startswith(str(tmp_path / "addresses.json"))
    assert problem in said


def test_addresses_that_no_simulator_has_written_yet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unit = small_site(tmp_path)
    change(unit, "[data_interface]", '[links]\naddresses = "addresses.json"\n[data_interface]')
    (said,) = spoken("serve", unit, capsys)
    assert "cannot be read" in said
    assert "start the simulator, which writes it" in said


def test_a_network_file_without_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unit = small_site(tmp_path)
    (tmp_path / NETWORK).write_text("[" * 100_000, encoding="utf-8")
    (said,) = spoken("check", unit, capsys)
    assert "is nested too deeply" in said


def test_a_good_site_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unit = small_site(tmp_path)
    assert ringmain.main(["check", str(unit)]) == 0
    said = capsys.readouterr()
    assert re.fullmatch(r"OBR: no problems; \d+ points on 13 links, \d+ switches, 10 lines, 3 feeders\n", said.out)
    assert said.err == ""


def test_a_unit_above_needs_no_site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unit = tmp_path / "unit.toml"
    unit.write_text('schema = 1\nunit = {name = "TL", level = "TLGMU"}\n[[child]]\nname = "OBR"\n', encoding="utf-8")
    assert ringmain.main(["check", str(unit)]) == 0
    assert capsys.readouterr().out == "TL: no problems; a unit without field devices\n"
    assert ringmain.main(["signals", str(unit)]) == 1
    assert "has no field devices, hence no points" in capsys.readouterr().err


def test_signals_of_a_broken_scd_are_no_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unit = small_site(tmp_path)
    assert ringmain.main(["signals", str(unit)]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert rows[0].startswith("location,variable,")
    assert len(rows) > 300
    change(tmp_path / SCD, 'ioa="112"', 'ioa="x"')
    assert ringmain.main(["signals", str(unit)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "(1 problem: no incomplete list is printed" in captured.err
