"""One device otherwise than its SCL, once for each kind of difference; and what is to be said of it."""

from __future__ import annotations

from typing import NamedTuple

from models.scl.findings import Severity

DANGER, LOSS, REMARK = Severity.DANGER, Severity.LOSS, Severity.REMARK


class Mutation(NamedTuple):
    """old, new: in the device's file. text: of the difference. touches: a reference that it concerns, '' for none."""

    old: str
    new: str
    severity: Severity
    text: str
    touches: str = ""


_CSWI5 = '<DOI name="Pos"><DAI name="ctlModel"><Val>direct-with-enhanced-security</Val></DAI></DOI>'
_TR = '<LNodeType id="PTRC" lnClass="PTRC"><DO name="Tr" type="ACT"/></LNodeType>'
_FIRST = '<FCDA ldInst="LD0" lnClass="CSWI" lnInst="1" doName="Pos" fc="ST"/>\n              '
_SECOND = '<FCDA ldInst="LD0" lnClass="CSWI" lnInst="2" doName="Pos" fc="ST"/>\n              '
_MV_Q = '<DOType id="MV" cdc="MV">\n      <DA name="mag" bType="Struct" type="AnalogueValue" fc="MX" dchg="true"/>\n'
_SPS = '<DOType id="SPS" cdc="SPS">\n      <DA name="stVal" bType="BOOLEAN" fc="ST" dchg="true"/>'

MUTATIONS = {
    "logical node missing": Mutation(
        '<LN lnClass="XCBR" inst="1" lnType="XCBR"/>',
        "",
        LOSS,
        "logical node IED1LD0/XCBR1 is present in the SCL, absent in the device",
        "IED1LD0/XCBR1.EEHealth",
    ),
    "logical node more": Mutation(
        '<LN lnClass="XCBR" inst="1" lnType="XCBR"/>',
        '<LN lnClass="XCBR" inst="1" lnType="XCBR"/><LN lnClass="XCBR" inst="2" lnType="XCBR"/>',
        REMARK,
        "more logical nodes of IED1LD0 is none in the SCL, XCBR2 in the device",
    ),
    "data object missing": Mutation(
        _TR,
        '<LNodeType id="PTRC" lnClass="PTRC"><DO name="Beh" type="ENS"/></LNodeType>',
        LOSS,
        "data object IED1LD0/PTRC1.Tr is present in the SCL, absent in the device",
        "IED1LD0/PTRC1.Tr",
    ),
    "attribute missing": Mutation(
        f'{_MV_Q}      <DA name="q" bType="Quality" fc="MX" qchg="true"/>\n',
        _MV_Q,
        LOSS,
        "attribute IED1LD0/MMXU1.TotW.q[MX] is present in the SCL, absent in the device",
        "IED1LD0/MMXU1.TotW",
    ),
    "attribute more": Mutation(
        _SPS,
        _SPS + '\n      <DA name="d" bType="VisString255" fc="DC"/>',
        REMARK,
        "more of IED1LD0/LLN0 is nothing in the SCL, Loc.d[DC] in the device",
    ),
    "type": Mutation(
        _SPS,
        _SPS.replace("BOOLEAN", "INT32"),
        DANGER,
        "type of IED1LD0/LLN0.Loc.stVal[ST] is boolean in the SCL, integer in the device",
        "IED1LD0/LLN0.Loc",
    ),
    "type that reads the same": Mutation(
        '<DA name="sboTimeout" bType="INT32U" fc="CF">',
        '<DA name="sboTimeout" bType="INT32" fc="CF">',
        REMARK,
        "type of IED1LD0/CSWI1.Pos.sboTimeout[CF] is unsigned in the SCL, integer in the device",
    ),
    "ctlModel": Mutation(
        _CSWI5,
        _CSWI5.replace("enhanced", "normal"),
        DANGER,
        "ctlModel of IED1LD0/CSWI5.Pos is 3 (direct-enhanced) in the SCL, 1 (direct-normal) in the device",
        "IED1LD0/CSWI5.Pos",
    ),
    "confRev": Mutation(
        'datSet="dsMeasurands" confRev="3"',
        'datSet="dsMeasurands" confRev="4"',
        DANGER,
        "confRev of IED1LD0/LLN0.RP.urcbMeasurands is 3 in the SCL, 4 in the device",
        "IED1LD0/MMXU1.A.phsA",
    ),
    "data set of a report": Mutation(
        'datSet="dsMeasurands" confRev="3"',
        'datSet="dsLeaves" confRev="3"',
        DANGER,
        "data set of IED1LD0/LLN0.RP.urcbMeasurands is IED1LD0/LLN0.dsMeasurands in the SCL, "
        "IED1LD0/LLN0.dsLeaves in the device",
        "IED1LD0/MMXU1.TotW",
    ),
    "order of members": Mutation(
        _FIRST + _SECOND,
        _SECOND + _FIRST,
        DANGER,
        "members of data set IED1LD0/LLN0.dsStatus is member 1 of 8: IED1LD0/CSWI1$ST$Pos in the SCL, "
        "member 1 of 8: IED1LD0/CSWI2$ST$Pos in the device",
        "IED1LD0/CSWI2.Pos",
    ),
    "member missing": Mutation(
        '<FCDA ldInst="LD0" lnClass="LLN0" doName="Beh" fc="ST"/>\n',
        "",
        DANGER,
        "members of data set IED1LD0/LLN0.dsStatus is 8 members in the SCL, 7 members in the device",
        "IED1LD0/CSWI1.Pos",
    ),
    "buffered": Mutation(
        'rptID="status" buffered="true"',
        'rptID="status" buffered="false"',
        LOSS,
        "report IED1LD0/LLN0.BR.brcbStatus is buffered in the SCL, unbuffered in the device",
        "IED1LD0/CSWI1.Pos",
    ),
    "report missing": Mutation(
        '<ReportControl name="urcbLeaves"',
        '<ReportControl name="urcbOther"',
        LOSS,
        "report IED1LD0/LLN0.RP.urcbLeaves is present in the SCL, absent in the device",
        "IED1LD0/LLN0.Loc",
    ),
    "setting groups": Mutation(
        '<SettingControl numOfSGs="3"',
        '<SettingControl numOfSGs="2"',
        LOSS,
        "number of setting groups of IED1LD0 is 3 in the SCL, 2 in the device",
        "IED1LD0/LLN0.SGCB",
    ),
}
