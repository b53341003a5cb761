"""The front end process: connects to its unit server, gets its links and points, runs one driver per link."""

from __future__ import annotations

import asyncio
import os
import time

from models.command import CommandResult, Outcome
from models.driver import Driver, DriverFactory
from models.errors import RemoteProtocolError, RingmainError
from models.front_end import (
    HEARTBEAT_S,
    SILENCE_S,
    VERSION,
    Committed,
    Configure,
    Execute,
    Executed,
    Framer,
    Heartbeat,
    Hello,
    LinkState,
    Message,
    encode,
)
from models.point import Handle
from protocols.front_end.keeper import Keeper
from protocols.front_end.uplink import Uplink


class Host:
    """Lives as long as its connection to the server: when the server goes, it goes."""

    def __init__(self, protocol: str, factory: DriverFactory) -> None:
        self._protocol, self._factory = protocol, factory
        self._drivers: dict[Handle, Driver] = {}
        self._heard_s = time.monotonic()

    async def run(self, socket_path: str) -> None:
        """Connect, be configured, serve until the server closes or falls silent."""
        reader, writer = await asyncio.open_unix_connection(socket_path)
        writer.write(encode(Hello(VERSION, self._protocol, os.getpid())))
        framer, waiting = Framer(), list[Message]()
        while not waiting:
            waiting += framer.receive(await self._read(reader))
        configure = waiting.pop(0)
        if not isinstance(configure, Configure):
            raise RemoteProtocolError(f"the server's first message is {type(configure).__name__}, not Configure")
        uplink = Uplink(writer, configure.credit)
        keepers = self._keepers(configure, uplink)
        tasks = [asyncio.ensure_future(keeper.run()) for keeper in keepers]
        tasks.append(asyncio.ensure_future(self._heartbeat(uplink, keepers)))
        commands: set[asyncio.Task[None]] = set()
        try:
            while True:
                for message in waiting:
                    self._handle(message, uplink, commands)
                waiting = list(framer.receive(await self._read(reader)))
        except (EOFError, ConnectionError):
            return
        finally:
            for task in (*tasks, *commands):
                task.cancel()
            await asyncio.gather(*tasks, *commands, return_exceptions=True)
            uplink.close()

    async def _read(self, reader: asyncio.StreamReader) -> bytes:
        data = await reader.read(1 << 16)
        if not data:
            raise EOFError
        self._heard_s = time.monotonic()
        return data

    def _keepers(self, configure: Configure, uplink: Uplink) -> list[Keeper]:
        keepers = []
        for link in configure.links:
            points = [(handle, spec) for handle, spec in configure.points if spec.link == link.name]
            try:
                driver = self._factory(link, points, time.time_ns)
            except RingmainError as error:  # this link stays down until its configuration is mended; the others work
                uplink.send(LinkState(link.name, False, str(error)))
                continue
            self._drivers.update((handle, driver) for handle, _ in points)
            keepers.append(Keeper(link.name, driver, _Sink(uplink), uplink.send))
        return keepers

    def _handle(self, message: Message, uplink: Uplink, commands: set[asyncio.Task[None]]) -> None:
        if isinstance(message, Committed):
            uplink.committed(message)
        elif isinstance(message, Execute):
            task = asyncio.ensure_future(self._execute(message, uplink))
            commands.add(task)
            task.add_done_callback(commands.discard)
        elif not isinstance(message, Heartbeat):
            raise RemoteProtocolError(f"{type(message).__name__} is not for a front end")

    async def _execute(self, message: Execute, uplink: Uplink) -> None:
        command = message.command
        driver = self._drivers.get(command.handle)
        if driver is None:
            result = CommandResult(Outcome.REFUSED, reason=f"this front end has no point with handle {command.handle}")
        else:
            result = await driver.execute(command)
        uplink.send(Executed(command.number, command.action, result))

    async def _heartbeat(self, uplink: Uplink, keepers: list[Keeper]) -> None:
        while time.monotonic() - self._heard_s < SILENCE_S:
            uplink.send(Heartbeat())
            for keeper in keepers:
                keeper.tell_resume_points()
            await asyncio.sleep(HEARTBEAT_S)
        uplink.close()  # a silent server is a dead one; closing ends run()


class _Sink:
    """What a keeper's link sees of the uplink."""

    def __init__(self, uplink: Uplink) -> None:
        self.events = uplink.events
        self.measurands = uplink.measurands

    def connected(self) -> None:
        """The keeper reports it."""
