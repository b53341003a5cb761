"""Cause of transmission (IEC 60870-5-101 7.2.3)."""

from __future__ import annotations

from enum import IntEnum


class Cause(IntEnum):
    """The causes that IEC 104 knows; interrogation groups 1-16 are STATION + 1..16."""

    PERIODIC = 1
    BACKGROUND = 2
    SPONTANEOUS = 3
    INITIALISED = 4
    REQUEST = 5
    ACTIVATION = 6
    ACTIVATION_CON = 7
    DEACTIVATION = 8
    DEACTIVATION_CON = 9
    TERMINATION = 10
    RETURN_REMOTE = 11
    RETURN_LOCAL = 12
    FILE_TRANSFER = 13
    STATION = 20
    LAST_GROUP = 36
    COUNTERS = 37
    LAST_COUNTER_GROUP = 41
    UNKNOWN_TYPE = 44
    UNKNOWN_CAUSE = 45
    UNKNOWN_COMMON_ADDRESS = 46
    UNKNOWN_OBJECT_ADDRESS = 47


REFUSALS: dict[int, str] = {
    Cause.UNKNOWN_TYPE: "the device does not know this type of command (COT 44)",
    Cause.UNKNOWN_CAUSE: "the device does not accept this cause of transmission (COT 45)",
    Cause.UNKNOWN_COMMON_ADDRESS: "the device does not have this common address (COT 46)",
    Cause.UNKNOWN_OBJECT_ADDRESS: "the device has no such controllable object (COT 47)",
}
"""What a negative mirror says, in words."""


_NAMES = {
    Cause.PERIODIC: "periodic",
    Cause.BACKGROUND: "background scan",
    Cause.SPONTANEOUS: "spontaneous",
    Cause.INITIALISED: "initialised",
    Cause.REQUEST: "request",
    Cause.ACTIVATION: "activation",
    Cause.ACTIVATION_CON: "activation confirmation",
    Cause.DEACTIVATION: "deactivation",
    Cause.DEACTIVATION_CON: "deactivation confirmation",
    Cause.TERMINATION: "activation termination",
    Cause.RETURN_REMOTE: "return information, remote command",
    Cause.RETURN_LOCAL: "return information, local command",
    Cause.FILE_TRANSFER: "file transfer",
    Cause.STATION: "interrogated by station interrogation",
    Cause.COUNTERS: "requested by general counter request",
    Cause.UNKNOWN_TYPE: "unknown type",
    Cause.UNKNOWN_CAUSE: "unknown cause",
    Cause.UNKNOWN_COMMON_ADDRESS: "unknown common address",
    Cause.UNKNOWN_OBJECT_ADDRESS: "unknown object address",
}


def cause_name(cause: int) -> str:
    """In words, for every number 0..63."""
    if Cause.STATION < cause <= Cause.LAST_GROUP:
        return f"interrogated by group {cause - Cause.STATION} interrogation"
    if Cause.COUNTERS < cause <= Cause.LAST_COUNTER_GROUP:
        return f"requested by group {cause - Cause.COUNTERS} counter request"
    return next((name for number, name in _NAMES.items() if number == cause), "reserved")
