"""The server's side of one connection to a front end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Collection

from models.command import Action, Command, CommandResult, Outcome
from models.errors import LocalProtocolError, RemoteProtocolError, StorageError
from models.front_end import (
    HEARTBEAT_S,
    SILENCE_S,
    Committed,
    Events,
    Execute,
    Executed,
    Heartbeat,
    LinkCounters,
    LinkDifferences,
    LinkNotice,
    LinkState,
    Measurands,
    Message,
    RecordPart,
    RecordTaken,
    ResumePoints,
)
from models.front_end_codec import Framer, encode
from models.point import SampleBatch
from models.record import Record
from substation.field.listener import FieldListener
from substation.field.record_assembly import RecordAssembly

log = logging.getLogger(__name__)

CLOSED = "it closed the connection"


class Connection:
    """Reads messages in order; every event batch is committed by its own task so that group commit can gather them.

    handles, links: what the front end was given; whoever speaks of others is broken.
    """

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener: FieldListener,
        handles: Collection[int], links: Collection[str],
    ) -> None:  # fmt: skip
        self._reader, self._writer, self._listener = reader, writer, listener
        self._handles, self._links = frozenset(handles), frozenset(links)
        self._framer = Framer()
        self._waiting: list[Message] = []
        self._records = RecordAssembly()
        self._commits: set[asyncio.Task[None]] = set()
        self._executing: dict[tuple[int, Action], asyncio.Future[CommandResult]] = {}
        self._defect = ""

    def send(self, message: Message) -> None:
        self._writer.write(encode(message))

    async def hello(self) -> Message | None:
        """The first message; None when the child closed before it said anything. RemoteProtocolError for garbage."""
        while not self._waiting:
            try:
                data = await self._reader.read(1 << 16)
            except ConnectionError:
                return None
            if not data:
                return None
            self._waiting += self._framer.receive(data)
        return self._waiting.pop(0)

    async def run(self) -> str:
        """Until the connection ends; returns the reason in words. Nothing is delivered after that."""
        heartbeat = asyncio.create_task(self._heartbeat())
        try:
            reason = await self._read_all()
        finally:
            for task in (heartbeat, *self._commits):
                task.cancel()
            self._break_commands()
            self.close()
        await asyncio.gather(heartbeat, return_exceptions=True)
        return self._defect or reason

    def close(self) -> None:
        """Also of one that never ran."""
        self._writer.close()

    async def _read_all(self) -> str:
        while True:
            try:
                for message in self._waiting:
                    self._handle(message)
                self._waiting.clear()
                async with asyncio.timeout(SILENCE_S):  # unlike wait_for it costs no task, and no turn of the loop
                    data = await self._reader.read(1 << 18)
                self._waiting += self._framer.receive(data)
            except TimeoutError:
                return f"silent for {SILENCE_S:g} s"
            except ConnectionError:
                return CLOSED
            except RemoteProtocolError as error:
                return str(error)
            except Exception as error:  # supervisor: what this front end said could not be taken; others go on
                log.exception("a message of a front end could not be taken")
                return f"its message could not be taken: {type(error).__name__}: {error}"
            if not data:
                return CLOSED

    def _handle(self, message: Message) -> None:
        match message:
            case Events():
                self._check(message.batch)
                committed = self._listener.events(message.batch)
                task = asyncio.create_task(self._commit(message.number, committed))
                self._commits.add(task)
                task.add_done_callback(self._commits.discard)
            case Measurands():
                self._check(message.batch)
                self._listener.measurands(message.batch)
            case LinkState():
                self._check_link(message.link)
                self._listener.link(message.link, message.up, message.reason)
            case LinkNotice():
                self._check_link(message.link)
                self._listener.notice(message.link, message.text)
            case LinkDifferences():
                self._check_link(message.link)
                self._listener.differences(message.link, message.found)
            case LinkCounters():
                self._check_link(message.link)
                self._listener.counters(message.link, message.counters)
            case RecordPart():
                self._check_link(message.link)
                self._take_part(message)
            case ResumePoints():
                self._check_link(message.link)
                self._listener.resume_points(message.link, message.settings)
            case Executed():
                future = self._executing.pop((message.number, message.action), None)
                if future is not None and not future.done():
                    future.set_result(message.result)
            case Heartbeat():
                pass
            case _:
                raise RemoteProtocolError(f"{type(message).__name__} is not for the unit server")

    def _take_part(self, part: RecordPart) -> None:
        record = self._records.take(part)
        if record is None:
            self.send(RecordTaken(part.number, ""))
            return
        task = asyncio.create_task(self._store(part, record))
        self._commits.add(task)
        task.add_done_callback(self._commits.discard)

    async def _store(self, part: RecordPart, record: Record) -> None:
        try:
            await self._listener.record(part.link, record)
        except StorageError as error:
            self.send(RecordTaken(part.number, str(error)))
        except Exception as error:  # supervisor: a record that cannot be taken must not end the events
            log.exception("a disturbance record could not be taken")
            self.send(RecordTaken(part.number, f"it could not be taken: {type(error).__name__}: {error}"))
        else:
            self.send(RecordTaken(part.number, ""))

    def _check(self, batch: SampleBatch) -> None:
        if not self._handles.issuperset(batch.handles):
            strange = next(handle for handle in batch.handles if handle not in self._handles)
            raise RemoteProtocolError(f"it speaks of handle {strange}, which it was not given")

    def _check_link(self, link: str) -> None:
        if link not in self._links:
            raise RemoteProtocolError(f"it speaks of link {link!r:.50}, which it was not given")

    async def _commit(self, number: int, committed: Awaitable[None]) -> None:
        try:
            await committed
        except Exception as error:  # never acknowledged, so the field must send it again: on a new connection
            log.exception("events of a front end could not be taken")
            self._defect = f"its events could not be taken: {type(error).__name__}: {error}"
            self._writer.transport.abort()
        else:
            self.send(Committed(number))

    async def execute(self, command: Command) -> CommandResult:
        """One service; UNKNOWN when the connection ends before the answer."""
        key = command.number, command.action
        if key in self._executing:
            return CommandResult(Outcome.REFUSED, reason=f"command {command.number} is under way already")
        future: asyncio.Future[CommandResult] = asyncio.get_running_loop().create_future()
        try:
            self.send(Execute(command))
        except LocalProtocolError as error:
            return CommandResult(Outcome.REFUSED, reason=str(error))
        self._executing[key] = future
        try:
            return await future
        finally:
            self._executing.pop(key, None)

    def _break_commands(self) -> None:
        for future in self._executing.values():
            if not future.done():
                future.set_result(CommandResult(Outcome.UNKNOWN, reason="the front end went away before it answered"))

    async def _heartbeat(self) -> None:
        while True:
            self.send(Heartbeat())
            await asyncio.sleep(HEARTBEAT_S)
