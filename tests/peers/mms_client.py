"""libiec61850 as an independent MMS client in a process of its own: `mms_client.py HOST PORT`.

Prints `ready`, then answers each JSON line with one: {"result": ...} or {"failed": WORDS}.

| order | result |
|---|---|
| `{"devices": []}` | logical devices |
| `{"nodes": [DEVICE]}` | logical nodes of a device |
| `{"read": [REFERENCE, FC]}` | plain value (see libiec61850.value_of) |
| `{"read_all": [[[REFERENCE, FC], ...]]}` | [VALUES READ, REFERENCES WHERE ONE OF THEM IS AN ERROR] |
| `{"data_set": [REFERENCE]}` | member references |
| `{"create_data_set": [REFERENCE, MEMBERS]}` | null; MEMBERS as `LD/LN.DO[FC]` |
| `{"delete_data_set": [REFERENCE]}` | whether it is gone |
| `{"subscribe": [BLOCK]}` | enables and interrogates `LD/LLN0.BR.name01`; {"rpt_id", "conf_rev", "data_set"} |
| `{"report": [TIMEOUT_S]}` | the next report: {"block", "members": {INDEX: [VALUE, REASON]}} or null |
| `{"operate": [REFERENCE, VALUE]}` | selects if the model does, operates: {"select", "operate", "termination"} |
| `{"service": ["select"\\|"operate"\\|"cancel", REFERENCE, VALUE]}` | one service alone |

An answer to a control is {"accepted": bool, "add_cause": int}; termination is null without enhanced security.
"""

from __future__ import annotations

import ctypes
import json
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import libiec61850 as lib

CONNECTIONS = 20
REQUEST_TIMEOUT_MS = 5000
TERMINATION_TIMEOUT_S = 10.0
ENHANCED, SELECTS_WITH_VALUE, SELECTS = (3, 4), 4, 2
STATION_CONTROL = 2
TRIGGERS = 1 | 2 | 8 | 16  # data and quality change, integrity, general interrogation
OPTIONS = 1 | 2 | 4 | 8 | 32 | 64 | 128  # all but data references
RPT_ENA, OPT_FLDS, TRG_OPS, INTG_PD, GI = 2, 32, 256, 512, 1024  # RCB_ELEMENT_...


class PeerError(Exception):
    """The library answered with an error."""


class Peer:
    """One connection and what it has subscribed to."""

    def __init__(self, host: str, port: int) -> None:
        self.c = lib.Library()
        self.connection = self.connected(host, port)
        self.reports: queue.Queue[dict[str, Any]] = queue.Queue()
        self.handlers: list[Any] = []  # callbacks must outlive their registration
        self.blocks: list[int] = []
        self.controls: dict[str, Control] = {}

    def connected(self, host: str, port: int) -> int:
        """Up to one connection in seven loses its first request and never recovers: the next one is tried."""
        for _ in range(CONNECTIONS):
            connection = self.c.IedConnection_create()
            self.c.IedConnection_setRequestTimeout(connection, REQUEST_TIMEOUT_MS)
            error = ctypes.c_int()
            self.c.IedConnection_connect(connection, error, host.encode(), port)
            if error.value == 0:
                lib.strings_of(self.c, self.c.IedConnection_getServerDirectory(connection, error, False))
                if error.value == 0:
                    return int(connection)
            self.c.IedConnection_destroy(connection)
        raise PeerError(f"no answer from {host}:{port}")

    def call(self, function: str, *arguments: Any) -> Any:
        """A function whose second argument is the error."""
        error = ctypes.c_int()
        result = getattr(self.c, function)(self.connection, error, *arguments)
        if error.value:
            raise PeerError(f"{function}: error {error.value}")
        return result

    def devices(self) -> list[str]:
        return lib.strings_of(self.c, self.call("IedConnection_getServerDirectory", False))

    def nodes(self, device: str) -> list[str]:
        return lib.strings_of(self.c, self.call("IedConnection_getLogicalDeviceDirectory", device.encode()))

    def read(self, reference: str, constraint: str) -> Any:
        value = self.call("IedConnection_readObject", reference.encode(), lib.FUNCTIONAL_CONSTRAINTS[constraint])
        plain = lib.value_of(self.c, value)
        self.c.MmsValue_delete(value)
        return plain

    def read_all(self, wanted: list[tuple[str, str]]) -> tuple[int, list[str]]:
        """How many plain values there are, and where the library finds something that it cannot show."""
        count, wrong = 0, []
        for reference, constraint in wanted:
            found = list(_flat(self.read(reference, constraint)))
            count += len(found)
            if any(isinstance(each, dict) and "error" in each or str(each).startswith("unknown") for each in found):
                wrong.append(f"{reference}[{constraint}]")
        return count, wrong

    def data_set(self, reference: str) -> list[str]:
        return lib.strings_of(self.c, self.call("IedConnection_getDataSetDirectory", reference.encode(), None))

    def create_data_set(self, reference: str, members: list[str]) -> None:
        """members: 'IED1LD0/GGIO1.Ind1[ST]'."""
        texts = [ctypes.create_string_buffer(each.encode()) for each in members]
        listed = self.c.LinkedList_create()
        for text in texts:
            self.c.LinkedList_add(listed, ctypes.addressof(text))
        try:
            self.call("IedConnection_createDataSet", reference.encode(), listed)
        finally:
            self.c.LinkedList_destroyStatic(listed)

    def delete_data_set(self, reference: str) -> bool:
        return bool(self.call("IedConnection_deleteDataSet", reference.encode()))

    def subscribe(self, block: str, integrity_ms: int = 0) -> dict[str, Any]:
        rcb = self.call("IedConnection_getRCBValues", block.encode(), None)
        self.blocks.append(rcb)
        rpt_id = self.c.ClientReportControlBlock_getRptId(rcb)
        handler = lib.REPORT_HANDLER(lambda _, report: self.received(block, report))
        self.handlers.append(handler)
        self.c.IedConnection_installReportHandler(self.connection, block.encode(), rpt_id, handler, None)
        self.c.ClientReportControlBlock_setTrgOps(rcb, TRIGGERS)
        self.c.ClientReportControlBlock_setOptFlds(rcb, OPTIONS)
        self.c.ClientReportControlBlock_setIntgPd(rcb, integrity_ms)
        self.call("IedConnection_setRCBValues", rcb, TRG_OPS | OPT_FLDS | INTG_PD, False)
        self.c.ClientReportControlBlock_setRptEna(rcb, True)
        self.call("IedConnection_setRCBValues", rcb, RPT_ENA, False)
        self.c.ClientReportControlBlock_setGI(rcb, True)
        self.call("IedConnection_setRCBValues", rcb, GI, False)
        return {
            "rpt_id": rpt_id.decode(),
            "conf_rev": self.c.ClientReportControlBlock_getConfRev(rcb),
            "data_set": self.c.ClientReportControlBlock_getDataSetReference(rcb).decode(),
        }

    def received(self, block: str, report: int) -> None:
        """On the library's thread; the report is gone when this returns."""
        values = self.c.ClientReport_getDataSetValues(report)
        members = {}
        for index in range(self.c.MmsValue_getArraySize(values) if values else 0):
            reason = self.c.ClientReport_getReasonForInclusion(report, index)
            if reason:
                value = lib.value_of(self.c, self.c.MmsValue_getElement(values, index))
                members[index] = [value, lib.reason_of(reason)]
        self.reports.put({"block": block, "members": members})

    def report(self, timeout_s: float) -> dict[str, Any] | None:
        try:
            return self.reports.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def control(self, reference: str) -> Control:
        if reference not in self.controls:
            self.controls[reference] = Control(self, reference)
        return self.controls[reference]

    def operate(self, reference: str, value: bool) -> dict[str, Any]:
        control = self.control(reference)
        selected = control.select(value) if control.model in (SELECTS, SELECTS_WITH_VALUE) else None
        if selected is not None and not selected["accepted"]:
            return {"select": selected, "operate": None, "termination": None}
        operated = control.operate(value)
        terminated = control.termination() if control.model in ENHANCED and operated["accepted"] else None
        return {"select": selected, "operate": operated, "termination": terminated}

    def service(self, name: str, reference: str, value: bool) -> dict[str, Any]:
        control = self.control(reference)
        services: dict[str, Callable[[bool], dict[str, Any]]] = {
            "select": control.select,
            "operate": control.operate,
            "cancel": control.cancel,
        }
        return services[name](value)


class Control:
    """A control object of the library."""

    def __init__(self, peer: Peer, reference: str) -> None:
        self.c = peer.c
        self.object = self.c.ControlObjectClient_create(reference.encode(), peer.connection)
        if not self.object:
            raise PeerError(f"{reference} cannot be controlled")
        self.model = self.c.ControlObjectClient_getControlModel(self.object)
        self.c.ControlObjectClient_setOrigin(self.object, b"peer", STATION_CONTROL)
        self.c.ControlObjectClient_setInterlockCheck(self.object, True)
        self.c.ControlObjectClient_setSynchroCheck(self.object, True)
        self.terminated = threading.Event()
        self.handler = lib.TERMINATION_HANDLER(lambda _, __: self.terminated.set())
        self.c.ControlObjectClient_setCommandTerminationHandler(self.object, self.handler, None)

    def select(self, value: bool) -> dict[str, Any]:
        if self.model == SELECTS:
            return self.answer(self.c.ControlObjectClient_select(self.object))
        return self.with_value(self.c.ControlObjectClient_selectWithValue, value)

    def operate(self, value: bool) -> dict[str, Any]:
        self.terminated.clear()
        return self.with_value(lambda target, mms: self.c.ControlObjectClient_operate(target, mms, 0), value)

    def cancel(self, _: bool) -> dict[str, Any]:
        return self.answer(self.c.ControlObjectClient_cancel(self.object))

    def termination(self) -> dict[str, Any]:
        if not self.terminated.wait(TERMINATION_TIMEOUT_S):
            raise PeerError(f"no CommandTermination within {TERMINATION_TIMEOUT_S:g} s")
        error = self.c.ControlObjectClient_getLastApplError(self.object)
        return {"accepted": error.error == 0, "add_cause": error.addCause}

    def with_value(self, service: Callable[[int, int], bool], value: bool) -> dict[str, Any]:
        mms = self.c.MmsValue_newBoolean(value)
        accepted = service(self.object, mms)
        self.c.MmsValue_delete(mms)
        return self.answer(accepted)

    def answer(self, accepted: bool) -> dict[str, Any]:
        cause = 0 if accepted else self.c.ControlObjectClient_getLastApplError(self.object).addCause
        return {"accepted": bool(accepted), "add_cause": cause}


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for each in value:
            yield from _flat(each)
    else:
        yield value


ORDERS = (
    *("devices", "nodes", "read", "read_all", "data_set", "create_data_set", "delete_data_set"),
    *("subscribe", "report", "operate", "service"),
)


def main(host: str, port: int) -> None:
    peer = Peer(host, port)
    print("ready", flush=True)
    for line in sys.stdin:
        ((order, arguments),) = json.loads(line).items()
        try:
            answer = (
                {"result": getattr(peer, order)(*arguments)} if order in ORDERS else {"failed": f"no order {order}"}
            )
        except PeerError as error:
            answer = {"failed": str(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
