"""The DataTypeTemplates of our IEDs as tables: structures, data objects and logical nodes, each by its id."""

from __future__ import annotations

from dataclasses import dataclass

from sim_ied.scd.attributes import (
    ACTED,
    COUNTED,
    SAMPLED,
    STARTED,
    STEPPED,
    Attribute,
    Attributes,
    commanded,
    control_model,
    measured,
    set_point,
    status,
    text,
    vector,
)


def _command(value: Attribute) -> Attributes:
    return (
        value,
        Attribute("origin", "", "Struct", "Originator"),
        Attribute("ctlNum", "", "INT8U"),
        Attribute("T", "", "Timestamp"),
        Attribute("Test", "", "BOOLEAN"),
    )


_COMMAND = _command(Attribute("ctlVal", "", "BOOLEAN"))
_CHECK = Attribute("Check", "", "Check")


def _unit(name: str, multiplier: str = "") -> Attributes:
    return (
        Attribute("SIUnit", "", "Enum", "SIUnitKind", value=name),
        Attribute("multiplier", "", "Enum", "MultiplierKind", value=multiplier),
    )


STRUCTURES: dict[str, Attributes] = {
    "AnalogueValue_f": (Attribute("f", "", "FLOAT32"),),
    "AnalogueValue_i": (Attribute("i", "", "INT32"),),
    "Vector_f": (Attribute("mag", "", "Struct", "AnalogueValue_f"),),
    "Originator": (
        Attribute("orCat", "", "Enum", "OriginatorCategoryKind"),
        Attribute("orIdent", "", "Octet64"),
    ),
    "ValWithTrans": (Attribute("posVal", "", "INT8"), Attribute("transInd", "", "BOOLEAN")),
    "Oper": (*_COMMAND, _CHECK),
    "Oper_Tcmd": (*_command(Attribute("ctlVal", "", "Tcmd")), _CHECK),
    "Oper_APC": (*_command(Attribute("ctlVal", "", "Struct", "AnalogueValue_f")), _CHECK),
    "Cancel": _COMMAND,
    "Unit_V": _unit("V"),
    "Unit_A": _unit("A"),
    "Unit_W": _unit("W"),
    "Unit_var": _unit("VAr"),
    "Unit_Hz": _unit("Hz"),
    "Unit_Wh": _unit("Wh"),
    "Unit_Ohm": _unit("Ohm"),
    "Unit_km": _unit("m", "k"),
}
"""DAType: id to its members."""


@dataclass(frozen=True, slots=True)
class ObjectType:
    """A DOType: common data class, attributes, sub data objects (name to DOType)."""

    cdc: str
    attributes: Attributes = ()
    parts: tuple[tuple[str, str], ...] = ()


_MODE = "BehaviourModeKind"

OBJECTS: dict[str, ObjectType] = {
    "ENC_Mod": ObjectType("ENC", (*status("Enum", _MODE, "on"), control_model("status-only"))),
    "ENS_Beh": ObjectType("ENS", status("Enum", _MODE, "on")),
    "ENS_Health": ObjectType("ENS", status("Enum", "HealthKind", "Ok")),
    "ENS_CBOpCap": ObjectType("ENS", status("Enum", "BreakerOpCapabilityKind", "Open-Close-Open")),
    "ENS_AutoRecSt": ObjectType("ENS", status("Enum", "AutoReclosingKind", "Ready")),
    "ENS_SwTyp_load_break": ObjectType("ENS", status("Enum", "SwitchFunctionKind", "Load Break")),
    "ENS_SwTyp_disconnector": ObjectType("ENS", status("Enum", "SwitchFunctionKind", "Disconnector")),
    "ENS_SwTyp_earthing": ObjectType("ENS", status("Enum", "SwitchFunctionKind", "Earthing Switch")),
    "LPL_LD": ObjectType("LPL", (*text("vendor", "swRev", "d", "configRev"), *text("ldNs", constraint="EX"))),
    "DPL_IED": ObjectType("DPL", text("vendor", "model", "serNum")),
    "SPS": ObjectType("SPS", status("BOOLEAN")),
    "INS": ObjectType("INS", status("INT32")),
    "ACT": ObjectType("ACT", ACTED),
    "ACD": ObjectType("ACD", STARTED),
    "SPC_status": ObjectType("SPC", (*status("BOOLEAN"), control_model("status-only"))),
    "SPC_direct": ObjectType("SPC", commanded("BOOLEAN", "direct-with-normal-security")),
    "DPC_status": ObjectType("DPC", (*status("Dbpos"), control_model("status-only"))),
    "DPC_SBOns": ObjectType("DPC", commanded("Dbpos", "sbo-with-normal-security")),
    "DPC_SBOes": ObjectType("DPC", commanded("Dbpos", "sbo-with-enhanced-security")),
    "MV_V": ObjectType("MV", measured("V")),
    "MV_W": ObjectType("MV", measured("W")),
    "MV_var": ObjectType("MV", measured("var")),
    "MV_Hz": ObjectType("MV", measured("Hz")),
    "MV_A": ObjectType("MV", measured("A")),
    "CMV_A": ObjectType("CMV", vector("A")),
    "CMV_V": ObjectType("CMV", vector("V")),
    "CMV_Ohm": ObjectType("CMV", vector("Ohm")),
    "MV_km": ObjectType("MV", measured("km")),
    "SAV": ObjectType("SAV", SAMPLED),
    "BSC": ObjectType("BSC", STEPPED),
    "BCR_Wh": ObjectType("BCR", COUNTED),
    "APC_W": ObjectType("APC", set_point("W")),
    "APC_var": ObjectType("APC", set_point("var")),
    "APC_V": ObjectType("APC", set_point("V")),
    "WYE_A": ObjectType("WYE", parts=(("phsA", "CMV_A"), ("phsB", "CMV_A"), ("phsC", "CMV_A"))),
    "WYE_A_res": ObjectType("WYE", parts=(*((phase, "CMV_A") for phase in ("phsA", "phsB", "phsC")), ("res", "CMV_A"))),
    "WYE_V_res": ObjectType("WYE", parts=(("res", "CMV_V"),)),
    "WYE_A_phsA": ObjectType("WYE", parts=(("phsA", "CMV_A"),)),
    "DEL_V": ObjectType("DEL", parts=(("phsAB", "CMV_V"), ("phsBC", "CMV_V"), ("phsCA", "CMV_V"))),
}
"""DOType by id."""

_BEHAVIOUR = ("Beh", "ENS_Beh")
_SWITCH = (
    ("Loc", "SPS"),
    ("OpCnt", "INS"),
    ("Pos", "DPC_status"),
    ("BlkOpn", "SPC_status"),
    ("BlkCls", "SPC_status"),
)
_POWER = (("TotW", "MV_W"), ("TotVAr", "MV_var"))


@dataclass(frozen=True, slots=True)
class NodeType:
    """An LNodeType: class and data objects (name, DOType)."""

    ln_class: str
    objects: tuple[tuple[str, str], ...]


NODES: dict[str, NodeType] = {
    "LLN0": NodeType(
        "LLN0",
        (("Mod", "ENC_Mod"), _BEHAVIOUR, ("Health", "ENS_Health"), ("NamPlt", "LPL_LD"), ("Loc", "SPS")),
    ),
    "LPHD": NodeType("LPHD", (("PhyNam", "DPL_IED"), ("PhyHealth", "ENS_Health"), ("Proxy", "SPS"))),
    "CSWI_status": NodeType("CSWI", (_BEHAVIOUR, ("Pos", "DPC_status"))),
    "CSWI_SBOns": NodeType("CSWI", (_BEHAVIOUR, ("Pos", "DPC_SBOns"))),
    "CSWI_SBOes": NodeType("CSWI", (_BEHAVIOUR, ("Pos", "DPC_SBOes"))),
    "XCBR": NodeType("XCBR", (_BEHAVIOUR, ("EEHealth", "ENS_Health"), *_SWITCH, ("CBOpCap", "ENS_CBOpCap"))),
    "XSWI_load_break": NodeType("XSWI", (_BEHAVIOUR, *_SWITCH, ("SwTyp", "ENS_SwTyp_load_break"))),
    "XSWI_disconnector": NodeType("XSWI", (_BEHAVIOUR, *_SWITCH, ("SwTyp", "ENS_SwTyp_disconnector"))),
    "XSWI_earthing": NodeType("XSWI", (_BEHAVIOUR, *_SWITCH, ("SwTyp", "ENS_SwTyp_earthing"))),
    "CILO": NodeType("CILO", (_BEHAVIOUR, ("EnaOpn", "SPS"), ("EnaCls", "SPS"))),
    "MMXU_bay": NodeType(
        "MMXU", (_BEHAVIOUR, *_POWER, ("Hz", "MV_Hz"), ("PPV", "DEL_V"), ("PhV", "WYE_V_res"), ("A", "WYE_A_res"))
    ),
    "MMXU_branch": NodeType("MMXU", (_BEHAVIOUR, *_POWER, ("A", "WYE_A"))),
    "MMXU_busbar": NodeType("MMXU", (_BEHAVIOUR, ("PPV", "DEL_V"))),
    "MMXU_load": NodeType("MMXU", (_BEHAVIOUR, *_POWER, ("A", "WYE_A_phsA"))),
    "MMXU_converter": NodeType("MMXU", (_BEHAVIOUR, *_POWER)),
    "MMXU_generator": NodeType("MMXU", (_BEHAVIOUR, ("TotW", "MV_W"))),
    "PTOC": NodeType("PTOC", (_BEHAVIOUR, ("Str", "ACD"), ("Op", "ACT"))),
    "PTEF": NodeType("PTEF", (_BEHAVIOUR, ("Str", "ACD"), ("Op", "ACT"))),
    "PSDE": NodeType("PSDE", (_BEHAVIOUR, ("Str", "ACD"), ("Op", "ACT"))),
    "PTOV": NodeType("PTOV", (_BEHAVIOUR, ("Str", "ACD"), ("Op", "ACT"))),
    "RFLO": NodeType("RFLO", (_BEHAVIOUR, ("FltZ", "CMV_Ohm"), ("FltDiskm", "MV_km"))),
    "RDIR": NodeType("RDIR", (_BEHAVIOUR, ("Dir", "ACD"))),
    "YEFN": NodeType("YEFN", (_BEHAVIOUR, ("ECA", "MV_A"))),
    "ANCR": NodeType("ANCR", (_BEHAVIOUR, ("Auto", "SPC_status"))),
    "PDIF": NodeType("PDIF", (_BEHAVIOUR, ("Op", "ACT"))),
    "RBRF": NodeType("RBRF", (_BEHAVIOUR, ("OpEx", "ACT"))),
    "PTRC": NodeType("PTRC", (_BEHAVIOUR, ("Tr", "ACT"))),
    "RREC": NodeType("RREC", (_BEHAVIOUR, ("BlkRec", "SPC_direct"), ("OpCls", "ACT"), ("AutoRecSt", "ENS_AutoRecSt"))),
    "SFPI": NodeType("SFPI", (_BEHAVIOUR, ("FwdFlt", "SPS"), ("RvFlt", "SPS"))),
    "TCTR": NodeType("TCTR", (_BEHAVIOUR, ("AmpSv", "SAV"))),
    "TVTR": NodeType("TVTR", (_BEHAVIOUR, ("VolSv", "SAV"))),
    "YLTC": NodeType(
        "YLTC", (_BEHAVIOUR, ("EndPosR", "SPS"), ("EndPosL", "SPS"), ("TapPos", "INS"), ("TapChg", "BSC"))
    ),
    "YLTC_steps": NodeType("YLTC", (_BEHAVIOUR, ("EndPosR", "SPS"), ("EndPosL", "SPS"), ("TapChg", "BSC"))),
    "MMTR": NodeType("MMTR", (_BEHAVIOUR, ("SupWh", "BCR_Wh"), ("DmdWh", "BCR_Wh"))),
    "DVAR": NodeType("DVAR", (_BEHAVIOUR, ("VArTgtSpt", "APC_var"))),
    "DWMX": NodeType("DWMX", (_BEHAVIOUR, ("WLimSpt", "APC_W"))),
    "ATCC": NodeType("ATCC", (_BEHAVIOUR, ("Auto", "SPC_status"), ("LTCBlk", "SPC_status"))),
    "ATCC_parallel": NodeType(
        "ATCC", (_BEHAVIOUR, ("ParOp", "SPC_status"), ("Auto", "SPC_status"), ("LTCBlk", "SPC_status"))
    ),
    "AVCO": NodeType("AVCO", (_BEHAVIOUR, ("VolSpt", "APC_V"))),
    "ARCO": NodeType("ARCO", (_BEHAVIOUR, ("DschBlk", "SPS"), ("TapChg", "BSC"), ("Auto", "SPC_status"))),
    "ZBAT": NodeType("ZBAT", (_BEHAVIOUR, ("Vol", "MV_V"), ("BatLo", "SPS"))),
    "LCCH": NodeType("LCCH", (_BEHAVIOUR, ("ChLiv", "SPS"), ("FerCh", "INS"))),
}
"""LNodeType by id. TapPos is a plain INS (7-4 has ISC): tap changers of primary transformers take steps."""


def object_type(node_type: str, path: tuple[str, ...]) -> ObjectType:
    """The DOType of a data object or sub data object, by its path in a logical node type."""
    name = dict(NODES[node_type].objects)[path[0]]
    for part in path[1:]:
        name = dict(OBJECTS[name].parts)[part]
    return OBJECTS[name]
