"""Which common data classes become points, and how IEC 61850-80-1 carries each of them."""

from __future__ import annotations

from dataclasses import dataclass

from models.point import Cdc, ControlModel

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mapping:
    """A class of SCL as a point: value attributes, monitor types (event with time tag), command types of IEC 104.

    commanded: the class of a point that has a command address (None: the same). over_mms: whether MMS gives one value;
    the others are points of IEC 104 devices alone. setting: it changes by people's work alone, so it is a point only
    where it has an address or is reported.
    """

    cdc: Cdc
    values: tuple[Path, ...]
    monitor_types: tuple[int, ...]
    command_types: tuple[int, ...] = ()
    commanded: Cdc | None = None
    over_mms: bool = True
    setting: bool = False


SINGLE_EVENT = 30
"""The type over which a value may be spread, one object per value."""

SINGLE_COMMANDS = (45, 58)
_DOUBLE_COMMANDS = (46, 59)
_STEP_COMMANDS = (47, 60)
_SCALED_SETPOINTS = (49, 62)
BIT_STRINGS = (51, 64)
"""Commands without S/E bit: a point of an RTU that has one is commanded directly."""

_WHOLE_SETPOINTS = (*_SCALED_SETPOINTS, *BIT_STRINGS)
_SETPOINTS = (50, 63, *_SCALED_SETPOINTS, 48, 61)

_STATUS: tuple[Path, ...] = (("stVal",),)
_GENERAL: tuple[Path, ...] = (("general",),)
_MAGNITUDE: tuple[Path, ...] = (("mag", "f"), ("mag", "i"))
_VECTOR: tuple[Path, ...] = (("cVal", "mag", "f"), ("cVal", "mag", "i"))
_SAMPLED: tuple[Path, ...] = (("instMag", "f"), ("instMag", "i"))
_SETTING: tuple[Path, ...] = (("setVal",),)
_ANALOGUE_SETTING: tuple[Path, ...] = (("setMag", "f"), ("setMag", "i"))
_FEEDBACK: tuple[Path, ...] = (("mxVal", "f"), ("mxVal", "i"))
_STEP: tuple[Path, ...] = (("valWTr", "posVal"),)

NUMBERS = (35, 32, 33)
"""Scaled value, step position, bit string of 32 bits."""

MEASURANDS = (36, 35, 34)
"""Floating point, scaled and normalised value."""

_PROTECTION = (30, 38, 39, 40)
"""Single point, or an event of protection equipment: start events and output circuits tell `general` in bit 1."""

MAPPINGS: dict[str, Mapping] = {
    "SPS": Mapping(Cdc.SPS, _STATUS, (30,)),
    "SPC": Mapping(Cdc.SPC, _STATUS, (30,), SINGLE_COMMANDS),
    "DPS": Mapping(Cdc.DPS, _STATUS, (31,)),
    "DPC": Mapping(Cdc.DPC, _STATUS, (31,), _DOUBLE_COMMANDS),
    "INS": Mapping(Cdc.INS, _STATUS, NUMBERS),
    "INC": Mapping(Cdc.INS, _STATUS, NUMBERS, _WHOLE_SETPOINTS, commanded=Cdc.INC),
    "ENS": Mapping(Cdc.ENS, _STATUS, NUMBERS),
    "ENC": Mapping(Cdc.ENS, _STATUS, NUMBERS, _WHOLE_SETPOINTS, commanded=Cdc.INC),
    "ACT": Mapping(Cdc.ACT, _GENERAL, _PROTECTION),
    "ACD": Mapping(Cdc.ACD, _GENERAL, _PROTECTION),
    "SEC": Mapping(Cdc.BCR, (("cnt",),), (37,)),
    "BCR": Mapping(Cdc.BCR, (("actVal",), ("frVal",)), (37,)),
    "HST": Mapping(Cdc.INS, (("hstVal",),), NUMBERS, over_mms=False),
    "MV": Mapping(Cdc.MV, _MAGNITUDE, MEASURANDS),
    "CMV": Mapping(Cdc.MV, _VECTOR, MEASURANDS),
    "SAV": Mapping(Cdc.MV, _SAMPLED, MEASURANDS),
    "BSC": Mapping(Cdc.BSC, _STEP, (32,), _STEP_COMMANDS),
    "ISC": Mapping(Cdc.ISC, _STEP, (32,), _SCALED_SETPOINTS),
    "APC": Mapping(Cdc.APC, _FEEDBACK, MEASURANDS, _SETPOINTS),
    "BAC": Mapping(Cdc.MV, _FEEDBACK, MEASURANDS),
    "SPG": Mapping(Cdc.SPS, _SETTING, (30,), setting=True),
    "ING": Mapping(Cdc.INS, _SETTING, NUMBERS, setting=True),
    "ENG": Mapping(Cdc.ENS, _SETTING, NUMBERS, setting=True),
    "ASG": Mapping(Cdc.MV, _ANALOGUE_SETTING, MEASURANDS, setting=True),
}
"""WYE, DEL, SEQ, HMV, HWYE and HDEL are there by their sub data objects (CMV)."""


def _by_class() -> dict[Cdc, tuple[str, ...]]:
    """HST keeps its values in an array: none alone is the point's. Whole numbers (`i`) lack their scale (sVC)."""
    found: dict[Cdc, dict[str, None]] = {}
    for each in MAPPINGS.values():
        if each.over_mms:
            values = [".".join(path) for path in each.values if path[-1] != "i"]
            for cdc in {each.cdc, each.commanded or each.cdc}:
                found.setdefault(cdc, {}).update(dict.fromkeys(values))
    return {cdc: tuple(paths) for cdc, paths in found.items()}


MMS_VALUES = _by_class()
"""Where the value of a point of that class may stand below its data object ('stVal'), whichever class of SCL it has."""

SETTINGS = frozenset({"SPG", "ING", "ENG", "ASG", "CSG", "CURVE"})
"""Classes that a command address would set; none tells the outcome back, so it could not be confirmed (SAFETY S21)."""

READ_ONLY = frozenset({"BAC"})
"""Controllable classes of IEC 61850-7-3 whose value is read, while nothing of them is commanded."""

SPREADABLE = frozenset({Cdc.DPS, Cdc.DPC, Cdc.INS, Cdc.ENS, Cdc.INC})
"""Values that may be spread over several single points (expectedValue)."""

CONTROL_VALUES: tuple[Path, ...] = (("Oper", "ctlVal"), ("Oper", "ctlVal", "f"), ("Oper", "ctlVal", "i"))
CHECK: Path = ("Oper", "Check")

CONTROL_MODELS = {
    "status-only": ControlModel.STATUS_ONLY,
    "direct-with-normal-security": ControlModel.DIRECT_NORMAL,
    "sbo-with-normal-security": ControlModel.SBO_NORMAL,
    "direct-with-enhanced-security": ControlModel.DIRECT_ENHANCED,
    "sbo-with-enhanced-security": ControlModel.SBO_ENHANCED,
}
"""Names of CtlModelKind, IEC 61850-7-3."""
