"""What the tests of the MMS driver stand on: a device process, a sink that remembers, the points of `device.icd`."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from models.command import Action, Command, Originator, OriginatorCategory
from models.difference import Difference
from models.driver import LinkConfig
from models.point import Cdc, ControlModel, Handle, PointName, PointSpec, Sample, SampleBatch, Value
from models.record import Record
from protocols.iec61850.client import MmsDriver, create

ICD = Path(__file__).parent / "device.icd"
PATIENCE_S = 20.0

_POINTS: list[tuple[str, Cdc, ControlModel]] = [
    ("CSWI1.Pos", Cdc.DPC, ControlModel.SBO_ENHANCED),
    ("CSWI2.Pos", Cdc.DPC, ControlModel.DIRECT_NORMAL),
    ("CSWI3.Pos", Cdc.DPC, ControlModel.SBO_NORMAL),
    ("XCBR1.EEHealth", Cdc.ENS, ControlModel.STATUS_ONLY),
    ("PTRC1.Tr", Cdc.ACT, ControlModel.STATUS_ONLY),
    ("PTOC1.Str", Cdc.ACD, ControlModel.STATUS_ONLY),
    ("RREC1.BlkRec", Cdc.SPC, ControlModel.DIRECT_NORMAL),
    ("LLN0.Loc", Cdc.SPS, ControlModel.STATUS_ONLY),
    ("MMXU1.TotW", Cdc.MV, ControlModel.STATUS_ONLY),
    ("MMXU1.A.phsA", Cdc.MV, ControlModel.STATUS_ONLY),
    ("MMXU1.A.phsC", Cdc.MV, ControlModel.STATUS_ONLY),
    ("CSWI4.Pos", Cdc.DPC, ControlModel.SBO_NORMAL),
    ("CSWI5.Pos", Cdc.DPC, ControlModel.DIRECT_ENHANCED),
]
GROUP = "LLN0.ActSG"
HANDLES = {variable: Handle(number) for number, (variable, _, _) in enumerate(_POINTS, start=1)}
HANDLES[GROUP] = Handle(len(_POINTS) + 1)


def spec(variable: str, cdc: Cdc, model: ControlModel = ControlModel.STATUS_ONLY) -> PointSpec:
    name = PointName("OBR1/K1/E03", variable)
    return PointSpec(name, cdc, "IED1", reference=f"IED1LD0/{variable}", control_model=model)


def points() -> list[tuple[Handle, PointSpec]]:
    return [(HANDLES[variable], spec(variable, cdc, model)) for variable, cdc, model in _POINTS]


def group_point() -> tuple[Handle, PointSpec]:
    """The active setting group, as the SCL reader makes it of a SettingControl."""
    made = spec(GROUP, Cdc.INC, ControlModel.DIRECT_NORMAL)
    return HANDLES[GROUP], replace(made, reference="IED1LD0/LLN0.SGCB")


class DeviceProcess:
    """A running device_server.py."""

    def __init__(self, port: int = 0) -> None:
        script = Path(__file__).parent / "device_server.py"
        self.process = subprocess.Popen(
            [sys.executable, str(script), str(ICD), str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.frozen = False
        self.port = int(self.process.stdout.readline())

    def tell(self, **order: Any) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def position(self, logical_node: str, bits: str, time_ns: int, *, quality: str = "0" * 13, clock: int = 0) -> None:
        base = f"IED1LD0/{logical_node}.Pos"
        time_tag = {"ns": time_ns, "clock": clock}
        changes = [
            (f"{base}.t[ST]", time_tag),
            (f"{base}.q[ST]", {"bits": quality}),
            (f"{base}.stVal[ST]", {"bits": bits}),
        ]
        self.tell(set=changes)

    @property
    def is_sound(self) -> bool:
        """Neither frozen nor killed."""
        return not self.frozen and self.process.poll() is None

    def begin_anew(self) -> None:
        """Another device with nothing that was, on another port; the old one's connections end."""
        self.port = int(self.tell(anew=0))

    def freeze(self) -> None:
        self.frozen = True
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED)  # until then a thread of it may still answer

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


_idle: list[DeviceProcess] = []
"""Processes that serve the next test: to start one takes longer than most tests do."""


@contextmanager
def device(port: int = 0) -> Iterator[DeviceProcess]:
    """As from its start. port 0: any; the process may have served another test."""
    running = _idle.pop() if _idle and not port else DeviceProcess(port)
    try:
        yield running
    finally:
        if running.is_sound:
            running.begin_anew()
            _idle.append(running)
        else:
            running.kill()


@atexit.register
def _end_idle() -> None:
    while _idle:
        _idle.pop().kill()


class Recorder:
    """A sink that remembers, and commits only while `history` is open."""

    def __init__(self) -> None:
        self.committed: list[Sample] = []
        self.measured: list[Sample] = []
        self.connections = 0
        self.offered = 0
        self.notices: list[str] = []
        self.records: list[Record] = []
        self.differing: tuple[Difference, ...] = ()
        self.told_differences = 0
        self.history = asyncio.Event()
        self.history.set()

    async def events(self, batch: SampleBatch) -> None:
        self.offered += len(batch)
        await self.history.wait()
        self.committed += list(batch)

    def measurands(self, batch: SampleBatch) -> None:
        self.measured += list(batch)

    def connected(self) -> None:
        self.connections += 1

    def notice(self, text: str) -> None:
        self.notices.append(text)

    def differences(self, found: tuple[Difference, ...]) -> None:
        self.differing = found
        self.told_differences += 1

    async def record(self, record: Record) -> None:
        self.records.append(record)

    @property
    def handles(self) -> set[Handle]:
        return {sample.handle for sample in self.committed + self.measured}

    def of(self, variable: str) -> list[Sample]:
        return [sample for sample in self.committed + self.measured if sample.handle == HANDLES[variable]]


async def until(condition: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    """Wait until it is so; fail when it does not become so."""
    deadline_s = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline_s, f"not within {patience_s} s: {what}"
        await asyncio.sleep(0.005)


def link(port: int, **settings: str | int | float | bool) -> LinkConfig:
    usual = {"integrity_s": 2.0, "timeout_s": 2.0, "termination_timeout_s": 1.0, "reservation_s": 1}
    return LinkConfig("IED1", "iec61850", "IED1", "127.0.0.1", port, usual | settings)


def driver_of(port: int, **settings: str | int | float | bool) -> MmsDriver:
    return create(link(port, **settings), [*points(), group_point()], time.time_ns)


@asynccontextmanager
async def running(driver: MmsDriver, sink: Recorder) -> AsyncIterator[asyncio.Task[None]]:
    """The driver, connected; it must still run at the end unless the test awaited its failure."""
    task = asyncio.create_task(driver.run(sink))
    before = sink.connections
    try:
        await until(lambda: sink.connections > before or task.done(), "connected")
        if task.done():
            task.result()
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def command(variable: str, action: Action, value: Value, number: int = 1, **more: Any) -> Command:
    originator = Originator(OriginatorCategory.STATION_CONTROL, "operator-1")
    return Command(number, HANDLES[variable], action, value, originator, time.time_ns(), **more)
