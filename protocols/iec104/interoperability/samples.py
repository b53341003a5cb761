"""One point and one object of every type: what the trials of both roles are made of."""

from __future__ import annotations

from collections.abc import Callable

from models.point import Cdc, ControlModel, Dbpos, Handle, Iec104Address, PointName, PointSpec, Value
from models.scl.classes import MAPPINGS
from protocols.iec104.application.asdu import InformationObject, Order, Parameter, Service
from protocols.iec104.application.files import (
    AckFile,
    CallFile,
    FileReady,
    LastSection,
    QueryLog,
    SectionReady,
    Segment,
)
from protocols.iec104.application.types import TYPES, Family, Kind

STATION = 1
TIME_NS = 1_795_169_730_000_000_000

EVENT_TYPES = sorted({type_id for mapping in MAPPINGS.values() for type_id in mapping.monitor_types})
"""What a point of an SCD may be sent as."""

COMMAND_TYPES = [row.number for row in TYPES.values() if row.kind.is_command]
FILE = 8000
_COMMAND_BASE, _POINT_BASE = 10_000, 100

_CLASSES: dict[Kind, Cdc] = {
    Kind.SINGLE: Cdc.SPS,
    Kind.DOUBLE: Cdc.DPS,
    Kind.STEP: Cdc.BSC,
    Kind.COUNTER: Cdc.BCR,
    Kind.NORMALISED: Cdc.MV,
    Kind.FLOAT: Cdc.MV,
    Kind.PROTECTION_EVENT: Cdc.ACT,
    Kind.START_EVENTS: Cdc.ACD,
    Kind.OUTPUT_CIRCUIT: Cdc.ACT,
}
_VALUES: dict[Kind, bool | Dbpos | int | float] = {
    Kind.SINGLE_COMMAND: True,
    Kind.DOUBLE_COMMAND: Dbpos.ON,
    Kind.STEP_COMMAND: Dbpos.ON,
    Kind.NORMALISED_SETPOINT: 0.5,
    Kind.SCALED_SETPOINT: 5,
    Kind.FLOAT_SETPOINT: 5.0,
    Kind.BITSTRING_COMMAND: 5,
}


def point_address(type_id: int) -> int:
    return _POINT_BASE + type_id


def command_address(type_id: int) -> int:
    return _COMMAND_BASE + type_id


def specs() -> list[tuple[Handle, PointSpec]]:
    """A point for every event type; each command type commands one more."""
    rows = [_spec(type_id, _CLASSES.get(TYPES[type_id].kind, Cdc.INS), None) for type_id in EVENT_TYPES]
    return rows + [_spec(30, Cdc.SPC, type_id) for type_id in COMMAND_TYPES]


def unknown() -> tuple[Handle, PointSpec]:
    """A point that no device has."""
    spec = PointSpec(PointName("T", "unknown"), Cdc.SPS, "T", monitor=Iec104Address(STATION, 9999, 30))
    return Handle(9999), spec


def _spec(type_id: int, cdc: Cdc, command: int | None) -> tuple[Handle, PointSpec]:
    number = point_address(type_id) if command is None else _COMMAND_BASE // 2 + command
    spec = PointSpec(
        PointName("T", f"P{number}"),
        cdc,
        "T",
        monitor=Iec104Address(STATION, number, type_id),
        command=None if command is None else Iec104Address(STATION, command_address(command), command),
        control_model=ControlModel.STATUS_ONLY if command is None else ControlModel.DIRECT_NORMAL,
    )
    return Handle(number), spec


def value_of(kind: Kind) -> Value:
    """A value that a command of this kind may carry."""
    return _VALUES[kind]


def command(type_id: int, qualifier: int = 0) -> Order:
    row = TYPES[type_id]
    time_ns = TIME_NS if row.tagged else None
    return Order(command_address(type_id), _VALUES[row.kind], False, qualifier, time_ns)


def service(type_id: int, qualifier: int | None = None) -> Service:
    """qualifier: None for one that every station knows."""
    number = {100: 20, 101: 5, 105: 1}.get(type_id, 0) if qualifier is None else qualifier
    address = point_address(EVENT_TYPES[0]) if type_id == 102 else 0
    return Service(address, number, TIME_NS if TYPES[type_id].tagged else None)


def call(scq: int) -> CallFile:
    """scq 0 asks for the directory."""
    return CallFile(FILE, 1 if scq else 0, 1 if scq > 4 else 0, scq)


def ack(afq: int) -> AckFile:
    return AckFile(FILE, 1, 1, afq)


_FILES: dict[Kind, Callable[[], InformationObject]] = {
    Kind.FILE_READY: lambda: FileReady(FILE, 1, 10),
    Kind.SECTION_READY: lambda: SectionReady(FILE, 1, 1, 10),
    Kind.CALL_FILE: lambda: call(1),
    Kind.LAST_SECTION: lambda: LastSection(FILE, 1, 1, 1),
    Kind.ACK_FILE: lambda: ack(1),
    Kind.SEGMENT: lambda: Segment(FILE, 1, 1, b"x"),
    Kind.QUERY_LOG: lambda: QueryLog(FILE, 1, TIME_NS, TIME_NS),
}


def item_of(type_id: int) -> InformationObject:
    """An object that a request of this type may carry."""
    row = TYPES[type_id]
    if row.kind.family is Family.COMMAND:
        return command(type_id)
    if row.kind.family is Family.PARAMETER:
        return _parameter(type_id)
    if row.kind.family is Family.FILE:
        return _FILES[row.kind]()
    return service(type_id)


_CYCLIC, _THRESHOLD = 3, 1
_MEASURED = {110: 34, 111: 35, 112: 36, 113: 36}
"""The measurand that a parameter is for."""


def _parameter(type_id: int) -> Parameter:
    if TYPES[type_id].kind is Kind.PARAMETER_ACTIVATION:
        return Parameter(point_address(_MEASURED[type_id]), 0, _CYCLIC)
    return Parameter(point_address(_MEASURED[type_id]), 0.5 if type_id == 110 else 1, _THRESHOLD)
