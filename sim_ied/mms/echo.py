"""What a controllable object does where no behaviour stands behind it: it takes the value that is commanded."""

from __future__ import annotations

from datetime import UTC, datetime

from open61850.data import BitStringData, BoolData, IECData, IntData, StructureData, TimestampData, UIntData
from open61850.mms.pdu import ObjectName
from open61850.mms.types import PrimitiveType
from open61850.server import IedModel, Node
from open61850.server.control import ADD_CAUSE_INCONSISTENT_PARAMETERS, ADD_CAUSE_NOT_SUPPORTED, Command
from open61850.server.model import _fits, to_data

FEEDBACK = (("ST", "stVal"), ("ST", "valWTr$posVal"), ("MX", "mxVal"))
"""Where the common data classes show what was commanded: SPC to ENC, BSC and ISC, APC and BAC (IEC 61850-7-3)."""
_STEP = "valWTr$posVal"
_OFF, _ON = 1, 2
_HIGHER = 2


def echo(model: IedModel, command: Command) -> int | None:
    """Show ctlVal, and now as its time; None when done, else an AddCause."""
    logical_node, _, name = command.object_item.split("$", 2)
    for constraint, attribute in FEEDBACK:
        place = ObjectName(f"{logical_node}${constraint}${name}${attribute}", command.domain)
        node = model.node(place)
        if node is not None:
            value = _shown(node, attribute, command.ctl_val)
            if value is None:
                return ADD_CAUSE_INCONSISTENT_PARAMETERS
            with model.batch():
                stamp = ObjectName(f"{logical_node}${constraint}${name}$t", command.domain)
                if model.node(stamp) is not None:
                    model.set(stamp, TimestampData(datetime.now(UTC)))
                model.set(place, value)
            return None
    return ADD_CAUSE_NOT_SUPPORTED


def _shown(node: Node, attribute: str, ctl_val: IECData) -> IECData | None:
    """The feedback's value; None where the command does not fit it."""
    if attribute == _STEP and isinstance(node.value, IntData):
        step = _step(node.value.value, ctl_val)
        return None if step is None else IntData(step)
    if isinstance(ctl_val, StructureData):
        return ctl_val if _fits(node.mms_type, ctl_val) else None
    if (
        isinstance(ctl_val, BoolData)
        and isinstance(node.mms_type, PrimitiveType)
        and node.mms_type.kind == "bit-string"
    ):
        return to_data(node.mms_type, _ON if ctl_val.value else _OFF)
    return ctl_val if _fits(node.mms_type, ctl_val) else None


def _step(position: int, ctl_val: IECData) -> int | None:
    """BSC moves by one step (Tcmd), ISC to a position."""
    if isinstance(ctl_val, IntData | UIntData):
        return ctl_val.value
    if isinstance(ctl_val, BitStringData) and ctl_val.value:
        return position + (1 if ctl_val.value[0] >> 6 == _HIGHER else -1)
    return None
