"""Which common data classes become points, and how IEC 61850-80-1 carries each of them."""

from __future__ import annotations

from dataclasses import dataclass

from models.point import Cdc, ControlModel

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mapping:
    """A class of SCL as a point: value attributes, monitor types (event with time tag), command types of IEC 104."""

    cdc: Cdc
    values: tuple[Path, ...]
    monitor_types: tuple[int, ...]
    command_types: tuple[int, ...] = ()


_STATUS: tuple[Path, ...] = (("stVal",),)
_GENERAL: tuple[Path, ...] = (("general",),)
_MAGNITUDE: tuple[Path, ...] = (("mag", "f"),)
_VECTOR: tuple[Path, ...] = (("cVal", "mag", "f"),)

MAPPINGS: dict[str, Mapping] = {
    "SPS": Mapping(Cdc.SPS, _STATUS, (30,)),
    "SPC": Mapping(Cdc.SPC, _STATUS, (30,), (45, 58)),
    "DPS": Mapping(Cdc.DPS, _STATUS, (31,)),
    "DPC": Mapping(Cdc.DPC, _STATUS, (31,), (46, 59)),
    "INS": Mapping(Cdc.INS, _STATUS, (35,)),
    "INC": Mapping(Cdc.INS, _STATUS, (35,)),
    "ENS": Mapping(Cdc.ENS, _STATUS, (35,)),
    "ENC": Mapping(Cdc.ENS, _STATUS, (35,)),
    "ACT": Mapping(Cdc.ACT, _GENERAL, (30,)),
    "ACD": Mapping(Cdc.ACD, _GENERAL, (30,)),
    "MV": Mapping(Cdc.MV, _MAGNITUDE, (36,)),
    "CMV": Mapping(Cdc.MV, _VECTOR, (36,)),
}
"""Set points of INC and ENC are not commanded: only their status is a point."""

CONTROL_VALUE: Path = ("Oper", "ctlVal")

CONTROL_MODELS = {
    "status-only": ControlModel.STATUS_ONLY,
    "direct-with-normal-security": ControlModel.DIRECT_NORMAL,
    "sbo-with-normal-security": ControlModel.SBO_NORMAL,
    "direct-with-enhanced-security": ControlModel.DIRECT_ENHANCED,
    "sbo-with-enhanced-security": ControlModel.SBO_ENHANCED,
}
"""Names of CtlModelKind, IEC 61850-7-3."""
