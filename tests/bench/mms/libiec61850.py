"""libiec61850's client (C, by ctypes) as the client of the bench.

The library's threads call back for every report; there each value is read with its quality and time, as our driver
does, and all of one report are handed to the loop at once.
"""

from __future__ import annotations

import asyncio
import ctypes
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "peers"))

import libiec61850 as lib

from tests.bench.mms.arrivals import Arrivals
from tests.bench.mms.work import DEVICE, EVENT_BLOCK, INTEGRITY_S, MEASURANDS, MEASURED_BLOCK, SWITCH

RPT_ENA, OPT_FLDS, TRG_OPS, INTG_PD, GI, PURGE = 2, 32, 256, 512, 1024, 2048
TRIGGERS = 1 | 2 | 8 | 16
STATION_CONTROL = 2
ATTEMPTS = 20
_POSITION_S = 5.0
_AFTER_ORIGIN = 2  # origin, ctlNum, stVal
_ON, _OFF = 1, 2  # the library counts the first bit of a bit string lowest
MORE: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "ClientReport_getSeqNum": (lib.U32, (lib.P,)),
    "ClientReportControlBlock_setPurgeBuf": (None, (lib.P, lib.B)),
}
ACCESSORS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "ClientReport_getReasonForInclusion": (lib.INT, (lib.P, lib.INT)),
    "MmsValue_getElement": (lib.P, (lib.P, lib.INT)),
    "MmsValue_toFloat": (lib.F, (lib.P,)),
    "MmsValue_toInt32": (ctypes.c_int32, (lib.P,)),
    "MmsValue_getBitStringAsInteger": (lib.U32, (lib.P,)),
    "MmsValue_getUtcTimeInMsWithUs": (lib.U64, (lib.P, ctypes.POINTER(lib.U32))),
}
"""Taken with the interpreter's lock held: they do nothing that could wait, and giving it back would cost more."""

Sample = tuple[int, float | int, int, int]
"""Member, value, quality, UTC ns."""


def _accessors() -> Any:
    library = ctypes.PyDLL(lib.shared_library())
    for name, (result, arguments) in ACCESSORS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, list(arguments)
    return library


class Device:
    """One connection. A report's sequence number that does not follow the last one is a gap."""

    def __init__(self, client: Client, port: int) -> None:
        self.client, self.c = client, client.c
        self.connection = self._connected(port)
        self.position: asyncio.Future[int] | None = None
        self._sequence: dict[str, int] = {}
        self._handlers: list[Any] = []
        for block, members in ((MEASURED_BLOCK, MEASURANDS), (EVENT_BLOCK, 2)):
            self._enable(f"{DEVICE}/LLN0.BR.{block}", block, members)
        self._control: int | None = None
        self._terminated = threading.Event()

    def _connected(self, port: int) -> int:
        """Some connections of the library lose their first request and never recover: the next one is tried."""
        for _ in range(ATTEMPTS):
            connection, error = self.c.IedConnection_create(), ctypes.c_int(0)
            self.c.IedConnection_setRequestTimeout(connection, 60_000)
            self.c.IedConnection_connect(connection, error, b"127.0.0.1", port)
            if error.value == 0:
                found = self.c.IedConnection_getServerDirectory(connection, error, False)
                if error.value == 0:
                    self.c.LinkedList_destroy(found)
                    return int(connection)
            self.c.IedConnection_destroy(connection)
        raise RuntimeError(f"no connection to {port}")

    def _enable(self, reference: str, block: str, members: int) -> None:
        error = ctypes.c_int(0)
        values = self.c.IedConnection_getRCBValues(self.connection, error, reference.encode(), None)
        if not values:
            raise RuntimeError(f"{reference}: error {error.value}")
        handler = lib.REPORT_HANDLER(self._measured if block == MEASURED_BLOCK else self._event)
        self._handlers.append(handler)
        base = reference[:-2].encode()
        self.c.IedConnection_installReportHandler(
            self.connection, base, self.c.ClientReportControlBlock_getRptId(values), handler, None
        )
        self.c.ClientReportControlBlock_setTrgOps(values, TRIGGERS)
        self.c.ClientReportControlBlock_setOptFlds(values, 1 | 2 | 4 | 8 | 32 | 64 | 128)
        self.c.ClientReportControlBlock_setIntgPd(values, round(INTEGRITY_S * 1000))
        self.c.ClientReportControlBlock_setPurgeBuf(values, True)
        self.c.ClientReportControlBlock_setRptEna(values, True)
        self.c.ClientReportControlBlock_setGI(values, True)
        mask = RPT_ENA | OPT_FLDS | TRG_OPS | INTG_PD | PURGE
        self.c.IedConnection_setRCBValues(self.connection, error, values, mask, True)
        self.c.IedConnection_setRCBValues(self.connection, error, values, GI, True)
        if error.value:
            raise RuntimeError(f"{reference}: enabling, error {error.value}")

    def _follows(self, block: str, report: int) -> int:
        """1 where reports are missing before this one."""
        number = self.c.ClientReport_getSeqNum(report)
        last = self._sequence.get(block)
        self._sequence[block] = number
        return 0 if last is None or number == (last + 1) & 0xFFFF else 1

    def _measured(self, _: int, report: int) -> None:
        c, fast = self.c, self.client.fast
        values, micro, samples = c.ClientReport_getDataSetValues(report), lib.U32(0), []
        for member in range(MEASURANDS):
            if not fast.ClientReport_getReasonForInclusion(report, member):
                continue
            whole = fast.MmsValue_getElement(values, member)
            magnitude = fast.MmsValue_getElement(fast.MmsValue_getElement(whole, 0), 0)
            samples.append(_sample(fast, member, fast.MmsValue_toFloat(magnitude), whole, micro))
        self.client.hand_over(samples, self._follows(MEASURED_BLOCK, report))

    def _event(self, _: int, report: int) -> None:
        fast, values = self.client.fast, self.c.ClientReport_getDataSetValues(report)
        micro = lib.U32(0)
        if fast.ClientReport_getReasonForInclusion(report, 0):
            whole = fast.MmsValue_getElement(values, 0)
            number = fast.MmsValue_toInt32(fast.MmsValue_getElement(whole, 0))
            self.client.tell_event(_sample(fast, 0, number, whole, micro))
        if fast.ClientReport_getReasonForInclusion(report, 1):
            whole = fast.MmsValue_getElement(values, 1)
            position = fast.MmsValue_getBitStringAsInteger(fast.MmsValue_getElement(whole, _AFTER_ORIGIN))
            self.client.loop.call_soon_threadsafe(self._moved, position)

    def _moved(self, position: int) -> None:
        if self.position is not None and not self.position.done():
            self.position.set_result(position)

    def operate(self, on: bool) -> None:
        """Select with value, operate, wait for the termination; blocks."""
        if self._control is None:
            self._control = self.c.ControlObjectClient_create(f"{DEVICE}/{SWITCH}".encode(), self.connection)
            self.c.ControlObjectClient_setOrigin(self._control, b"bench", STATION_CONTROL)
            handler = lib.TERMINATION_HANDLER(lambda _, __: self._terminated.set())
            self._handlers.append(handler)
            self.c.ControlObjectClient_setCommandTerminationHandler(self._control, handler, None)
        self._terminated.clear()
        value = self.c.MmsValue_newBoolean(on)
        done = self.c.ControlObjectClient_selectWithValue(self._control, value)
        done = done and self.c.ControlObjectClient_operate(self._control, value, 0)
        self.c.MmsValue_delete(value)
        if not done or not self._terminated.wait(_POSITION_S):
            raise RuntimeError("the command was refused or did not end")


def _sample(fast: Any, member: int, value: float, whole: int, micro: Any) -> Sample:
    quality = fast.MmsValue_getBitStringAsInteger(fast.MmsValue_getElement(whole, 1))
    time_ms = fast.MmsValue_getUtcTimeInMsWithUs(fast.MmsValue_getElement(whole, 2), micro)
    return member, value, quality, time_ms * 1_000_000


class Client:
    """All connections of this process."""

    def __init__(self) -> None:
        lib.SIGNATURES.update(MORE)
        self.c, self.fast = lib.Library(), _accessors()
        self.arrivals = Arrivals()
        self.loop = asyncio.get_running_loop()
        self._devices: list[Device] = []
        self._pool = ThreadPoolExecutor(16)

    async def connect(self, ports: list[int]) -> float:
        begun_s = time.monotonic()
        made = [self.loop.run_in_executor(self._pool, Device, self, port) for port in ports]
        self._devices += await asyncio.gather(*made)
        return time.monotonic() - begun_s

    def hand_over(self, samples: list[Sample], gaps: int) -> None:
        self.loop.call_soon_threadsafe(self._take, samples, gaps)

    def _take(self, samples: list[Sample], gaps: int) -> None:
        self.arrivals.reports += len(samples) // MEASURANDS
        self.arrivals.points += len(samples)
        self.arrivals.gaps += gaps

    def tell_event(self, sample: Sample) -> None:
        self.loop.call_soon_threadsafe(self._event, sample)

    def _event(self, sample: Sample) -> None:
        if sample[1]:
            self.arrivals.events.append((int(sample[1]), time.time_ns()))

    async def switch(self, number: int, count: int) -> list[float]:
        device, took = self._devices[number], []
        for turn in range(count):
            on = turn % 2 == 0
            device.position = self.loop.create_future()
            begun_s = time.monotonic()
            await self.loop.run_in_executor(self._pool, device.operate, on)
            if await asyncio.wait_for(device.position, _POSITION_S) != (_ON if on else _OFF):
                raise RuntimeError(f"position {device.position.result()} was reported")
            took.append(time.monotonic() - begun_s)
        return took
