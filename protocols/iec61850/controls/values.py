"""ctlVal: the value of a command as the device's type wants it (IEC 61850-7-3, IEC 61850-8-1). Pure."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeGuard

from open61850.data import BitStringData, BoolData, FloatData, IECData, IntData, StructureData, UIntData

from models.errors import LocalProtocolError
from models.point import Dbpos, Value
from protocols.iec61850.controls.control_object import ControlObject

_POSITIONS = (Dbpos.OFF, Dbpos.ON)


def ctl_val(control: ControlObject, value: Value) -> IECData:
    """LocalProtocolError for a value that the object cannot take, or that is outside minVal and maxVal."""
    encode = _ENCODERS.get(control.value_kind)
    if encode is None:
        raise LocalProtocolError(f"ctlVal of {control.name} is {control.value_kind}, which this side cannot write")
    data = encode(control, value)
    if data is None:
        raise LocalProtocolError(f"{control.name} ({control.value_kind}) cannot be commanded to {value!r}")
    _within_limits(control, value)
    return data


def unsupported(control: ControlObject) -> str:
    """Why nothing can be written to this object, in words for the start; '' when something can."""
    if control.value_kind not in _ENCODERS:
        return f"{control.name} cannot be commanded: its ctlVal is {control.value_kind}, which this side cannot write"
    if control.value_kind in _SCALED and control.scaling is None:
        return f"{control.name} cannot be commanded: its ctlVal is an integer and the device has no sVC that scales it"
    return ""


def _within_limits(control: ControlObject, value: Value) -> None:
    if not _is_number(value):
        return
    least, greatest = control.least, control.greatest
    if (least is not None and value < least) or (greatest is not None and value > greatest):
        allowed = f"{'' if least is None else f'{least:g}'} to {'' if greatest is None else f'{greatest:g}'}"
        raise LocalProtocolError(f"{control.name} takes {allowed} (minVal, maxVal of the device), not {value!r}")


def _is_number(value: Value) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool | Dbpos) and math.isfinite(value)


def _boolean(control: ControlObject, value: Value) -> IECData | None:
    if isinstance(value, Dbpos):
        return BoolData(value is Dbpos.ON) if value in _POSITIONS else None
    return BoolData(value) if isinstance(value, bool) else None


def _integer(control: ControlObject, value: Value) -> IECData | None:
    """A number, or Tcmd as an enumeration: 1 lower, 2 higher."""
    if control.steps:
        return IntData(int(value)) if isinstance(value, Dbpos) and value in _POSITIONS else None
    return IntData(int(value)) if _is_number(value) and isinstance(value, int) else None


def _unsigned(control: ControlObject, value: Value) -> IECData | None:
    data = _integer(control, value)
    return UIntData(data.value) if isinstance(data, IntData) and data.value >= 0 else None


def _real(control: ControlObject, value: Value) -> IECData | None:
    return FloatData(float(value)) if _is_number(value) else None


def _step(control: ControlObject, value: Value) -> IECData | None:
    """Tcmd as a coded enumeration, two bits, the first one the higher: 01 lower, 10 higher."""
    if not isinstance(value, Dbpos) or value not in _POSITIONS:
        return None
    return BitStringData(bytes([value << 6]), 6)


def _float_value(control: ControlObject, value: Value) -> IECData | None:
    data = _real(control, value)
    return None if data is None else StructureData([data])


def _integer_value(control: ControlObject, value: Value) -> IECData | None:
    data = _scaled(control, value)
    return None if data is None else StructureData([data])


def _both_values(control: ControlObject, value: Value) -> IECData | None:
    whole, real = _scaled(control, value), _real(control, value)
    return None if whole is None or real is None else StructureData([whole, real])


def _scaled(control: ControlObject, value: Value) -> IECData | None:
    """i = (value - offset) / scaleFactor (IEC 61850-7-3, sVC)."""
    if control.scaling is None:
        raise LocalProtocolError(
            f"ctlVal of {control.name} is {control.value_kind}, which this side cannot write without its sVC"
        )
    if not _is_number(value):
        return None
    return IntData(round((float(value) - control.scaling.offset) / control.scaling.factor))


_SCALED = ("structure of i", "structure of i, f")
_ENCODERS: dict[str, Callable[[ControlObject, Value], IECData | None]] = {
    "boolean": _boolean,
    "bit-string": _step,
    "integer": _integer,
    "unsigned": _unsigned,
    "float": _real,
    "structure of f": _float_value,
    "structure of i": _integer_value,
    "structure of i, f": _both_values,
}
"""By the type that the device gives its ctlVal. Everything else is refused."""
