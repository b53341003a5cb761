"""An SCL file with a substation of two feeders behind one infeed, and an IED with every family of nodes at each."""

from __future__ import annotations

from models.scl.elements import Scl
from models.scl.reader import read_scl

_STATUS = "<DA name='stVal' fc='ST' bType='{0}'{1} dchg='true'/><DA name='q' fc='ST' bType='Quality'/>"
_T = "<DA name='t' fc='ST' bType='Timestamp'/>"
_PHASES = ("phsA", "phsB", "phsC", "neut")


def _status(kind: str, enumeration: str = "", further: str = "") -> str:
    return _STATUS.format(kind, f" type='{enumeration}'" if enumeration else "") + _T + further


def _oper(kind: str, name: str = "stVal", constraint: str = "ST", type_id: str = "") -> str:
    typed = f" type='{type_id}'" if type_id else ""
    value = f"<DA name='{name}' fc='{constraint}' bType='{kind}'{typed} dchg='true'/>"
    return value + f"<DA name='Oper' fc='CO' bType='Struct' type='Oper_{type_id or kind}'/>" + _T


def _general(further: str = "") -> str:
    names = ("general", *_PHASES)
    return "".join(f"<DA name='{each}' fc='ST' bType='BOOLEAN' dchg='true'/>" for each in names) + further + _T


_MV = (
    "<DA name='instMag' fc='MX' bType='Struct' type='AV'/><DA name='mag' fc='MX' bType='Struct' type='AV'/>"
    "<DA name='db' fc='CF' bType='INT32U'/><DA name='zeroDb' fc='CF' bType='INT32U'/>"
)
OBJECTS = {
    "ENC_Mod": ("ENC", _oper("Enum", type_id="Beh")),
    "ENS_Beh": ("ENS", _status("Enum", "Beh")),
    "ENS_Health": ("ENS", _status("Enum", "Health")),
    "ENS_AutoRecSt": ("ENS", _status("Enum", "AutoRecSt")),
    "INS": ("INS", _status("INT32")),
    "SPS": ("SPS", _status("BOOLEAN")),
    "SPC": ("SPC", _oper("BOOLEAN")),
    "DPC": ("DPC", _oper("Dbpos")),
    "ACT": ("ACT", _general()),
    "ACD": ("ACD", _general("<DA name='dirGeneral' fc='ST' bType='Enum' type='Dir'/>")),
    "MV": ("MV", _MV),
    "CMV": ("CMV", "<DA name='cVal' fc='MX' bType='Struct' type='Vector'/>"),
    "ASG": ("ASG", "<DA name='setMag' fc='SE' bType='Struct' type='AV'/>"),
    "ING": ("ING", "<DA name='setVal' fc='SE' bType='INT32'/>"),
    "BCR": ("BCR", "<DA name='actVal' fc='ST' bType='INT64'/>"),
    "BSC": (
        "BSC",
        "<DA name='Oper' fc='CO' bType='Struct' type='Oper_Tcmd'/><DA name='valWTr' fc='ST' bType='Struct' type='WTr'/>"
        "<DA name='minVal' fc='CF' bType='INT8'><Val>1</Val></DA>"
        "<DA name='maxVal' fc='CF' bType='INT8'><Val>17</Val></DA>",
    ),
    "WYE": ("WYE", "".join(f"<SDO name='{each}' type='CMV'/>" for each in _PHASES[:3])),
}
_COMMON = {"Mod": "ENC_Mod", "Beh": "ENS_Beh", "Health": "ENS_Health"}
_SWITCH = {"Pos": "DPC", "Loc": "SPS", "OpCnt": "INS", "BlkOpn": "SPC", "BlkCls": "SPC", "EEHealth": "ENS_Health"}
NODES: dict[str, dict[str, str]] = {
    "LLN0": {"Loc": "SPS", "LocSta": "SPC"},
    "LPHD": {"PhyHealth": "ENS_Health"},
    "XCBR": {**_SWITCH, "CBOpCap": "INS"},
    "XSWI": {**_SWITCH},
    "CSWI": {"Pos": "DPC", "Loc": "SPS"},
    "CILO": {"EnaOpn": "SPS", "EnaCls": "SPS"},
    "PTOC": {"Str": "ACD", "Op": "ACT", "StrVal": "ASG", "OpDlTmms": "ING"},
    "PTRC": {"Tr": "ACT", "Str": "ACD"},
    "RREC": {"BlkRec": "SPC", "OpCls": "ACT", "AutoRecSt": "ENS_AutoRecSt", "Rec1Tmms": "ING", "RclTmms": "ING"},
    "RBRF": {"OpEx": "ACT", "OpIn": "ACT", "FailTmms": "ING"},
    "RSYN": {"Rel": "SPS", "DifAngClc": "MV", "AngInd": "SPS"},
    "RDRE": {"RcdMade": "SPS", "RcdStr": "SPS", "FltNum": "INS", "RcdTrg": "SPC"},
    "MMXU": {"TotW": "MV", "Hz": "MV", "A": "WYE"},
    "MMTR": {"DmdWh": "BCR"},
    "SIMG": {"InsAlm": "SPS", "InsBlk": "SPS", "Den": "MV"},
    "SFPI": {"FwdFlt": "SPS", "RvFlt": "SPS"},
    "SVPI": {"Prs": "SPS"},
    "YLTC": {"TapChg": "BSC", "EndPosR": "SPS", "EndPosL": "SPS", "LTCBlk": "SPC"},
    "ATCC": {"Auto": "SPC", "CtlV": "MV", "TapChg": "BSC", "LTCBlk": "SPC", "ParOp": "SPC"},
    "ANCR": {"RCol": "SPC", "LCol": "SPC", "Auto": "SPC"},
    "CALH": {"GrAlm": "SPS", "GrWrn": "SPS"},
    "GGIO": {"SPCSO1": "SPC", "Ind1": "SPS"},
    "LGOS": {"St": "SPS"},
    "ZBAT": {"Vol": "MV", "BatLo": "SPS"},
    "WXYZ": {"Ind": "SPS"},
}
_SWITCHES = {("CSWI", "1"): "QA1", ("CSWI", "2"): "QB1", ("CSWI", "3"): "QC1"}
_ENUMERATIONS = {
    "Beh": ("on", "on-blocked", "test", "test/blocked", "off"),
    "Health": ("Ok", "Warning", "Alarm"),
    "AutoRecSt": ("Ready", "In Progress", "Successful", "Unsuccessful"),
}
_DIRECTIONS = "<EnumType id='Dir'><EnumVal ord='0'>unknown</EnumVal><EnumVal ord='1'>forward</EnumVal></EnumType>"
_VALUES = {"PTOC": (("StrVal", "setMag.f", "500", "2000"), ("OpDlTmms", "setVal", "300", "100"))}
_INSTANCES = {"XCBR": "1", "CSWI": "123", "XSWI": "23", "CILO": "123", "GGIO": "1"}


def bay_file(settings: dict[str, str] | None = None, ends: dict[str, str] | None = None) -> Scl:
    """settings: more instance values, 'RREC1.Rec1Tmms.setVal' to text. ends: type of what a bay leads to ('LIN').

    IEDs F1, F2 and INF (the infeed), each with logical device LD0.
    """
    leads = {"INF": "IFL", "F1": "LIN", "F2": "LIN", **(ends or {})}
    text = f"""<?xml version="1.0"?>
<SCL xmlns="http://www.iec.ch/61850/2003/SCL" version="2007" revision="B" release="4">
<Header id="bays"/><Substation name="S"><VoltageLevel name="K1"><Voltage unit="V" multiplier="k">20</Voltage>
<Bay name="BB"><ConnectivityNode name="N" pathName="S/K1/BB/N"/></Bay>
{"".join(_bay(name, end) for name, end in leads.items())}</VoltageLevel></Substation>
{"".join(_ied(each, settings or {}) for each in ("INF", "F1", "F2"))}
<DataTypeTemplates>{_types()}</DataTypeTemplates></SCL>"""
    return read_scl(text.encode(), "bays.scd")


def _bay(name: str, end: str) -> str:
    path = f"S/K1/{name}"
    far, near = ("grounded", "L")
    nodes = "".join(f"<ConnectivityNode name='{each}' pathName='{path}/{each}'/>" for each in ("M", "L", far))
    uses = {place: [key for key, at in _SWITCHES.items() if at == place] for place in ("QA1", "QB1", "QC1")}
    switches = (("QB1", "DIS", "S/K1/BB/N", f"{path}/M"), ("QA1", "CBR", f"{path}/M", f"{path}/{near}"))
    earth = (("QC1", "DIS", f"{path}/{near}", f"{path}/{far}"),)
    equipment = "".join(
        f"<ConductingEquipment name='{each}' type='{kind}'>{_uses(name, uses[each])}{_terminal(a)}{_terminal(b)}"
        "</ConductingEquipment>"
        for each, kind, a, b in (*switches, *earth)
    )
    others = "".join(
        f"<LNode iedName='{name}' ldInst='LD0' prefix='' lnClass='{each}' lnInst='1'/>"
        for each in NODES
        if each not in ("LLN0", "LPHD", "CSWI", "XCBR", "XSWI", "CILO")
    )
    line = f"<ConductingEquipment name='W' type='{end}'>{_terminal(f'{path}/L')}</ConductingEquipment>"
    return f"<Bay name='{name}'>{others}{equipment}{line}{nodes}</Bay>"


def _uses(ied: str, keys: list[tuple[str, str]]) -> str:
    found = [
        (each, instance) for _, instance in keys for each in ("CSWI", "CILO", "XCBR" if instance == "1" else "XSWI")
    ]
    return "".join(
        f"<LNode iedName='{ied}' ldInst='LD0' prefix='' lnClass='{each}' lnInst='{instance}'/>"
        for each, instance in found
    )


def _terminal(node: str) -> str:
    return f"<Terminal connectivityNode='{node}' cNodeName='{node.rpartition('/')[2]}'/>"


def _ied(name: str, settings: dict[str, str]) -> str:
    nodes = [_node(each, instance, settings) for each in NODES for instance in _INSTANCES.get(each, "1")]
    head = next(each for each in nodes if each.startswith("<LN0"))
    rest = "".join(each for each in nodes if each is not head)
    return (
        f"<IED name='{name}'><AccessPoint name='P'><Server><Authentication/><LDevice inst='LD0'>{head}{rest}"
        "</LDevice></Server></AccessPoint></IED>"
    )


def _node(ln_class: str, instance: str, settings: dict[str, str]) -> str:
    values = "".join(_value(f"{each}.{path}", {1: one, 2: two}) for each, path, one, two in _VALUES.get(ln_class, ()))
    prefix = f"{ln_class}{instance}."
    values += "".join(_value(path[len(prefix) :], {0: v}) for path, v in settings.items() if path.startswith(prefix))
    if ln_class == "LLN0":
        control = "<SettingControl numOfSGs='2' actSG='1'/>"
        return f"<LN0 lnClass='LLN0' inst='' lnType='LLN0'>{values}{control}</LN0>"
    return f"<LN lnClass='{ln_class}' inst='{instance}' prefix='' lnType='{ln_class}'>{values}</LN>"


def _value(path: str, groups: dict[int, str]) -> str:
    name, *inner, last = path.split(".")
    texts = "".join(f"<Val sGroup='{n}'>{text}</Val>" if n else f"<Val>{text}</Val>" for n, text in groups.items())
    opened, closed = "".join(f"<SDI name='{each}'>" for each in inner), "</SDI>" * len(inner)
    return f"<DOI name='{name}'>{opened}<DAI name='{last}'>{texts}</DAI>{closed}</DOI>"


def _types() -> str:
    nodes = "".join(
        f"<LNodeType id='{each}' lnClass='{each}'>"
        + "".join(f"<DO name='{do}' type='{of}'/>" for do, of in {**_COMMON, **objects}.items())
        + "</LNodeType>"
        for each, objects in NODES.items()
    )
    objects = "".join(f"<DOType id='{each}' cdc='{cdc}'>{inner}</DOType>" for each, (cdc, inner) in OBJECTS.items())
    commands = {"BOOLEAN": "bType='BOOLEAN'", "Dbpos": "bType='BOOLEAN'", "Tcmd": "bType='Tcmd'"}
    commands["Beh"] = "bType='Enum' type='Beh'"
    operate = "".join(
        f"<DAType id='Oper_{each}'><BDA name='ctlVal' {kind}/></DAType>" for each, kind in commands.items()
    )
    structures = (
        "<DAType id='AV'><BDA name='f' bType='FLOAT32'/></DAType>"
        "<DAType id='Vector'><BDA name='mag' bType='Struct' type='AV'/></DAType>"
        "<DAType id='WTr'><BDA name='posVal' bType='INT8'/><BDA name='transInd' bType='BOOLEAN'/></DAType>"
    )
    enumerations = "".join(
        f"<EnumType id='{each}'>"
        + "".join(f"<EnumVal ord='{number}'>{text}</EnumVal>" for number, text in enumerate(texts, 1))
        + "</EnumType>"
        for each, texts in _ENUMERATIONS.items()
    )
    return nodes + objects + operate + structures + enumerations + _DIRECTIONS
