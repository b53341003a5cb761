"""Attributes of the common data classes (IEC 61850-7-3, edition 2.1) that our data objects have, as tables."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attribute:
    """A DA or BDA. kind: bType; type_id: structure or enumeration; trigger: 'dchg' or 'qchg'; value: default or ''."""

    name: str
    constraint: str
    kind: str
    type_id: str = ""
    trigger: str = ""
    value: str = ""


Attributes = tuple[Attribute, ...]


def _quality(constraint: str) -> Attributes:
    return (
        Attribute("q", constraint, "Quality", trigger="qchg"),
        Attribute("t", constraint, "Timestamp"),
    )


def status(kind: str, enumeration: str = "", value: str = "") -> Attributes:
    """SPS, DPS, INS, ENS."""
    return (Attribute("stVal", "ST", kind, enumeration, "dchg", value), *_quality("ST"))


def measured(unit: str) -> Attributes:
    """MV."""
    return (
        Attribute("mag", "MX", "Struct", "AnalogueValue_f", "dchg"),
        *_quality("MX"),
        Attribute("units", "CF", "Struct", f"Unit_{unit}"),
    )


def vector(unit: str) -> Attributes:
    """CMV."""
    return (
        Attribute("cVal", "MX", "Struct", "Vector_f", "dchg"),
        *_quality("MX"),
        Attribute("units", "CF", "Struct", f"Unit_{unit}"),
    )


def control_model(name: str) -> Attribute:
    return Attribute("ctlModel", "CF", "Enum", "CtlModelKind", value=name)


_ISSUED = (
    Attribute("origin", "ST", "Struct", "Originator"),
    Attribute("ctlNum", "ST", "INT8U"),
)
_SELECTED = Attribute("stSeld", "ST", "BOOLEAN", trigger="dchg")
_SELECTION = (
    Attribute("sboTimeout", "CF", "INT32U", value="30000"),
    Attribute("sboClass", "CF", "Enum", "SboClassKind", value="operate-once"),
)
_OPERATE = Attribute("Oper", "CO", "Struct", "Oper")
_DIRECT = "direct-with-normal-security"
STEPPED: Attributes = (
    Attribute("Oper", "CO", "Struct", "Oper_Tcmd"),
    *_ISSUED,
    Attribute("valWTr", "ST", "Struct", "ValWithTrans", "dchg"),
    *_quality("ST"),
    Attribute("persistent", "CF", "BOOLEAN", value="false"),
    control_model(_DIRECT),
)
"""BSC, commanded directly."""

COUNTED: Attributes = (
    Attribute("actVal", "ST", "INT64", trigger="dchg"),
    *_quality("ST"),
    Attribute("units", "CF", "Struct", "Unit_Wh"),
    Attribute("pulsQty", "CF", "FLOAT32", value="1"),
)
"""BCR: one count per watt-hour."""
_CANCEL = Attribute("Cancel", "CO", "Struct", "Cancel")
ACTED: Attributes = (Attribute("general", "ST", "BOOLEAN", trigger="dchg"), *_quality("ST"))
STARTED: Attributes = (
    Attribute("general", "ST", "BOOLEAN", trigger="dchg"),
    Attribute("dirGeneral", "ST", "Enum", "FaultDirectionKind", "dchg"),
    *_quality("ST"),
)
SAMPLED: Attributes = (Attribute("instMag", "MX", "Struct", "AnalogueValue_i"), *_quality("MX"))


def commanded(kind: str, model: str) -> Attributes:
    """SPC and DPC (kind: type of stVal) with the services of one control model (IEC 61850-7-2, clause 20)."""
    shown = (*_ISSUED, *status(kind))
    if model == "sbo-with-enhanced-security":
        services = (Attribute("SBOw", "CO", "Struct", "Oper"), _OPERATE, _CANCEL)
        return (*services, *shown, _SELECTED, control_model(model), *_SELECTION)
    if model == "sbo-with-normal-security":
        services = (Attribute("SBO", "CO", "ObjRef"), _OPERATE, _CANCEL)
        return (*services, *shown, _SELECTED, control_model(model), *_SELECTION)
    return (_OPERATE, *shown, control_model(model))


def set_point(unit: str) -> Attributes:
    """APC, commanded directly."""
    return (
        Attribute("Oper", "CO", "Struct", "Oper_APC"),
        Attribute("mxVal", "MX", "Struct", "AnalogueValue_f", "dchg"),
        *_quality("MX"),
        control_model(_DIRECT),
        Attribute("units", "CF", "Struct", f"Unit_{unit}"),
    )


def text(*names: str, constraint: str = "DC") -> Attributes:
    """LPL, DPL."""
    return tuple(Attribute(name, constraint, "VisString255") for name in names)
