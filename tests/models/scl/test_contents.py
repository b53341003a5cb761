"""What the reader takes out of a file besides points: services, report controls, setting groups, types, addresses."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.point import Cdc, ControlModel, Limits, PointName
from models.scl.allocation import allocate
from models.scl.capabilities import Edition, FileKind
from models.scl.classes import MMS_VALUES
from models.scl.elements import Ied, Scl
from models.scl.findings import Severity, severity_of
from models.scl.links import equal_links, link_table, links, reached, reports_to_enable
from models.scl.points import is_active_group, point_table, points
from models.scl.reader import read_scl

OURS = Path(__file__).parents[2] / "cases" / "scl"


def ours(name: str) -> Scl:
    return read_scl((OURS / name).read_bytes(), name)


@pytest.fixture(scope="module")
def pumps() -> Scl:
    return ours("line-and-process.scd")


def test_services_of_a_device(pumps: Scl) -> None:
    services = pumps.ieds[0].services
    assert (services.has_files, services.makes_data_sets, services.has_setting_groups) == (True, False, False)
    assert services.number("ConfReportControl") == 4
    assert services.says("ReportSettings", "datSet") == "Conf"
    assert pumps.ieds[0].access_points[0].services == services


def test_a_report_control_with_everything_in_it(pumps: Scl) -> None:
    unbuffered, buffered = pumps.ieds[0].report_controls
    assert (buffered.report_id, buffered.buffer_time_ms, buffered.integrity_ms) == ("b", 20, 5000)
    assert (buffered.indexed, buffered.most_clients, buffered.clients) == (False, 3, ("HMI",))
    assert buffered.triggers == {"dchg", "qchg", "period", "gi"}
    assert buffered.options == {"seqNum", "timeStamp", "entryID", "bufOvfl"}
    assert (unbuffered.indexed, unbuffered.most_clients, unbuffered.triggers) == (True, 1, {"dchg", "gi"})


def test_one_data_set_is_not_reported_twice_and_the_buffered_block_is_taken(pumps: Scl) -> None:
    assert [each.name for each in reports_to_enable(pumps.ieds[0])] == ["brcb"]


def _with_clients(*clients: str) -> Ied:
    """Two buffered blocks with one data set; the first is kept for these clients."""
    kept = "".join(f'<ClientLN iedName="{each}"/>' for each in clients)
    scl = read_scl(
        b'<SCL xmlns="http://www.iec.ch/61850/2003/SCL"><IED name="I"><AccessPoint name="P"><Server><LDevice inst="L">'
        b'<LN0 lnClass="LLN0" inst="" lnType="Z"><DataSet name="d"/>'
        b'<ReportControl name="one" datSet="d" confRev="1" buffered="1"><RptEnabled max="2">%b</RptEnabled>'
        b'</ReportControl><ReportControl name="two" datSet="d" confRev="1" buffered="1"/></LN0></LDevice></Server>'
        b"</AccessPoint></IED></SCL>" % kept.encode(),
        "x.scd",
    )
    return scl.ieds[0]


@pytest.mark.parametrize(("clients", "taken"), [((), "one"), (("A",), "one"), (("A", "B"), "two")])
def test_a_block_that_is_kept_for_others_is_the_last_choice(clients: tuple[str, ...], taken: str) -> None:
    assert [each.name for each in reports_to_enable(_with_clients(*clients))] == [taken]


def test_other_control_blocks_and_inputs_are_known_by_name(pumps: Scl) -> None:
    head, generic, _ = pumps.ieds[0].logical_nodes
    assert head.control_blocks == (("LogControl", "lcb"), ("GSEControl", "gcb"))
    (bound,) = generic.inputs
    assert (str(bound.source), bound.path, bound.internal) == (
        "RTU1LD0/MMXU1",
        ("A", "phsA", "cVal", "mag", "f"),
        "in1",
    )
    assert pumps.ieds[0].devices[0].domain == "PUMPS"


def test_attributes_know_their_triggers_arrays_and_access(pumps: Scl) -> None:
    known = pumps.templates.by_path("G")
    assert known["Ind1",].transient
    assert known["AnOut1",].attributes["mxVal", "f"].triggers == ("dchg", "dupd")
    assert known["AnOut1",].attributes["ctlModel",].value_kind == "RO"
    history = known["Cnt",].attributes["hstVal",]
    assert (history.count, history.short_address) == (8, "17")
    assert pumps.templates.by_path("M")["Har",].in_array
    assert pumps.templates.enumeration("Beh") == {"on": 1, "odd": -5}
    assert not any("Har" in point.name.variable or "Cnt" in point.name.variable for point in points(pumps))


def test_limits_of_a_set_point_travel_with_it(pumps: Scl) -> None:
    (output,) = (point for point in points(pumps) if point.cdc is Cdc.APC)
    assert (output.limits, output.control_model) == (Limits(10.0, 80.0), ControlModel.DIRECT_NORMAL)


def test_setting_groups_are_a_point_and_values_of_each_group_are_read() -> None:
    scl = ours("setting-groups.cid")
    head, overcurrent = scl.ieds[0].logical_nodes
    assert head.setting_control is not None
    assert (head.setting_control.groups, head.setting_control.active, head.setting_control.reservation_s) == (4, 2, 30)
    assert overcurrent.group_values["StrVal", "setMag", "f"] == {1: "300", 2: "420"}
    group, *others = points(scl)
    assert (group.name, group.reference) == (PointName("PROT1/PROT", "LLN0.ActSG"), "PROT1PROT/LLN0.SGCB")
    assert (group.cdc, group.control_model, group.limits) == (Cdc.INC, ControlModel.DIRECT_NORMAL, Limits(1, 4, 1))
    assert [is_active_group(each) for each in (group, *others)] == [True, False, False]
    plan = allocate(scl, points(scl))
    assert (plan.findings, {new.point.name for new in plan.added}) == ((), {each.name for each in others})


def test_a_device_without_data_sets_gives_its_states_and_no_settings() -> None:
    scl = ours("dynamic-data-sets.icd")
    assert (scl.kind, scl.ieds[0].services.makes_data_sets) == (FileKind.ICD, True)
    assert [str(point.name) for point in points(scl)] == [
        "TEMPLATE/LD0/LLN0.Beh",
        "TEMPLATE/LD0/CSWI1.Pos",
        "TEMPLATE/LD0/CSWI1.Loc",
    ]


def test_a_second_way_to_one_server_is_no_second_device() -> None:
    scl = ours("server-at.scd")
    found = {link.name: link.host for link in links(scl)}
    assert found == {"IED1": "127.0.0.11", "TWO": "127.0.0.13"}  # the HMI has no server
    assert [reached(scl, ied) for ied in scl.ieds] == [{"S1"}, {"S2"}, frozenset()]
    assert [node.key.ln_class for node in scl.ieds[2].clients] == ["IHMI"]
    assert not any(point.reference.startswith("TWOLD0") for point in points(scl))


@pytest.mark.parametrize(
    ("attributes", "edition"),
    [
        ("", Edition.ED1),
        ('version="2003"', Edition.ED1),
        ('version="2007" revision="A"', Edition.ED2),
        ('version="2007" revision="B"', Edition.ED2),
        ('version="2007" revision="B" release="3"', Edition.ED2),
        ('version="2007" revision="B" release="4"', Edition.ED2_1),
        ('version="2007" revision="C"', Edition.ED2_1),
        ('version="2031"', Edition.ED2_1),
    ],
)
def test_editions(attributes: str, edition: Edition) -> None:
    scl = read_scl(f'<SCL xmlns="http://www.iec.ch/61850/2003/SCL" {attributes}/>'.encode(), "x.scd")
    assert (scl.edition, len(scl.remarks)) == (edition, 1 if "2031" in attributes else 0)


IED = '<IED name="{}"/>'


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("x.scd", '<Substation name="S"/>', FileKind.SSD),
        ("x.xml", IED.format("A") + IED.format("B"), FileKind.SCD),
        ("x.xml", IED.format("TEMPLATE"), FileKind.ICD),
        ("x.CID", IED.format("A"), FileKind.CID),
        ("x.iid", IED.format("A"), FileKind.IID),
        ("x.xml", IED.format("A"), FileKind.IID),
        ("x.xml", '<Substation name="S"/>' + IED.format("A"), FileKind.SCD),
        ("x.scd", '<IED name="A" engRight="fix"/>', FileKind.SED),
    ],
)
def test_kinds_of_files(name: str, content: str, kind: FileKind) -> None:
    assert read_scl(f'<SCL xmlns="http://www.iec.ch/61850/2003/SCL">{content}</SCL>'.encode(), name).kind is kind


def test_two_devices_at_one_address_are_a_danger() -> None:
    scl = ours("dangerous.scd")
    (finding,) = equal_links(scl, link_table(scl).links)
    assert severity_of(finding) is Severity.DANGER


def test_values_over_mms_are_those_of_every_class_that_becomes_such_a_point() -> None:
    assert MMS_VALUES[Cdc.SPS] == ("stVal", "setVal")
    assert set(MMS_VALUES[Cdc.MV]) == {"mag.f", "cVal.mag.f", "instMag.f", "mxVal.f", "setMag.f"}
    assert "cnt" in MMS_VALUES[Cdc.BCR]
    assert MMS_VALUES.keys() == set(Cdc)


TWICE = """<SCL xmlns="http://www.iec.ch/61850/2003/SCL"><Substation name="S">
<LNode iedName="A" ldInst="L" lnClass="CSWI" lnInst="1"/><LNode iedName="B" ldInst="L" lnClass="CSWI" lnInst="1"/>
</Substation>{0}{1}<DataTypeTemplates><LNodeType id="Z" lnClass="LLN0"/>
<LNodeType id="C" lnClass="CSWI"><DO name="Beh" type="ENS"/><DO name="Pos" type="DPC"/></LNodeType>
<DOType id="ENS" cdc="ENS"><DA name="stVal" fc="ST" bType="INT32"/></DOType>
<DOType id="DPC" cdc="DPC"><DA name="stVal" fc="ST" bType="Dbpos"/></DOType></DataTypeTemplates></SCL>"""
SWITCH = """<IED name="{}"><AccessPoint name="P"><Server><LDevice inst="L"><LN0 lnClass="LLN0" inst="" lnType="Z"/>
<LN lnClass="CSWI" inst="1" lnType="C"/></LDevice></Server></AccessPoint></IED>"""


def test_two_devices_of_one_place_keep_their_states_apart_and_never_their_positions() -> None:
    table = point_table(read_scl(TWICE.format(SWITCH.format("A"), SWITCH.format("B")).encode(), "x.scd"))
    assert [(str(point.name), point.link) for point in table.points] == [
        ("S/CSWI1.Beh", "A"),
        ("S/CSWI1.Pos", "A"),
        ("B/L/CSWI1.Beh", "B"),
    ]
    (finding,) = table.findings
    assert (severity_of(finding), finding.problem) == (Severity.DANGER, "point S/CSWI1.Pos exists already (line 4)")
    assert any("of the same name as another device's" in str(each) for each in table.remarks)
