"""The part of libiec61850 that the peers use, by ctypes over the library that pyiec61850-ng brings (GPL-3.0).

Only peer processes import this. Names and arguments are those of the C headers. The SWIG layer of the same package is
not used: it deadlocks as soon as reports arrive (docs/decisions/0003-open61850.md).
"""

from __future__ import annotations

import ctypes as c
from importlib import metadata
from typing import Any

P, S, INT, U32, U64, B, F = c.c_void_p, c.c_char_p, c.c_int, c.c_uint32, c.c_uint64, c.c_bool, c.c_float
ERROR = c.POINTER(c.c_int)


class LastApplError(c.Structure):
    """`LastApplError` of iec61850_client.h."""

    _fields_ = [("ctlNum", c.c_int), ("error", c.c_int), ("addCause", c.c_int)]


REPORT_HANDLER = c.CFUNCTYPE(None, P, P)  # parameter, ClientReport
TERMINATION_HANDLER = c.CFUNCTYPE(None, P, P)  # parameter, ControlObjectClient
CONTROL_HANDLER = c.CFUNCTYPE(INT, P, P, P, B)  # action, parameter, ctlVal, test -> 0 failed, 1 done, 2 waiting
CHECK_HANDLER = c.CFUNCTYPE(INT, P, P, P, B, B)  # action, parameter, ctlVal, test, interlockCheck -> -1 accepted

SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "IedConnection_create": (P, ()),
    "IedConnection_createWithTlsSupport": (P, (P,)),
    "IedConnection_destroy": (None, (P,)),
    "IedConnection_close": (None, (P,)),
    "IedConnection_setRequestTimeout": (None, (P, U32)),
    "IedConnection_connect": (None, (P, ERROR, S, INT)),
    "IedConnection_getServerDirectory": (P, (P, ERROR, B)),
    "IedConnection_getLogicalDeviceDirectory": (P, (P, ERROR, S)),
    "IedConnection_readObject": (P, (P, ERROR, S, INT)),
    "IedConnection_getRCBValues": (P, (P, ERROR, S, P)),
    "IedConnection_setRCBValues": (None, (P, ERROR, P, U32, B)),
    "IedConnection_installReportHandler": (None, (P, S, S, REPORT_HANDLER, P)),
    "IedConnection_getDataSetDirectory": (P, (P, ERROR, S, P)),
    "IedConnection_createDataSet": (None, (P, ERROR, S, P)),
    "IedConnection_deleteDataSet": (B, (P, ERROR, S)),
    "LinkedList_create": (P, ()),
    "LinkedList_add": (None, (P, P)),
    "LinkedList_destroyStatic": (None, (P,)),
    "ClientReportControlBlock_getRptId": (S, (P,)),
    "ClientReportControlBlock_getDataSetReference": (S, (P,)),
    "ClientReportControlBlock_getConfRev": (U32, (P,)),
    "ClientReportControlBlock_setRptEna": (None, (P, B)),
    "ClientReportControlBlock_setGI": (None, (P, B)),
    "ClientReportControlBlock_setIntgPd": (None, (P, U32)),
    "ClientReportControlBlock_setTrgOps": (None, (P, INT)),
    "ClientReportControlBlock_setOptFlds": (None, (P, INT)),
    "ClientReportControlBlock_destroy": (None, (P,)),
    "ClientReportControlBlock_setEntryId": (None, (P, P)),
    "ClientReport_getEntryId": (P, (P,)),
    "ClientReport_getSeqNum": (c.c_uint16, (P,)),
    "ClientReport_getBufOvfl": (B, (P,)),
    "ClientReport_getDataSetValues": (P, (P,)),
    "ClientReport_getReasonForInclusion": (INT, (P, INT)),
    "ControlObjectClient_create": (P, (S, P)),
    "ControlObjectClient_destroy": (None, (P,)),
    "ControlObjectClient_getControlModel": (INT, (P,)),
    "ControlObjectClient_setOrigin": (None, (P, S, INT)),
    "ControlObjectClient_setInterlockCheck": (None, (P, B)),
    "ControlObjectClient_setSynchroCheck": (None, (P, B)),
    "ControlObjectClient_select": (B, (P,)),
    "ControlObjectClient_selectWithValue": (B, (P, P)),
    "ControlObjectClient_operate": (B, (P, P, U64)),
    "ControlObjectClient_cancel": (B, (P,)),
    "ControlObjectClient_getLastApplError": (LastApplError, (P,)),
    "ControlObjectClient_setCommandTerminationHandler": (None, (P, TERMINATION_HANDLER, P)),
    "LinkedList_getNext": (P, (P,)),
    "LinkedList_getData": (P, (P,)),
    "LinkedList_destroy": (None, (P,)),
    "MmsValue_newBoolean": (P, (B,)),
    "MmsValue_delete": (None, (P,)),
    "MmsValue_getType": (INT, (P,)),
    "MmsValue_getArraySize": (INT, (P,)),
    "MmsValue_getElement": (P, (P, INT)),
    "MmsValue_getBoolean": (B, (P,)),
    "MmsValue_getBitStringSize": (INT, (P,)),
    "MmsValue_getBitStringBit": (B, (P, INT)),
    "MmsValue_toInt64": (c.c_int64, (P,)),
    "MmsValue_toDouble": (c.c_double, (P,)),
    "MmsValue_toString": (S, (P,)),
    "MmsValue_getUtcTimeInMs": (U64, (P,)),
    "MmsValue_getBinaryTimeAsUtcMs": (U64, (P,)),
    "MmsValue_getUtcTimeQuality": (c.c_uint8, (P,)),
    "MmsValue_getOctetStringSize": (INT, (P,)),
    "MmsValue_getOctetStringOctet": (c.c_uint8, (P, INT)),
    "MmsValue_getDataAccessError": (INT, (P,)),
    "IedModel_create": (P, (S,)),
    "LogicalDevice_create": (P, (S, P)),
    "LogicalNode_create": (P, (S, P)),
    "CDC_DPC_create": (P, (S, P, U32, U32)),
    "CDC_SPS_create": (P, (S, P, U32)),
    "CDC_ENS_create": (P, (S, P, U32)),
    "CDC_MV_create": (P, (S, P, U32, B)),
    "DataSet_create": (P, (S, P)),
    "DataSetEntry_create": (P, (P, S, INT, S)),
    "ReportControlBlock_create": (P, (S, P, S, B, S, U32, c.c_uint8, c.c_uint8, U32, U32)),
    "ModelNode_getChild": (P, (P, S)),
    "IedServer_create": (P, (P,)),
    "IedServer_start": (None, (P, INT)),
    "IedServer_isRunning": (B, (P,)),
    "IedServer_lockDataModel": (None, (P,)),
    "IedServer_unlockDataModel": (None, (P,)),
    "IedServer_updateDbposValue": (None, (P, P, INT)),
    "IedServer_updateFloatAttributeValue": (None, (P, P, F)),
    "IedServer_updateBooleanAttributeValue": (None, (P, P, B)),
    "IedServer_updateInt32AttributeValue": (None, (P, P, c.c_int32)),
    "IedServer_updateUTCTimeAttributeValue": (None, (P, P, U64)),
    "IedServer_updateQuality": (None, (P, P, c.c_uint16)),
    "IedServer_setControlHandler": (None, (P, P, CONTROL_HANDLER, P)),
    "IedServer_setPerformCheckHandler": (None, (P, P, CHECK_HANDLER, P)),
    "ControlAction_setError": (None, (P, INT)),
    "ControlAction_setAddCause": (None, (P, INT)),
}

FUNCTIONAL_CONSTRAINTS = {
    **{"ST": 0, "MX": 1, "SP": 2, "SV": 3, "CF": 4, "DC": 5, "SG": 6, "SE": 7, "SR": 8, "OR": 9, "BL": 10, "EX": 11},
    **{"CO": 12, "US": 13, "MS": 14, "RP": 15, "BR": 16, "LG": 17, "GO": 18},
}
REPORT_REASONS = {1: "data-change", 2: "quality-change", 4: "data-update", 8: "integrity", 16: "general-interrogation"}


def reason_of(bits: int) -> str:
    """ReasonForInclusion in words, joined by '+'."""
    return "+".join(name for bit, name in REPORT_REASONS.items() if bits & bit)


class Library:
    """The functions of SIGNATURES as attributes; a name that is not in the table is an error at once."""

    def __init__(self) -> None:
        self._library = c.CDLL(shared_library())
        for name, (result, arguments) in SIGNATURES.items():
            function = getattr(self._library, name)
            function.restype, function.argtypes = result, list(arguments)

    def __getattr__(self, name: str) -> Any:
        if name not in SIGNATURES:
            raise AttributeError(f"declare {name} in SIGNATURES first")
        return getattr(self._library, name)


def shared_library() -> str:
    """Where the package keeps the library itself."""
    files = metadata.files("pyiec61850-ng") or []
    (found,) = [file for file in files if file.name.startswith("libiec61850-") and ".so" in file.name]
    return str(found.locate())


def value_of(library: Library, value: int | None) -> Any:
    """An MmsValue as plain data: bit strings as '01', times as {"ms", "quality"}, access errors as {"error"}."""
    if not value:
        return None
    convert = _CONVERTERS.get(library.MmsValue_getType(value))
    return convert(library, value) if convert else f"unknown type {library.MmsValue_getType(value)}"


def _members(library: Library, value: int) -> list[Any]:
    count = library.MmsValue_getArraySize(value)
    return [value_of(library, library.MmsValue_getElement(value, i)) for i in range(count)]


def _bits(library: Library, value: int) -> str:
    return "".join(
        "01"[library.MmsValue_getBitStringBit(value, i)] for i in range(library.MmsValue_getBitStringSize(value))
    )


def _octets(library: Library, value: int) -> str:
    size = library.MmsValue_getOctetStringSize(value)
    return bytes(library.MmsValue_getOctetStringOctet(value, i) for i in range(size)).hex()


_CONVERTERS: dict[int, Any] = {
    0: _members,
    1: _members,
    2: lambda library, value: library.MmsValue_getBoolean(value),
    3: _bits,
    4: lambda library, value: library.MmsValue_toInt64(value),
    5: lambda library, value: library.MmsValue_toInt64(value),
    6: lambda library, value: library.MmsValue_toDouble(value),
    7: _octets,
    8: lambda library, value: library.MmsValue_toString(value).decode(),
    10: lambda library, value: {"ms": library.MmsValue_getBinaryTimeAsUtcMs(value)},
    13: lambda library, value: library.MmsValue_toString(value).decode(),
    14: lambda library, value: {
        "ms": library.MmsValue_getUtcTimeInMs(value),
        "quality": library.MmsValue_getUtcTimeQuality(value),
    },
    15: lambda library, value: {"error": library.MmsValue_getDataAccessError(value)},
}
"""MmsType of mms_common.h."""


def strings_of(library: Library, listed: int | None) -> list[str]:
    """A LinkedList of strings; its first element is the list itself."""
    found = []
    element = library.LinkedList_getNext(listed) if listed else None
    while element:
        found.append(c.cast(library.LinkedList_getData(element), S).value.decode())
        element = library.LinkedList_getNext(element)
    if listed:
        library.LinkedList_destroy(listed)
    return found
