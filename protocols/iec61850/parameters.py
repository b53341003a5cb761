"""The structures that SBOw, Oper and Cancel write (IEC 61850-7-2 control parameters, IEC 61850-8-1). Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from open61850.data import (
    BitStringData,
    BoolData,
    FloatData,
    IECData,
    IntData,
    OctetStringData,
    StructureData,
    TimestampData,
    UIntData,
)
from open61850.mms import MmsType, ObjectName
from open61850.mms.control import DEFAULT_TIME_QUALITY
from open61850.mms.types import PrimitiveType, StructureType

from models.command import Action, Command
from models.errors import LocalProtocolError
from models.point import ControlModel, Dbpos, Value

IDENTITY_OCTETS = 24
"""orIdent may have 64 octets, but devices have crashed on long ones."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SYNCHRO_CHECK, _INTERLOCK_CHECK = 0x80, 0x40  # first and second bit of Check


@dataclass(frozen=True, slots=True)
class ControlObject:
    """A controllable data object as the device describes it. components: the members of Oper, in order.

    value_kind: of its ctlVal, as `kind_of` says it.
    """

    name: ObjectName
    model: ControlModel
    components: tuple[str, ...]
    value_kind: str

    def attribute(self, name: str) -> ObjectName:
        """`CSWI1$CO$Pos`, `Oper` gives `CSWI1$CO$Pos$Oper`."""
        return ObjectName(f"{self.name.item}${name}", self.name.domain)


def kind_of(value_type: MmsType | None) -> str:
    """What a ctlVal is: an MMS type, or the members of a structure (AnalogueValue of IEC 61850-7-3: 'i', 'f')."""
    if isinstance(value_type, PrimitiveType):
        return value_type.kind
    if isinstance(value_type, StructureType):
        return f"structure of {', '.join(name for name, _ in value_type.components)}"
    return "nothing"


def command_value(control: ControlObject, command: Command) -> StructureData:
    """The structure of Oper, SBOw or Cancel, member by member as the device describes it.

    LocalProtocolError for a value that the object cannot take, or a member that IEC 61850-7-2 does not know.
    """
    names = [name for name in control.components if not (name == "Check" and command.action is Action.CANCEL)]
    if unknown := [name for name in names if name not in _MEMBERS]:
        raise LocalProtocolError(f"{control.name} wants {', '.join(unknown)} in its Oper, which no control model has")
    return StructureData([_MEMBERS[name](control, command) for name in names])


def _ctl_val(control: ControlObject, command: Command) -> IECData:
    encode = _ENCODERS.get(control.value_kind)
    if encode is None:
        raise LocalProtocolError(f"ctlVal of {control.name} is {control.value_kind}, which this side cannot write")
    data = encode(command.value)
    if data is None:
        raise LocalProtocolError(f"{control.name} ({control.value_kind}) cannot be commanded to {command.value!r}")
    return data


def _boolean(value: Value) -> IECData | None:
    if isinstance(value, Dbpos):
        return BoolData(value is Dbpos.ON) if value in (Dbpos.OFF, Dbpos.ON) else None
    return BoolData(value) if isinstance(value, bool) else None


def _integer(value: Value) -> IECData | None:
    return IntData(value) if isinstance(value, int) and not isinstance(value, bool | Dbpos) else None


def _real(value: Value) -> IECData | None:
    return FloatData(float(value)) if isinstance(value, int | float) and not isinstance(value, bool | Dbpos) else None


def _step(value: Value) -> IECData | None:
    """Tcmd of IEC 61850-7-3 as a coded enumeration, two bits, the first one the higher: 01 lower, 10 higher."""
    if not isinstance(value, Dbpos) or value not in (Dbpos.OFF, Dbpos.ON):
        return None
    return BitStringData(bytes([value << 6]), 6)


def _analogue(value: Value) -> IECData | None:
    data = _real(value)
    return None if data is None else StructureData([data])


_ENCODERS: dict[str, Callable[[Value], IECData | None]] = {
    "boolean": _boolean,
    "bit-string": _step,
    "integer": _integer,
    "float": _real,
    "structure of f": _analogue,
}
"""An AnalogueValue with 'i' would need the scaling of the device: it is refused. So is everything else."""


def _origin(_: ControlObject, command: Command) -> IECData:
    identity = command.originator.identity.encode("ascii", errors="replace")[:IDENTITY_OCTETS]
    return StructureData([IntData(int(command.originator.category)), OctetStringData(identity)])


def _time(_: ControlObject, command: Command) -> IECData:
    return TimestampData(_EPOCH + timedelta(microseconds=command.issued_ns // 1000), DEFAULT_TIME_QUALITY)


def _check(_: ControlObject, command: Command) -> IECData:
    bits = (_SYNCHRO_CHECK if command.synchro_check else 0) | (_INTERLOCK_CHECK if command.interlock_check else 0)
    return BitStringData(bytes([bits]), 6)


_MEMBERS: dict[str, Callable[[ControlObject, Command], IECData]] = {
    "ctlVal": _ctl_val,
    "operTm": lambda control, command: TimestampData(_EPOCH),  # the epoch: now
    "origin": _origin,
    "ctlNum": lambda control, command: UIntData(command.number & 0xFF),
    "T": _time,
    "Test": lambda control, command: BoolData(command.test),
    "Check": _check,
}
"""Members of Oper, SBOw and Cancel (IEC 61850-8-1, control parameters)."""
