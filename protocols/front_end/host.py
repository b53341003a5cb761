"""The front end process: connects to its unit server, gets its links and points, runs one driver per link."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import time
from collections.abc import Callable, Sequence
from functools import partial

from models.command import CommandResult, Outcome
from models.difference import Difference
from models.driver import Driver, DriverFactory, LinkConfig
from models.errors import RemoteProtocolError, RingmainError
from models.front_end import (
    HEARTBEAT_S,
    SILENCE_S,
    VERSION,
    Committed,
    Configure,
    Execute,
    Executed,
    Heartbeat,
    Hello,
    LinkState,
    Message,
    RecordTaken,
)
from models.front_end_codec import Framer, encode
from models.point import Handle, PointSpec
from protocols.front_end.keeper import Keeper
from protocols.front_end.pace import Pace
from protocols.front_end.uplink import Uplink

log = logging.getLogger(__name__)

WATCHDOG_S = 30
"""A process whose loop has hung for this long ends itself."""
COUNTER_BEATS = 5
"""Heartbeats from one look at a link's counters to the next; the links take turns."""
END_S = 5
"""Time that drivers have to end when the server is gone."""


class Host:
    """Lives as long as its connection to the server: when the server goes, it goes.

    watchdog: told again and again within how many seconds the process must be ended unless it is told anew. settled:
    called once every driver has been made; what exists then lives as long as the process.
    """

    def __init__(
        self,
        protocol: str,
        factory: DriverFactory,
        watchdog: Callable[[int], object] = lambda seconds: None,
        settled: Callable[[], object] = lambda: None,
    ) -> None:
        self._settled = settled
        self._protocol, self._factory, self._watchdog = protocol, factory, watchdog
        self._drivers: dict[Handle, Driver] = {}
        self._framer = Framer()
        self._waiting: list[Message] = []
        self._heard_s = time.monotonic()

    async def run(self, socket_path: str) -> None:
        """Connect, be configured, serve until the server closes or falls silent. RemoteProtocolError: it is none."""
        reader, writer = await asyncio.open_unix_connection(socket_path)
        writer.write(encode(Hello(VERSION, self._protocol, os.getpid())))
        try:
            configure = await self._configuration(reader)
            await self._serve(reader, Uplink(writer, configure.credit), configure)
        except (EOFError, ConnectionError):
            log.info("the unit server has ended the connection: this front end ends too")
        finally:
            writer.transport.abort()

    async def _configuration(self, reader: asyncio.StreamReader) -> Configure:
        while not self._waiting:
            await self._read(reader)
        configure = self._waiting.pop(0)
        if not isinstance(configure, Configure):
            raise RemoteProtocolError(f"the server's first message is {type(configure).__name__}, not Configure")
        return configure

    async def _serve(self, reader: asyncio.StreamReader, uplink: Uplink, configure: Configure) -> None:
        ended: Exception
        async with asyncio.TaskGroup() as group:
            keepers = self._keepers(configure, uplink)
            self._settled()
            tasks = {group.create_task(keeper.run()) for keeper in keepers}
            tasks.add(group.create_task(self._heartbeat(uplink, keepers)))
            try:
                await self._take_all(reader, uplink, group, tasks)
            except (EOFError, ConnectionError, RemoteProtocolError) as error:
                ended = error
            self._watchdog(END_S)
            uplink.abort()
            for task in tasks:
                task.cancel()
        raise ended

    async def _take_all(
        self, reader: asyncio.StreamReader, uplink: Uplink, group: asyncio.TaskGroup, tasks: set[asyncio.Task[None]]
    ) -> None:
        while True:
            for message in self._waiting:
                if isinstance(message, Committed):
                    uplink.committed(message)
                elif isinstance(message, RecordTaken):
                    uplink.records.taken(message)
                elif isinstance(message, Execute):
                    task = group.create_task(self._execute(message, uplink))
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)
                elif not isinstance(message, Heartbeat):
                    raise RemoteProtocolError(f"{type(message).__name__} is not for a front end")
            self._waiting.clear()
            await self._read(reader)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        data = await reader.read(1 << 16)
        if not data:
            raise EOFError
        self._heard_s = time.monotonic()
        self._waiting += self._framer.receive(data)

    def _keepers(self, configure: Configure, uplink: Uplink) -> list[Keeper]:
        keepers, pace = [], Pace()
        points: dict[str, list[tuple[Handle, PointSpec]]] = {link.name: [] for link in configure.links}
        for handle, spec in configure.points:
            points.setdefault(spec.link, []).append((handle, spec))
        for link in configure.links:
            driver = self._driver(link, points[link.name])
            if isinstance(driver, str):  # this link stays down until its cause is mended; the others work
                uplink.send(LinkState(link.name, False, driver))
                continue
            self._drivers.update((handle, driver) for handle, _ in points[link.name])
            keepers.append(Keeper(link.name, driver, _Sink(uplink, link.name), uplink.send, pace))
        return keepers

    def _driver(self, link: LinkConfig, points: Sequence[tuple[Handle, PointSpec]]) -> Driver | str:
        """The driver of a link, or why there is none."""
        try:
            return self._factory(link, points, time.time_ns)
        except RingmainError as error:
            return str(error)
        except Exception as error:  # supervisor: the other links of this process go on
            log.exception("%s: defect in the driver", link.name)
            return f"defect in the driver: {type(error).__name__}: {error}"

    async def _execute(self, message: Execute, uplink: Uplink) -> None:
        command = message.command
        driver = self._drivers.get(command.handle)
        if driver is None:
            result = CommandResult(Outcome.REFUSED, reason=f"this front end has no point with handle {command.handle}")
        else:
            try:
                result = await driver.execute(command)
            except Exception as error:  # supervisor: whether the command has left, nobody knows
                log.exception("defect in the driver while it carried out %s", command)
                result = CommandResult(Outcome.UNKNOWN, reason=f"defect in the driver: {type(error).__name__}: {error}")
        uplink.send(Executed(command.number, command.action, result))

    async def _heartbeat(self, uplink: Uplink, keepers: list[Keeper]) -> None:
        for beat in itertools.count():
            if time.monotonic() - self._heard_s >= SILENCE_S:
                break
            self._watchdog(WATCHDOG_S)
            uplink.send(Heartbeat())
            for keeper in keepers:
                keeper.tell_resume_points()
            for keeper in keepers[beat % COUNTER_BEATS :: COUNTER_BEATS]:
                keeper.tell_counters()
            await asyncio.sleep(HEARTBEAT_S)
        log.warning("the unit server has been silent for %g s: it is taken for dead", SILENCE_S)
        uplink.abort()  # which ends run()


class _Sink:
    """What a keeper's link sees of the uplink."""

    def __init__(self, uplink: Uplink, link: str) -> None:
        self.record = partial(uplink.records.record, link)
        self.events = uplink.events
        self.measurands = uplink.measurands

    def connected(self) -> None:
        """The keeper reports it."""

    def notice(self, text: str) -> None:
        """The keeper sends it, with the name of its link."""

    def differences(self, found: tuple[Difference, ...]) -> None:
        """The same."""
