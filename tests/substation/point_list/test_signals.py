"""`ringmain signals`: the point list in its forms, addresses given where they lack, the interoperability list."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from openpyxl import load_workbook

import ringmain
from tests.substation.commands.small_site import change, small_site

_FIRST = (
    "location,variable,common_data_class,unit,common_address,object_address,type_interrogated,type_event,"
    "command_object_address,command_type,control_model"
)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return small_site(tmp_path)


def printed(capsys: pytest.CaptureFixture[str], *arguments: object, status: int = 0) -> str:
    assert ringmain.main(["signals", *map(str, arguments)]) == status
    return capsys.readouterr().out


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_csv_keeps_its_first_columns_and_says_more_behind_them(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, site)
    assert text.startswith(_FIRST + ",group,transmission,scale,offset,")
    found = {f"{row['location']}/{row['variable']}": row for row in rows_of(text)}
    position = found["OBR1/K1/E03/Q0/CSWI1.Pos"]
    assert (position["type_interrogated"], position["type_event"], position["transmission"]) == ("3", "31", "event")
    assert (position["command_object_address"], position["command_type"], position["severity"]) == ("151", "46", "high")
    assert "1: open, 2: closed" in position["states"]
    assert position["description"] == "switch position"
    assert all(row["description"] for row in found.values())
    total = next(row for row in found.values() if row["variable"] == "MMTR1.DmdWh")
    assert (total["common_data_class"], total["unit"], total["type_interrogated"]) == ("BCR", "Wh", "15")
    assert total["transmission"] == "total"


def test_json_has_the_same_lines(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = json.loads(printed(capsys, site, "--format", "json"))
    rows = rows_of(printed(capsys, site))
    assert [line["variable"] for line in lines] == [row["variable"] for row in rows]
    assert isinstance(lines[0]["object_address"], int)


def test_the_spreadsheet_has_its_sheets_headers_and_filters(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(site, 'name = "NCC"\n', 'name = "NCC"\ngroups = {1 = ["*/MMXU1.*"]}\n')
    target = site.parent / "list.xlsx"
    assert printed(capsys, site, "--xlsx", target) == ""
    rows = rows_of(printed(capsys, site))
    book = load_workbook(target)
    assert book.sheetnames == ["points", "commands", "groups", "interoperability"]
    for sheet in book:
        assert sheet.freeze_panes is not None
        assert sheet.auto_filter.ref == sheet.dimensions
        assert sheet["A1"].font.bold
        assert (sheet.page_setup.orientation, sheet.print_title_rows) == ("landscape", "$1:$1")
    points = list(book["points"].iter_rows(values_only=True))
    assert len(points) == 1 + len(rows)
    assert points[0][:2] == ("location", "variable")
    assert points[1][4] == 1  # a number, not a text
    commands = list(book["commands"].iter_rows(values_only=True))
    assert len(commands) == 1 + sum(bool(row["command_type"]) for row in rows)
    counted = [row for row in book["groups"].iter_rows(min_row=2, values_only=True) if row[2].startswith("station")]
    assert sum(row[4] for row in counted) == sum(row["transmission"] != "total" for row in rows)
    assert any(row[2] == "group 1" for row in book["groups"].iter_rows(min_row=2, values_only=True))
    assert "agreed with NCC" in [cell.value for cell in book["interoperability"][1]]


_OF_CENTRE = """name = "NCC"
groups = {1 = "ST1/*"}
buffer = {overflow = "1/9000"}
packed = [{common_address = 1001, object_address = 9100, points = ["ST1/K1/E01/SFPI1.FwdFlt"]}]
"""


def test_objects_that_unit_toml_adds_are_on_the_list(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(site, 'name = "NCC"\n', _OF_CENTRE)
    rows = {(row["common_address"], row["object_address"]): row for row in rows_of(printed(capsys, site))}
    packed, overflow = rows["1001", "9100"], rows["1", "9000"]
    assert (packed["location"], packed["type_interrogated"], packed["group"]) == ("control centre NCC", "20", "1")
    assert packed["description"] == "bit 0: ST1/K1/E01/SFPI1.FwdFlt"
    assert packed["transmission"] == "on request"
    assert (overflow["type_interrogated"], overflow["type_event"], overflow["transmission"]) == ("1", "30", "event")
    [member] = [row for row in rows.values() if row["location"] == "ST1/K1/E01" and row["variable"] == "SFPI1.FwdFlt"]
    assert (member["type_interrogated"], member["type_event"]) == ("", "30")  # interrogated in the packed object alone


def test_events_of_protection_have_no_type_for_interrogations(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scd = site.parent / "scd.xml"
    text = scd.read_text(encoding="utf-8")
    address = re.search(r'<LN [^>]*lnClass="PTRC".*?(<eTr_104:Address[^>]*ti=")30"', text, re.DOTALL)
    assert address is not None
    scd.write_text(text[: address.end(1)] + "38" + text[address.end(1) + 2 :], encoding="utf-8")
    [trip] = [row for row in rows_of(printed(capsys, site)) if row["type_event"] == "38"]
    assert (trip["variable"], trip["type_interrogated"]) == ("PTRC1.Tr", "")


def test_interoperability_list_of_a_unit_and_of_the_product(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(site, 'name = "NCC"\n', 'name = "NCC"\ncommand_window_s = 7\n')
    text = printed(capsys, "--interoperability", site)
    assert "  [X] [X] supervision of maximum delay of commands (NCC: 7 s)" in text
    assert re.search(r"\[X\] \[X\] <36> M_ME_TF_1 short floating point \(COT 3; NCC: yes\)", text)
    assert re.search(r"\[X\] \[X\] <34> .* NCC: no\)", text)
    assert "[ ] [ ] authentication of single ASDUs (IEC 62351-5)" in text
    assert re.search(r"<59> C_DC_TA_1 .* NCC: yes\)", text)  # the SCD says 46; both are taken
    assert re.search(r"<105> C_RP_NA_1 .* NCC: no\)", text)
    change(site, 'name = "NCC"\n', 'name = "NCC"\ncommands = false\nreset = true\n')
    watching = printed(capsys, "--interoperability", site)
    assert re.search(r"<46> C_DC_NA_1 .* NCC: no\)", watching)
    assert re.search(r"<105> C_RP_NA_1 .* NCC: yes\)", watching)
    lines = rows_of(printed(capsys, "--interoperability", "--format", "csv"))
    assert list(lines[0]) == ["section", "item", "controlled_station", "controlling_station", "note"]


def test_a_list_with_findings_is_refused_unless_they_are_asked_for(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = change(site.parent / "scd.xml", 'ti="30"/>', 'ti="33"/>')
    assert ringmain.main(["signals", str(site)]) == 1
    refused = capsys.readouterr()
    assert refused.out == ""
    assert "(1 problem: no incomplete list is printed; --with-findings prints it" in refused.err
    assert ringmain.main(["signals", str(site), "--with-findings"]) == 0
    shown = capsys.readouterr()
    assert f"scd.xml:{line}: " in shown.err
    assert shown.out.startswith(_FIRST)
    assert ringmain.main(["signals", str(site), "--allocate"]) == 1
    assert f"scd.xml:{line}: " in capsys.readouterr().err


def _without_addresses(scd: Path) -> str:
    """As a system configuration tool leaves the devices on MMS."""
    text = scd.read_text(encoding="utf-8")
    bare = re.sub(
        r'<IED name="OBR.*?</IED>',
        lambda found: re.sub(r'<Private type="IEC_60870_5_104">.*?</Private>', "", found[0]),
        text,
        flags=re.DOTALL,
    )
    scd.write_text(bare, encoding="utf-8")
    return bare


def test_addresses_are_shown_then_written_once_and_the_old_file_is_kept(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scd = site.parent / "scd.xml"
    complete = rows_of(printed(capsys, site))
    bare = _without_addresses(scd)
    planned = rows_of(printed(capsys, site, "--allocate"))
    assert scd.read_text(encoding="utf-8") == bare
    assert len(planned) == sum(2 if row["command_type"] else 1 for row in complete if row["location"][:3] == "OBR")
    told = printed(capsys, site, "--allocate", "--in-place")
    assert f"{len(planned)} addresses added, the old file is " in told
    assert (site.parent / "scd.xml.1.bak").read_text(encoding="utf-8") == bare
    listed = rows_of(printed(capsys, site))
    assert [row["variable"] for row in listed] == [row["variable"] for row in complete]
    assert rows_of(printed(capsys, site, "--allocate")) == []
    assert "0 addresses added" in printed(capsys, site, "--allocate", "--in-place")


def test_an_scd_alone_has_the_same_list_and_can_be_given_addresses(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scd = site.parent / "scd.xml"
    complete = printed(capsys, site)
    site.unlink()
    (site.parent / "network.json").unlink()
    assert printed(capsys, scd) == complete
    _without_addresses(scd)
    assert "addresses added" in printed(capsys, scd, "--allocate", "--in-place")
    assert len(rows_of(printed(capsys, scd))) == len(rows_of(complete))
    assert "<36> M_ME_TF_1" in printed(capsys, scd, "--interoperability")
    assert ringmain.main(["signals", str(scd.with_name("no.scd"))]) == 1
    assert "no.scd: cannot be read: No such file" in capsys.readouterr().err


def test_addresses_go_into_another_file_when_asked(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scd = site.parent / "scd.xml"
    bare = _without_addresses(scd)
    target = site.parent / "new.xml"
    printed(capsys, site, "--allocate", "--out", target)
    assert scd.read_text(encoding="utf-8") == bare
    assert "eTr_104:Address" in target.read_text(encoding="utf-8")


def test_what_cannot_be_done_is_one_line(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ringmain.main(["signals"]) == 1
    assert "no unit is named; give its UNIT.toml, or an SCD" in capsys.readouterr().err
    assert ringmain.main(["signals", str(site), "--in-place"]) == 1
    assert "add --allocate" in capsys.readouterr().err
    assert ringmain.main(["signals", str(site), "--format", "text"]) == 1
    assert "give csv or json" in capsys.readouterr().err
    assert ringmain.main(["signals", str(site), "--xlsx", "/proc/no/list.xlsx"]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_two_points_of_one_address_are_no_list(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scd = site.parent / "scd.xml"
    change(scd, 'ioa="112"', 'ioa="111"')
    for file in (site, scd):
        assert ringmain.main(["signals", str(file)]) == 1
        assert "have the same address casdu 1001 ioa 111" in capsys.readouterr().err
