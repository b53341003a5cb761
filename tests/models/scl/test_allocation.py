"""Addresses for points that have none: the plan, and what it does to the file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lxml import etree

from models.errors import ConfigError
from models.point import PointSpec
from models.scl.address_writer import with_addresses
from models.scl.allocation import Allocation, allocate
from models.scl.points import point_table
from models.scl.reader import read_scl
from sim_ied.scd.writer import write_scd
from tests.sim_ied.small_grid import small_grid

PRIVATE = re.compile(rb"<Private type=\"IEC_60870_5_104\">.*?</Private>")


def planned(data: bytes) -> Allocation:
    scl = read_scl(data, "scd.xml")
    return allocate(scl, point_table(scl).points)


def written(data: bytes) -> bytes:
    return with_addresses(data, planned(data).added, "scd.xml")


def points_of(data: bytes) -> list[PointSpec]:
    table = point_table(read_scl(data, "scd.xml"))
    assert table.findings == ()
    return list(table.points)


@pytest.fixture(scope="module")
def complete() -> bytes:
    return write_scd(small_grid())


@pytest.fixture(scope="module")
def bare(complete: bytes) -> bytes:
    """As a system tool leaves it: the devices on MMS have no addresses at all, their empty attributes closed."""
    device = re.compile(rb'<IED name="OBR.*?</IED>', re.DOTALL)
    stripped = device.sub(lambda found: PRIVATE.sub(b"", found[0]), complete)
    return stripped.replace(b'<DAI name="stVal"></DAI>', b'<DAI name="stVal"/>')


def test_devices_with_all_their_addresses_are_left_alone(complete: bytes) -> None:
    assert planned(complete).added == ()
    assert written(complete) == complete


def test_every_point_of_an_mms_device_gets_addresses_and_nothing_else_changes(bare: bytes, complete: bytes) -> None:
    before, after = points_of(bare), points_of(written(bare))
    assert [point.name for point in after] == [point.name for point in points_of(complete)]
    assert all(point.monitor for point in after)
    assert all((point.command is not None) == bool(point.control_model) for point in after)
    assert [point for point in before if point.monitor] == [each for each in after if not each.reference]
    numbers = [address for point in after for address in (point.monitor, point.command) if address]
    assert len({(each.common_address, each.object_address) for each in numbers}) == len(numbers)
    types = {point.name: (point.monitor and point.monitor.type_id) for point in after}
    assert types == {point.name: point.monitor and point.monitor.type_id for point in points_of(complete)}


def test_taking_the_addresses_out_again_gives_the_file_octet_by_octet(bare: bytes) -> None:
    added = written(bare)
    assert len(PRIVATE.findall(added)) > len(PRIVATE.findall(bare))
    rest = etree.fromstring(added)
    for private in [each for each in rest.iter("{*}Private") if each.get("type") == "IEC_60870_5_104"]:
        parent = private.getparent()
        assert parent is not None
        parent.remove(private)
    expected = etree.fromstring(PRIVATE.sub(b"", bare))
    assert _shape(rest) == _shape(expected)


def _shape(element: etree._Element) -> list[object]:
    text = (element.text or "").strip() if isinstance(element.tag, str) else element.text
    return [element.tag, dict(element.attrib), text, [_shape(child) for child in element]]


def test_a_second_run_adds_nothing(bare: bytes) -> None:
    once = written(bare)
    assert planned(once).added == ()
    assert written(once) == once


def test_a_new_point_gets_a_number_behind_the_others_and_old_ones_keep_theirs(bare: bytes) -> None:
    once = written(bare)
    first = PRIVATE.search(once, once.index(b'<IED name="OBR1E03"'))
    assert first is not None
    hole = once[: first.start()] + once[first.end() :]
    known = {point.name: point for point in points_of(once)}
    (again,) = [point for point in points_of(written(hole)) if point != known[point.name]]
    old = known[again.name].monitor
    assert again.monitor is not None
    assert old is not None
    assert again.monitor.common_address == old.common_address
    assert again.monitor.object_address > old.object_address  # the gap stays: others may know its number


FOREIGN = """<?xml version='1.0' encoding='UTF-8'?>
<!-- made  by hand -->
<s:SCL xmlns:s="http://www.iec.ch/61850/2003/SCL" >
\t<s:Substation name="A"><s:LNode iedName="I" ldInst="L" lnClass="GGIO" lnInst="1"/></s:Substation>
\t<s:Communication><s:SubNetwork name="N" type="8-MMS"><s:ConnectedAP iedName="I" apName="P"><s:Address>
\t<s:P type="IP">127.0.0.1</s:P></s:Address></s:ConnectedAP></s:SubNetwork></s:Communication>
\t<s:IED name="I"><s:AccessPoint name="P"><s:Server><s:LDevice inst="L">
\t\t<s:LN0 lnClass="LLN0" inst="" lnType="Z">
\t\t\t<s:DataSet name="d"><s:FCDA ldInst="L" lnClass="GGIO" lnInst="1" fc="ST" doName="Ind1"/>
\t\t\t<s:FCDA ldInst="L" lnClass="GGIO" lnInst="1" fc="ST" doName="SPCSO1"/>
\t\t\t<s:FCDA ldInst="L" lnClass="GGIO" lnInst="1" fc="MX" doName="AnIn1"/></s:DataSet>
\t\t\t<s:ReportControl name="r" datSet="d" confRev="1" buffered="true"/>
\t\t</s:LN0>
\t\t<s:LN lnClass="GGIO"   inst="1"
\t\t\tlnType="G"><!-- a > b -->
\t\t\t<s:DOI name="Ind1">
\t\t\t\t<s:DAI name="stVal" desc='1 > 0'/>
\t\t\t</s:DOI>
\t\t\t<s:Inputs/>
\t\t</s:LN>
\t</s:LDevice></s:Server></s:AccessPoint></s:IED>
<s:DataTypeTemplates><s:LNodeType id="Z" lnClass="LLN0"/><s:LNodeType id="G" lnClass="GGIO">
<s:DO name="Ind1" type="S"/><s:DO name="SPCSO1" type="C"/><s:DO name="AnIn1" type="M"/></s:LNodeType>
<s:DOType id="S" cdc="SPS"><s:DA name="stVal" fc="ST" bType="BOOLEAN"/></s:DOType>
<s:DOType id="C" cdc="SPC"><s:DA name="stVal" fc="ST" bType="BOOLEAN"/>
<s:DA name="SBO" fc="CO" bType="VisString64"/><s:DA name="Oper" fc="CO" bType="Struct"
type="O"/><s:DA name="ctlModel" fc="CF" bType="Enum" type="E"><s:Val>sbo-with-normal-security</s:Val></s:DA></s:DOType>
<s:DOType id="M" cdc="MV"><s:DA name="mag" fc="MX" bType="Struct" type="V"/></s:DOType>
<s:DAType id="O"><s:BDA name="ctlVal" bType="BOOLEAN"/></s:DAType>
<s:DAType id="V"><s:BDA name="f" bType="FLOAT32"/></s:DAType></s:DataTypeTemplates>
</s:SCL>
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_prefixes_comments_tabs_line_ends_and_odd_spacing_survive(newline: str) -> None:
    data = FOREIGN.replace("\n", newline).encode()
    added = written(data)
    single, command, measured = points_of(added)
    assert (single.monitor, single.command) != (None, None)
    assert [p.monitor and p.monitor.object_address for p in (single, command, measured)] == [1, 2, 3]
    assert (command.command and command.command.object_address) == 10_002
    assert measured.monitor is not None
    assert measured.monitor.type_id == 36
    lines = added.split(newline.encode())
    assert all(line in lines for line in data.split(newline.encode()) if b"stVal" not in line)
    assert b"\t\t\t\t<s:DAI name=\"stVal\" desc='1 > 0'>" in lines
    assert lines[-2:] == [b"</s:SCL>", b""]
    assert b"\t\t\t\t\t<s:Private" in added
    assert added.index(b'<s:DOI name="AnIn1">') < added.index(b"<s:Inputs/>")


def test_what_cannot_be_numbered_or_written_is_said() -> None:
    without = FOREIGN.replace('<s:BDA name="ctlVal" bType="BOOLEAN"/>', "").encode()
    (finding,) = planned(without).findings
    assert "has no attribute for its command" in str(finding)
    with pytest.raises(ConfigError, match="UTF-16; save it as UTF-8"):
        with_addresses(FOREIGN.encode("utf-16"), (), "x.scd")


def test_foreign_files_are_numbered_without_collisions(data: Path) -> None:
    for name in ("openscd-valid2007B4.scd", "openscd-sclbasics.scd", "openscd-valid2003.scd"):
        octets = (data / "scl" / name).read_bytes()
        again = planned(written(octets))
        assert again.added == ()
