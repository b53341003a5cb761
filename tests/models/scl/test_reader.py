"""Reading SCL files of others, good and bad, without following anything out of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import ConfigError
from models.scl.links import link_table
from models.scl.points import point_table
from models.scl.reader import read_scl

READABLE = [
    "libiec61850-complexModel.icd",
    "libiec61850-inverter_with_report.icd",
    "libiec61850-sg_demo.cid",
    "libiec61850-simpleIO_control_tests.cid",
    "libiec61850-simpleIO_direct_control.cid",
    "openscd-TapChanger.scd",
    "openscd-duplicate.iid",
    "openscd-sclbasics.scd",
    "openscd-valid-addresses.scd",
    "openscd-valid2003.scd",
    "openscd-valid2007B4.scd",
]


@pytest.mark.parametrize("name", READABLE)
def test_every_foreign_file_is_read_and_mapped(data: Path, name: str) -> None:
    scl = read_scl((data / "scl" / name).read_bytes(), name)
    for finding in (*scl.findings, *point_table(scl).findings, *link_table(scl).findings):
        assert finding.file == name
        assert finding.line
        assert finding.remedy


def test_paths_uses_and_devices_of_an_edition_2_file(data: Path) -> None:
    scl = read_scl((data / "scl" / "openscd-valid2007B4.scd").read_bytes(), "x.scd")
    assert scl.places["AA1/E1/COUPLING_BAY/QC11"].nodes == (
        "AA1/E1/COUPLING_BAY/L2",
        "AA1/E1/COUPLING_BAY/grounded",
    )
    assert scl.places["AA1/E1/COUPLING_BAY/L2"].kind == "ConnectivityNode"
    assert [str(use.key) for use in scl.uses] == ["IED2CBSW/LPHD1", "IED2CBSW/XSWI3", "IED2CBSW/XSWI2"]
    assert [ied.name for ied in scl.ieds] == ["IED1", "IED2", "IED3"]
    assert link_table(scl).links[1].host == "192.168.0.112"


def test_templates_resolve_sub_data_objects_and_structures(data: Path) -> None:
    scl = read_scl((data / "scl" / "openscd-valid-addresses.scd").read_bytes(), "x.scd")
    node = next(each for ied in scl.ieds for each in ied.logical_nodes if each.key.ln_class == "MMXU")
    found = {each.path: each for each in scl.templates.data_objects(node.type_id)}
    assert found["A",].cdc == "WYE"
    assert found["A", "phsA"].cdc == "CMV"
    assert found["A", "phsA"].attributes["cVal", "mag", "f"].constraint == "MX"


@pytest.mark.parametrize(
    ("content", "line", "problem"),
    [
        (b'SCL xmlns="http://www.iec.ch/61850/2003/SCL"', 1, "not XML"),
        (b"", 1, "not XML"),
        (b"<SCL xmlns='http://www.iec.ch/61850/2003/SCL'>" + b"<a>" * 300, 1, "nested deeper"),
        (b"<SCL xmlns='http://www.iec.ch/61850/2003/SCL'>\n<Header>\n</SCL>", 3, "not XML"),
        (b"<a/>", 1, "the root element is 'a'"),
        (b"<SCL xmlns='http:}/www.iec.ch/61850/2003/SCL'/>", 1, "the root element is 'SCL', not SCL"),
        (b"<SCL/>", 1, "the root element is 'SCL', not SCL of IEC 61850-6"),
        (b"<!DOCTYPE SCL [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><SCL>&x;</SCL>", 1, "DOCTYPE"),
    ],
)
def test_what_is_not_scl_is_one_clear_error(content: bytes, line: int, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem) as caught:
        read_scl(content, "bad.scd")
    assert caught.value.line == line
    assert caught.value.file == "bad.scd"


def test_entities_that_explode_are_refused_quickly() -> None:
    levels = "".join(f"<!ENTITY x{n} '{f'&x{n - 1};' * 10}'>" for n in range(1, 12))
    bomb = f"<!DOCTYPE SCL [<!ENTITY x0 'lol'>{levels}]><SCL a='&x11;'/>"
    with pytest.raises(ConfigError):
        read_scl(bomb.encode(), "bomb.scd")


def test_second_ied_of_a_name_is_a_finding() -> None:
    text = "<SCL xmlns='http://www.iec.ch/61850/2003/SCL'>\n<IED name='A'/>\n<IED name='A'/>\n</SCL>"
    (finding,) = read_scl(text.encode(), "two.scd").findings
    assert str(finding) == "two.scd:3: IED 'A' stands already in line 2; rename or remove one of them"
