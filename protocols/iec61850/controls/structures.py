"""The structures that SBOw, Oper and Cancel write (IEC 61850-7-2 control parameters, IEC 61850-8-1). Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from open61850.data import (
    BitStringData,
    BoolData,
    IECData,
    IntData,
    OctetStringData,
    StructureData,
    TimestampData,
    UIntData,
)
from open61850.mms.control import DEFAULT_TIME_QUALITY

from models.command import Action, Command
from models.errors import LocalProtocolError
from protocols.iec61850.controls.control_object import IDENTITY_OCTETS, ControlObject
from protocols.iec61850.controls.values import ctl_val

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SYNCHRO_CHECK, _INTERLOCK_CHECK = 0x80, 0x40  # first and second bit of Check


def command_value(control: ControlObject, command: Command) -> StructureData:
    """The structure of Oper, SBOw or Cancel, member by member as the device describes it.

    LocalProtocolError for a value that the object cannot take, or a member that IEC 61850-7-2 does not know.
    """
    names = members_of(control, command.action)
    if unknown := [name for name in names if name not in _MEMBERS]:
        raise LocalProtocolError(f"{control.name} wants {', '.join(unknown)} in its Oper, which no control model has")
    return StructureData([_MEMBERS[name](control, command) for name in names])


def members_of(control: ControlObject, action: Action) -> tuple[str, ...]:
    """Names of the members that the service writes: Cancel has no Check."""
    return tuple(name for name in control.components if not (name == "Check" and action is Action.CANCEL))


def _origin(_: ControlObject, command: Command) -> IECData:
    identity = command.originator.identity.encode("ascii", errors="replace")[:IDENTITY_OCTETS]
    return StructureData([IntData(int(command.originator.category)), OctetStringData(identity)])


def _time(_: ControlObject, command: Command) -> IECData:
    return TimestampData(_EPOCH + timedelta(microseconds=command.issued_ns // 1000), DEFAULT_TIME_QUALITY)


def _check(_: ControlObject, command: Command) -> IECData:
    bits = (_SYNCHRO_CHECK if command.synchro_check else 0) | (_INTERLOCK_CHECK if command.interlock_check else 0)
    return BitStringData(bytes([bits]), 6)


_MEMBERS: dict[str, Callable[[ControlObject, Command], IECData]] = {
    "ctlVal": lambda control, command: ctl_val(control, command.value),
    "operTm": lambda control, command: TimestampData(_EPOCH),  # the epoch: now; nothing is ever commanded for later
    "origin": _origin,
    "ctlNum": lambda control, command: UIntData(command.number & 0xFF),
    "T": _time,
    "Test": lambda control, command: BoolData(command.test),
    "Check": _check,
}
"""Members of Oper, SBOw and Cancel (IEC 61850-8-1, control parameters)."""
