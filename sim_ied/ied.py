"""A bay's IED: an MMS server (open61850) with the model of its SCL, fed by the world.

The server has threads of its own, and writing to a client that does not read can block. So the event loop never calls
it: a worker thread per IED takes values from a mailbox, where events keep their order and measurands their latest
value. Commands come the other way: the server's thread asks the loop and waits for the answer.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from open61850.data import BitStringData, BoolData, TimestampData
from open61850.server import IedModel
from open61850.server.control import IN_EXECUTION, Command

from models.command import CommandResult
from models.errors import ConfigError, LinkError
from models.point import Cdc, ControlModel, Dbpos, PointSpec, Value
from models.quality import VALUE_BITS
from sim_ied.board import Change
from sim_ied.face import Process
from sim_ied.mailbox import Mailbox
from sim_ied.mms.server import Server
from sim_ied.world import Completion

T = TypeVar("T")

_ATTRIBUTES: dict[Cdc, tuple[tuple[str, str], ...]] = {
    Cdc.ACT: (("general", "ST"),),
    Cdc.ACD: (("general", "ST"),),
    Cdc.MV: (("mag.f", "MX"), ("cVal.mag.f", "MX")),
    Cdc.BSC: (("valWTr.posVal", "ST"),),
    Cdc.APC: (("mxVal.f", "MX"),),
    Cdc.BCR: (("actVal", "ST"),),
}
_STATUS = (("stVal", "ST"),)
_ENHANCED = (ControlModel.DIRECT_ENHANCED, ControlModel.SBO_ENHANCED)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ACCURACY_MS = 0x0A  # TimeQuality: 10 significant bits, about 1 ms
_ANSWER_S = 5.0


class Ied:
    """specs: the points of this IED. Raises ConfigError for a point that its model does not have."""

    def __init__(self, name: str, scd: Path, specs: Sequence[PointSpec], process: Process) -> None:
        self.name = name
        self._process = process
        self._loop: asyncio.AbstractEventLoop | None = None
        self._model = IedModel.from_scl(scd, name)
        self._specs = {spec.name: spec for spec in specs}
        self._references = {spec.name: self._value_reference(spec, str(scd)) for spec in specs}
        self._mailbox = Mailbox()
        self._server: Server | None = None
        self._worker: threading.Thread | None = None

    async def open(self, host: str, port: int) -> int:
        self._loop = asyncio.get_running_loop()
        server = Server(self._model, host, port, vendor="Ringmain", model_name="sim_ied")
        try:
            server.start()
        except OSError as error:
            raise LinkError(f"MMS cannot listen on {host}:{port}: {error}; choose another address") from error
        self._server = server
        self._take_controls(server)
        self._mailbox.reopen()
        self._worker = threading.Thread(target=self._work, args=(self._mailbox,), name=f"ied-{self.name}", daemon=True)
        self._worker.start()
        return int(server.port)

    def prepare(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if change.point in self._specs:
                self._put(change)

    def update(self, changes: Sequence[Change]) -> None:
        for change in changes:
            spec = self._specs.get(change.point)
            if spec is not None:
                self._mailbox.put(change, spec.cdc.is_event)

    def freeze(self, frozen: bool) -> None:
        self._mailbox.freeze(frozen)

    async def close(self) -> None:
        self._mailbox.stop()
        server, self._server = self._server, None
        if server is not None:
            await asyncio.to_thread(server.stop)
        if self._worker is not None:
            await asyncio.to_thread(self._worker.join, _ANSWER_S)

    async def stop(self) -> None:
        await self.close()

    def _work(self, mailbox: Mailbox) -> None:
        """The worker thread: each event is a report entry of its own, measurands of one turn share one."""
        while (letters := mailbox.take()) is not None:
            for change in letters.events:
                with self._model.batch():
                    self._put(change)
            with self._model.batch():
                for change in letters.measurands:
                    self._put(change)
            for completion in letters.completions:
                self._finish(completion)
            if letters.freeze:
                with self._model.lock:  # every read, write and report of the server needs it
                    mailbox.wait_for_thaw()

    def _put(self, change: Change) -> None:
        item, constraint = self._references[change.point]
        base = self._specs[change.point].reference
        time = TimestampData(_EPOCH + timedelta(microseconds=change.time_ns // 1000), _ACCURACY_MS)
        self._model.set(f"{base}.t[{constraint}]", time)
        self._model.set(f"{base}.q[{constraint}]", _quality(change.quality))
        self._model.set(f"{base}.{item}[{constraint}]", _data(change.value))

    def _finish(self, completion: Completion) -> None:
        if self._server is not None and self._server.controls is not None:
            cause = None if completion.accepted else int(completion.add_cause)
            self._server.controls.finish(self._specs[completion.point].reference, cause)

    def _take_controls(self, server: Server) -> None:
        if server.controls is None:
            return
        for spec in self._specs.values():
            if spec.control_model is not ControlModel.STATUS_ONLY:
                server.controls.set_check(spec.reference, self._checker(spec))
                server.controls.set_handler(spec.reference, self._operator(spec))

    def _checker(self, spec: PointSpec) -> Callable[[Command], int | None]:
        def check(command: Command) -> int | None:
            value = _value(spec, command)
            return _cause(self._ask(lambda: self._process.check(spec.name, value, command.interlock_check)))

        return check

    def _operator(self, spec: PointSpec) -> Callable[[Command], int | None]:
        enhanced = spec.control_model in _ENHANCED

        def operate(command: Command) -> int | None:
            value = _value(spec, command)
            ended = self._mailbox.put_completion if enhanced else _ignore
            result = self._ask(lambda: self._process.command(spec.name, value, ended, command.interlock_check))
            return (IN_EXECUTION if enhanced else None) if result.accepted else _cause(result)

        return operate

    def _ask(self, question: Callable[[], T]) -> T:
        """From a server thread: let the loop answer. Raises TimeoutError when it does not (the server refuses then)."""
        answer: Future[T] = Future()
        if self._loop is None:
            raise LinkError(f"{self.name} is not served")
        self._loop.call_soon_threadsafe(lambda: answer.set_result(question()))
        return answer.result(_ANSWER_S)

    def _value_reference(self, spec: PointSpec, file: str) -> tuple[str, str]:
        for item, constraint in _ATTRIBUTES.get(spec.cdc, _STATUS):
            if self._model.node(f"{spec.reference}.{item}[{constraint}]") is not None:
                return item, constraint
        raise ConfigError(file, spec.line, f"{spec.reference} has no value attribute", "correct its type")


def _value(spec: PointSpec, command: Command) -> Value:
    on = isinstance(command.ctl_val, BoolData) and command.ctl_val.value
    return (Dbpos.ON if on else Dbpos.OFF) if spec.cdc is Cdc.DPC else on


def _cause(result: CommandResult) -> int | None:
    return None if result.accepted else int(result.add_cause)


def _ignore(completion: Completion) -> None:
    """Normal security: nobody waits for the end."""


def _data(value: Value) -> Value:
    return int(value) if isinstance(value, Dbpos) else value


def _quality(quality: int) -> BitStringData:
    """The 13 bits of Quality, first bit of the string first; validity is written with its high bit first."""
    bits = quality & int(VALUE_BITS)
    ordered = [bits >> 1 & 1, bits & 1, *(bits >> place & 1 for place in range(2, 13))]
    word = sum(bit << (15 - place) for place, bit in enumerate(ordered))
    return BitStringData(word.to_bytes(2, "big"), 3)
