"""What a control commands, as a value of models.point (ctlVal of the controllable classes of IEC 61850-7-3)."""

from __future__ import annotations

from open61850.data import BitStringData, BoolData, FloatData, IECData, IntData, StructureData, UIntData

from models.errors import LocalProtocolError
from models.point import Dbpos, Value

_HIGHER = 2  # Tcmd: stop, lower, higher, reserved


def commanded(ctl_val: IECData, cdc: str) -> Value:
    """A double point's is a position, a step command's Dbpos.ON for higher; an analogue value's is its f, else its i.

    LocalProtocolError for what no class has.
    """
    if isinstance(ctl_val, StructureData):
        numbers = [each for each in ctl_val.members if isinstance(each, FloatData | IntData)]
        if numbers:
            return commanded(numbers[0], cdc)
    if isinstance(ctl_val, BoolData):
        return (Dbpos.ON if ctl_val.value else Dbpos.OFF) if cdc == "DPC" else ctl_val.value
    if isinstance(ctl_val, IntData | UIntData | FloatData):
        return ctl_val.value
    if isinstance(ctl_val, BitStringData) and ctl_val.value:
        return Dbpos.ON if ctl_val.value[0] >> 6 == _HIGHER else Dbpos.OFF
    raise LocalProtocolError(f"a control of class {cdc} commands {ctl_val!r}, which is no value of it")
