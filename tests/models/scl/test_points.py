"""The mapping of an SCD to points: the golden list, and what foreign files make of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.point import Cdc, ControlModel, Iec104Address, PointName
from models.scl.elements import Scl
from models.scl.links import link_table, links
from models.scl.points import point_table, points
from models.scl.reader import read_scl

ROOT = Path(__file__).parents[3]
GOLDEN = json.loads((ROOT / "tests" / "cases" / "golden_points.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def site() -> Scl:
    return read_scl((ROOT / GOLDEN["site"] / "scd.xml").read_bytes(), "scd.xml")


@pytest.fixture(scope="module")
def addressed(data: Path) -> Scl:
    return read_scl((data / "scl" / "openscd-valid-addresses.scd").read_bytes(), "openscd.scd")


@pytest.mark.parametrize("wanted", GOLDEN["points"], ids=lambda each: each["point"])
def test_golden_point(site: Scl, wanted: dict[str, object]) -> None:
    found = {str(point.name): point for point in points(site)}[str(wanted["point"])]
    command = wanted["command"]
    assert found.cdc.value == wanted["class"]
    assert found.link == wanted["ied"]
    assert found.reference == wanted["mms"]
    assert found.monitor == Iec104Address(wanted["casdu"], wanted["ioa"], wanted["type"])
    assert found.command == (None if command is None else Iec104Address(wanted["casdu"], *command))
    assert found.control_model is ControlModel[str(wanted["control"])]
    assert found.unit == wanted["unit"]


def test_site_has_enough_points_and_nothing_unusable(site: Scl) -> None:
    table = point_table(site)
    assert len(table.points) >= 5000
    assert (table.findings, site.findings, link_table(site).findings) == ((), (), ())
    assert len({point.name for point in table.points}) == len(table.points)


def test_every_point_belongs_to_a_link(site: Scl) -> None:
    assert {point.link for point in points(site)} == {link.name for link in links(site)}


def test_mms_link_names_the_reports_and_what_they_must_look_like(site: Scl) -> None:
    link = next(each for each in links(site) if each.name == "OBR1E03")
    assert link.protocol == "iec61850"
    assert link.settings["reports"] == "OBR1E03LD0/LLN0.BR.brcbStatus,OBR1E03LD0/LLN0.RP.urcbMeasurands"
    assert link.settings["conf_rev:OBR1E03LD0/LLN0.BR.brcbStatus"] == 1
    assert link.settings["data_set:OBR1E03LD0/LLN0.BR.brcbStatus"] == "LLN0.dsStatus"


def test_foreign_addresses_become_points_with_units_and_lines(addressed: Scl) -> None:
    found = {str(point.name): point for point in points(addressed)}
    neutral = found["S1/F1/Q1/MMXU1.A.neut"]
    assert neutral.cdc is Cdc.MV
    assert neutral.monitor == Iec104Address(20, 4, 36)
    assert neutral.line is not None
    assert found["S1/F1/Q1/MMXU1.Hz"].unit == "kHz"
    assert found["S1/F1/Q1/LLN0.Beh"].monitor == Iec104Address(100, 1, 35)


def test_what_foreign_addresses_cannot_be_is_reported_with_line_and_remedy(addressed: Scl) -> None:
    text = [str(finding) for finding in point_table(addressed).findings]
    assert any("MltLev.setVal has ti 58; remove it: a setting is not told back" in each for each in text)
    assert any("ColChg.Oper.ctlVal has ti 60; remove it: BAC is not commanded" in each for each in text)
    assert any("DPCSO1.Oper.Check is of no use; remove it: interlocking and synchrocheck" in each for each in text)
    assert all(finding.line for finding in point_table(addressed).findings)


def test_points_of_nodes_that_no_lnode_names_have_their_device_for_location(addressed: Scl) -> None:
    found = {str(point.name) for point in points(addressed)}
    assert "B2/LD0/LLN0.Beh" in found
    remark, _ = (each for each in point_table(addressed).remarks if "no LNode of the process names" in str(each))
    assert "B2LD0/LLN0, B2LD0/PPREGGIO2, so the points have the device for location ('B2/LD0')" in str(remark)


def test_redundancy_group_gives_the_address_of_a_link(addressed: Scl) -> None:
    found = {link.name: link for link in links(addressed)}
    assert (found["B1"].host, found["B1"].port, found["B1"].settings["k"]) == ("192.128.0.1", 2404, 12)
    assert (found["B2"].host, found["B2"].protocol) == ("192.128.0.10", "iec104")


def test_set_points_of_class_bac_are_read_and_it_is_said() -> None:
    text = SMALL.replace('cdc="DPC"><DA name="stVal" fc="ST" bType="Dbpos"/>', 'cdc="BAC"><DA name="mxVal" fc="MX"/>')
    model = '<DAI name="ctlModel"><Val>direct-with-normal-security</Val></DAI>'
    address = ADDRESS.format(ioa=1, ti=36).replace('name="stVal"', 'name="f"')
    value = f'<SDI name="mxVal">{address}</SDI>'
    table = point_table(read_scl(text.format(instance=model + value, network="104").encode(), "small.scd"))
    assert [point.control_model for point in table.points] == [ControlModel.STATUS_ONLY]
    assert any("class BAC, hence read and not commanded, is IL/CSWI1.Pos" in str(each) for each in table.remarks)


SMALL = """<SCL xmlns="http://www.iec.ch/61850/2003/SCL" xmlns:e="http://www.iec.ch/61850-80-1/2007/IEC_60870-5-104">
<Substation name="A"><LNode iedName="I" ldInst="L" lnClass="CSWI" lnInst="1"/></Substation>
<Communication><SubNetwork name="N" type="{network}"><ConnectedAP iedName="I" apName="P"><Address>
<P type="IP">127.0.0.1</P></Address></ConnectedAP></SubNetwork></Communication>
<IED name="I"><AccessPoint name="P"><Server><LDevice inst="L"><LN0 lnClass="LLN0" inst="" lnType="Z">
<DataSet name="d"><FCDA ldInst="L" lnClass="CSWI" lnInst="1" doName="Pos" fc="ST"/></DataSet>
<ReportControl name="r" datSet="d" confRev="3" buffered="true"/></LN0>
<LN lnClass="CSWI" inst="1" lnType="C"><DOI name="Pos">{instance}</DOI></LN></LDevice></Server></AccessPoint></IED>
<DataTypeTemplates><LNodeType id="Z" lnClass="LLN0"/>
<LNodeType id="C" lnClass="CSWI"><DO name="Pos" type="D"/></LNodeType>
<DOType id="D" cdc="DPC"><DA name="stVal" fc="ST" bType="Dbpos"/>
<DA name="SBO" fc="CO" bType="ObjRef"/><DA name="Oper" fc="CO" bType="Struct" type="O"/>
<DA name="ctlModel" fc="CF" bType="Enum" type="M">
<Val>direct-with-enhanced-security</Val></DA></DOType>
<DAType id="O"><BDA name="ctlVal" bType="BOOLEAN"/></DAType>
<EnumType id="M"><EnumVal ord="3">direct-with-enhanced-security</EnumVal>
<EnumVal ord="2">select first</EnumVal></EnumType>
</DataTypeTemplates></SCL>"""
ADDRESS = (
    '<DAI name="stVal"><Private type="IEC_60870_5_104"><e:Address casdu="7" ioa="{ioa}" ti="{ti}"/></Private></DAI>'
)


EXPECTED = (
    '<DAI name="stVal"><Private type="IEC_60870_5_104"><e:Address casdu="7" ioa="1" expectedValue="{}" ti="{}"/>'
    '<e:Address casdu="7" ioa="2" expectedValue="{}" ti="{}"/></Private></DAI>'
)
ORDER = (
    '<SDI name="Oper"><DAI name="ctlVal"><Private type="IEC_60870_5_104">'
    '<e:Address casdu="7" ioa="{}" ti="{}"/></Private></DAI></SDI>'
)


def small(instance: str, network: str = "8-MMS") -> Scl:
    return read_scl(SMALL.format(instance=instance, network=network).encode(), "small.scd")


def test_reported_object_is_a_point_without_any_address() -> None:
    (point,) = points(small(""))
    assert point.name == PointName("A", "CSWI1.Pos")
    assert point.monitor is None
    assert point.reference == "IL/CSWI1.Pos"
    assert point.control_model is ControlModel.DIRECT_ENHANCED  # from its type


def test_instance_overrides_the_control_model_of_the_type() -> None:
    scl = small('<DAI name="ctlModel"><Val>sbo-with-normal-security</Val></DAI>')
    assert points(scl)[0].control_model is ControlModel.SBO_NORMAL


@pytest.mark.parametrize(
    ("instance", "network", "problem"),
    [
        ('<DAI name="ctlModel"><Val>sometimes</Val></DAI>', "8-MMS", "ctlModel of IL/CSWI1.Pos is 'sometimes'"),
        (ADDRESS.format(ioa=1, ti=31), "104", "direct-with-enhanced-security but has no command address"),
        (ADDRESS.format(ioa=1, ti=30), "8-MMS", "has ti 30; use ti 31"),
        (ADDRESS.format(ioa=1, ti=31) * 2, "8-MMS", "is a second one"),
        (EXPECTED.format(1, 30, 2, 31), "8-MMS", "has expectedValue and ti 31; use ti 30"),
        (EXPECTED.format(1, 30, 3, 30), "8-MMS", "is not told by its two positions; give two addresses"),
        (EXPECTED.format(1, 30, 1, 30), "8-MMS", "has expectedValue 1 twice"),
        (ORDER.format(9, 45), "8-MMS", "ctlVal has ti 45; use ti 46 or 59"),
    ],
)
def test_contradictions_are_findings_with_their_line(instance: str, network: str, problem: str) -> None:
    (finding,) = point_table(small(instance, network)).findings
    assert problem in str(finding)
    assert str(finding).startswith("small.scd:8: ")


def test_every_address_of_a_foreign_file_is_a_point_or_a_finding(addressed: Scl) -> None:
    table = point_table(addressed)
    taken = [address for point in table.points for address in (*point.monitors, *point.commands)]
    lines = {finding.line for finding in table.findings}
    unplaced = {node.line for ied in addressed.ieds for node in ied.logical_nodes} & lines
    for node in (node for ied in addressed.ieds for node in ied.logical_nodes):
        for mapped in node.addresses:
            if not any(_alike(mapped.address, each) for each in taken):
                assert mapped.line in lines or node.line in unplaced
    assert (len(taken), len(lines) - len(unplaced)) == (63, 9)  # six settings, two checks, one stepped analogue value


def _alike(one: Iec104Address, other: Iec104Address) -> bool:
    return (one.common_address, one.object_address, one.type_id) == (
        other.common_address,
        other.object_address,
        other.type_id,
    )


def test_values_spread_over_objects_inverted_ones_and_the_other_classes(addressed: Scl) -> None:
    found = {point.name.variable: point for point in points(addressed)}
    health = found["LLN0.Health"]
    assert [(each.object_address, each.type_id, each.expected) for each in health.monitors] == [
        (1, 30, 1),
        (2, 30, 2),
        (3, 30, 3),
    ]
    assert found["GGIO1.Ind2"].monitor == Iec104Address(1, 2, 30, inverted=True)
    both = found["GGIO1.DPCSO2"]
    assert [(each.object_address, each.expected) for each in both.commands] == [(12, 1), (13, 2)]
    assert both.control_model is ControlModel.DIRECT_NORMAL
    classes = {name: found[name].cdc for name in ("YEFN1.TapChg", "YEFN1.ColTapPos", "YEFN1.ColPos", "GGIO1.Mod")}
    assert list(classes.values()) == [Cdc.BSC, Cdc.ISC, Cdc.APC, Cdc.INC]
    assert found["GGIO1.CntVal1"].cdc is found["GSAL1.AuthFail"].cdc is Cdc.BCR
    assert (found["GAPC1.Op"].monitor, found["GAPC1.Str"].monitor) == (Iec104Address(4, 1, 39), Iec104Address(5, 1, 40))


SCALED = """<SDI name="sVC"><DAI name="scaleFactor"><Val>{scale}</Val></DAI><DAI name="offset"><Val>2</Val></DAI></SDI>
<SDI name="mag"><DAI name="{part}"><Private type="IEC_60870_5_104"><e:Address casdu="7" ioa="1" ti="{ti}"/></Private>
</DAI></SDI>"""


def _measured(**parts: object) -> Scl:
    text = SMALL.replace('cdc="DPC"><DA name="stVal" fc="ST" bType="Dbpos"/>', 'cdc="MV">')
    return read_scl(text.format(instance=SCALED.format(**parts), network="104").encode(), "small.scd")


def test_integers_follow_the_scale_of_their_data_object() -> None:
    (scaled,) = points(_measured(scale="0.5", part="i", ti=35))
    assert scaled.monitor == Iec104Address(7, 1, 35, scale=0.5, offset=2.0)
    (floating,) = points(_measured(scale="0.5", part="f", ti=36))
    assert floating.monitor == Iec104Address(7, 1, 36)


@pytest.mark.parametrize(
    ("scale", "ti", "problem"), [("many", 35, "sVC.scaleFactor of IL/CSWI1.Pos is 'many'"), ("", 34, "normalised")]
)
def test_what_cannot_be_scaled_is_a_finding(scale: str, ti: int, problem: str) -> None:
    (finding,) = point_table(_measured(scale=scale, part="i", ti=ti)).findings
    assert problem in str(finding)


def test_number_out_of_range_is_a_finding_of_the_file() -> None:
    (finding,) = small(ADDRESS.format(ioa=16_777_216, ti=31)).findings
    assert "ioa of 'Pos.stVal' is '16777216'; write a number from 1 to 16777215" in str(finding)


@pytest.mark.parametrize(
    ("model", "unusable"), [("direct-with-normal-security", False), ("sbo-with-normal-security", True)]
)
def test_a_bit_string_commands_a_whole_number_and_is_never_selected(model: str, unusable: bool) -> None:
    text = SMALL.replace('cdc="DPC"><DA name="stVal" fc="ST" bType="Dbpos"/>', 'cdc="INC">')
    addresses = ADDRESS.format(ioa=1, ti=33) + ORDER.format(9, 51)
    instance = f'{addresses}<DAI name="ctlModel"><Val>{model}</Val></DAI>'
    table = point_table(read_scl(text.format(instance=instance, network="104").encode(), "small.scd"))
    (point,) = table.points
    assert point.command == Iec104Address(7, 9, 51)
    assert (point.control_model is ControlModel.STATUS_ONLY) is unusable
    assert ["its command has no select" in str(finding) for finding in table.findings] == [True] * unusable


def test_values_whose_data_set_has_no_quality_are_told_once_per_device(data: Path) -> None:
    scl = read_scl((data / "scl" / "libiec61850-simpleIO_control_tests.cid").read_bytes(), "simple.cid")
    told = [str(each) for each in point_table(scl).remarks if "without its quality" in str(each)]
    assert len(told) == 1
    assert "GGIO1.SPCSO1" in told[0]
    assert "6 more" in told[0]


def test_what_has_a_name_that_nobody_could_ask_for_is_left_out_and_told(data: Path) -> None:
    text = (data / "scl" / "openscd-valid-addresses.scd").read_bytes()
    scl = read_scl(text.replace(b'<Bay name="Q1"', b'<Bay name="' + b"Q" * 100_000 + b'"'), "long.scd")
    table = point_table(scl)
    assert all(len(each.name.location) <= 512 for each in table.points)
    assert any("characters (S1/F1/QQQ" in str(each) and "at most 512" in str(each) for each in table.findings)
