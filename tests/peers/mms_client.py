"""libiec61850 as an independent MMS client in a process of its own: `mms_client.py HOST PORT`, and for TLS
`CERTIFICATE KEY AUTHORITIES NEWEST` behind them.

Prints `ready` or why it is not connected, then answers each JSON line with one: {"result": ...} or {"failed": WORDS}.

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
| `{"resume": [BLOCK, ENTRY_ID]}` | enables a buffered block after an entry (hexadecimal; zeros: the whole buffer) |
| `{"report": [TIMEOUT_S]}` | the next report, or null: {"block", "entry", "sequence", "overflow", "members"} |
| `{"write": [REFERENCE, FC, KIND, VALUE]}` | null; KIND of mms_services |
| `{"files": [FOLDER]}` | {NAME: [SIZE, LAST MODIFIED in ms, SHA-256]} |
| `{"operate": [REFERENCE, VALUE]}` | selects if the model does, operates: {"select", "operate", "termination"} |
| `{"service": ["select"\\|"operate"\\|"cancel", REFERENCE, VALUE]}` | one service alone |

`members` of a report is {INDEX: [VALUE, REASON]}.
An answer to a control is {"accepted": bool, "add_cause": int}; termination is null without enhanced security.
"""

from __future__ import annotations

import ctypes
import json
import queue
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import libiec61850 as lib
from mms_controls import ENHANCED, SELECTS, SELECTS_WITH_VALUE, Control, PeerError
from mms_services import files_below, octets_value, written_value
from mms_tls import tls

CONNECTIONS = 20
REQUEST_TIMEOUT_MS = 5000
TRIGGERS = 1 | 2 | 8 | 16  # data and quality change, integrity, general interrogation
OPTIONS = 1 | 2 | 4 | 8 | 32 | 64 | 128  # all but data references
RPT_ENA, OPT_FLDS, TRG_OPS, INTG_PD, GI, ENTRY_ID = 2, 32, 256, 512, 1024, 4096  # RCB_ELEMENT_...


class Peer:
    """One connection and what it has subscribed to."""

    def __init__(self, host: str, port: int, secure: list[str]) -> None:
        self.c = lib.Library()
        self.connection = self.connected(host, port, secure)
        self.reports: queue.Queue[dict[str, Any]] = queue.Queue()
        self.handlers: list[Any] = []  # callbacks must outlive their registration
        self.blocks: list[int] = []
        self.controls: dict[str, Control] = {}

    def connected(self, host: str, port: int, secure: list[str]) -> int:
        """Up to one connection in seven loses its first request and never recovers: the next one is tried."""
        for _ in range(CONNECTIONS):
            connection = self.made(secure)
            self.c.IedConnection_setRequestTimeout(connection, REQUEST_TIMEOUT_MS)
            error = ctypes.c_int()
            self.c.IedConnection_connect(connection, error, host.encode(), port)
            if error.value == 0:
                lib.strings_of(self.c, self.c.IedConnection_getServerDirectory(connection, error, False))
                if error.value == 0:
                    return int(connection)
            elif secure:
                raise PeerError(f"not connected: error {error.value}")
            self.c.IedConnection_destroy(connection)
        raise PeerError(f"no answer from {host}:{port}")

    def made(self, secure: list[str]) -> int:
        if not secure:
            return int(self.c.IedConnection_create())
        return int(self.c.IedConnection_createWithTlsSupport(tls(self.c, *secure)))

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

    def write(self, reference: str, constraint: str, kind: str, value: Any) -> None:
        made = written_value(self.c, kind, value)
        number = lib.FUNCTIONAL_CONSTRAINTS[constraint]
        try:
            self.call("IedConnection_writeObject", reference.encode(), number, made)
        finally:
            self.c.MmsValue_delete(made)

    def files(self, folder: str) -> dict[str, Any]:
        try:
            return files_below(self.c, self.connection, folder)
        except ConnectionError as error:
            raise PeerError(str(error)) from error

    def heard(self, block: str) -> tuple[int, bytes]:
        """The values of a block whose reports are heard from now on, and its RptID."""
        rcb = self.call("IedConnection_getRCBValues", block.encode(), None)
        self.blocks.append(rcb)
        rpt_id = self.c.ClientReportControlBlock_getRptId(rcb)
        handler = lib.REPORT_HANDLER(lambda _, report: self.received(block, report))
        self.handlers.append(handler)
        self.c.IedConnection_installReportHandler(self.connection, block.encode(), rpt_id, handler, None)
        return rcb, rpt_id

    def resume(self, block: str, entry: str) -> None:
        rcb, _ = self.heard(block)
        self.c.ClientReportControlBlock_setOptFlds(rcb, OPTIONS)
        self.call("IedConnection_setRCBValues", rcb, OPT_FLDS, False)
        if entry:
            octets = octets_value(self.c, bytes.fromhex(entry))
            self.c.ClientReportControlBlock_setEntryId(rcb, octets)
            self.call("IedConnection_setRCBValues", rcb, ENTRY_ID, False)
        self.c.ClientReportControlBlock_setRptEna(rcb, True)
        self.call("IedConnection_setRCBValues", rcb, RPT_ENA, False)

    def subscribe(self, block: str, integrity_ms: int = 0) -> dict[str, Any]:
        rcb, rpt_id = self.heard(block)
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
        entry = lib.value_of(self.c, self.c.ClientReport_getEntryId(report))
        sequence, overflow = self.c.ClientReport_getSeqNum(report), self.c.ClientReport_getBufOvfl(report)
        self.reports.put(
            {"block": block, "entry": entry, "sequence": sequence, "overflow": overflow, "members": members}
        )

    def report(self, timeout_s: float) -> dict[str, Any] | None:
        try:
            return self.reports.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def control(self, reference: str) -> Control:
        if reference not in self.controls:
            self.controls[reference] = Control(self.c, self.connection, reference)
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


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for each in value:
            yield from _flat(each)
    else:
        yield value


ORDERS = (
    *("devices", "nodes", "read", "read_all", "data_set", "create_data_set", "delete_data_set"),
    *("subscribe", "resume", "report", "operate", "service", "write", "files"),
)


def main(host: str, port: int, secure: list[str]) -> None:
    try:
        peer = Peer(host, port, secure)
    except PeerError as error:
        print(error, flush=True)
        return
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
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
