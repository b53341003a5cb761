"""The server's side of one connection to a front end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from models.command import Action, Command, CommandResult, Outcome
from models.errors import RemoteProtocolError
from models.front_end import (
    HEARTBEAT_S,
    SILENCE_S,
    Committed,
    Events,
    Execute,
    Executed,
    Framer,
    Heartbeat,
    LinkState,
    Measurands,
    Message,
    ResumePoints,
    encode,
)
from substation.field.listener import FieldListener


class Connection:
    """Reads messages in order; every event batch is committed by its own task so that group commit can gather them."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener: FieldListener) -> None:
        self._reader, self._writer, self._listener = reader, writer, listener
        self._framer = Framer()
        self._waiting: list[Message] = []
        self._commits: set[asyncio.Task[None]] = set()
        self._executing: dict[tuple[int, Action], asyncio.Future[CommandResult]] = {}

    def send(self, message: Message) -> None:
        self._writer.write(encode(message))

    async def hello(self) -> Message | None:
        """The first message; None when the child closed before it said anything."""
        while not self._waiting:
            data = await self._reader.read(1 << 16)
            if not data:
                return None
            self._waiting += self._framer.receive(data)
        return self._waiting.pop(0)

    async def run(self) -> str:
        """Until the connection ends; returns the reason in words."""
        heartbeat = asyncio.ensure_future(self._heartbeat())
        try:
            return await self._read_all()
        finally:
            heartbeat.cancel()
            for task in self._commits:
                task.cancel()
            self._break_commands()
            self._writer.close()

    async def _read_all(self) -> str:
        while True:
            for message in self._waiting:
                self._handle(message)
            self._waiting.clear()
            try:
                data = await asyncio.wait_for(self._reader.read(1 << 18), SILENCE_S)
                self._waiting += self._framer.receive(data)
            except TimeoutError:
                return f"silent for {SILENCE_S:g} s"
            except (ConnectionError, RemoteProtocolError) as error:
                return str(error)
            if not data:
                return "it closed the connection"

    def _handle(self, message: Message) -> None:
        match message:
            case Events():
                committed = self._listener.events(message.batch)
                task = asyncio.ensure_future(self._commit(message.number, committed))
                self._commits.add(task)
                task.add_done_callback(self._commits.discard)
            case Measurands():
                self._listener.measurands(message.batch)
            case LinkState():
                self._listener.link(message.link, message.up, message.reason)
            case ResumePoints():
                self._listener.resume_points(message.link, message.settings)
            case Executed():
                future = self._executing.pop((message.number, message.action), None)
                if future is not None and not future.done():
                    future.set_result(message.result)
            case Heartbeat():
                pass
            case _:
                raise RemoteProtocolError(f"{type(message).__name__} is not for the unit server")

    async def _commit(self, number: int, committed: Awaitable[None]) -> None:
        await committed
        self.send(Committed(number))

    async def execute(self, command: Command) -> CommandResult:
        """One service; UNKNOWN when the connection ends before the answer."""
        future: asyncio.Future[CommandResult] = asyncio.get_running_loop().create_future()
        self._executing[command.number, command.action] = future
        self.send(Execute(command))
        return await future

    def _break_commands(self) -> None:
        for future in self._executing.values():
            if not future.done():
                future.set_result(CommandResult(Outcome.UNKNOWN, reason="the front end went away before it answered"))
        self._executing.clear()

    async def _heartbeat(self) -> None:
        while True:
            self.send(Heartbeat())
            await asyncio.sleep(HEARTBEAT_S)
