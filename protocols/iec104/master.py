"""The driver of one IEC 104 link in the controlling role (models.driver.Driver) on asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from models.command import AddCause, Command, CommandResult
from models.driver import Clock, Driver, LinkConfig, Sink
from models.errors import LinkError
from models.point import Handle, PointSpec, SampleBatch
from protocols.iec104.commander import refused
from protocols.iec104.connection import Connection
from protocols.iec104.mapping import stations_of, targets_of
from protocols.iec104.settings import read_settings
from protocols.iec104.station import ControllingStation

_MOST_WAITING = 512
"""Frames that wait for history before nothing more is read; a peer that keeps to its k never comes near."""

_MOST_EVENTS = 5000
"""Events in one batch for history."""

_SLOW_HISTORY = "history is slow"


def create(link: LinkConfig, points: Sequence[tuple[Handle, PointSpec]], clock: Clock) -> Driver:
    """DriverFactory. ConfigError for settings that IEC 104 does not have."""
    return Master(link, points, clock)


class Master:
    """One link to one device. `run` connects once; whoever calls it tries again."""

    def __init__(self, link: LinkConfig, points: Sequence[tuple[Handle, PointSpec]], clock: Clock) -> None:
        self._link, self._clock = link, clock
        self._settings = read_settings(link)
        self._targets, self._stations = targets_of(points), stations_of(points)
        self._specs = dict(points)
        self._connection: Connection | None = None
        self._station: ControllingStation | None = None
        self._changed = asyncio.Event()

    async def run(self, sink: Sink) -> None:
        """Deliver until cancelled. LinkError when the device cannot be reached, breaks the protocol or goes away."""
        self._changed.clear()
        connection = await self._connect(sink)
        try:
            while not connection.reason or (self._station is not None and self._station.deliveries):
                await self._changed.wait()
                self._changed.clear()
                await self._deliver(connection, sink)
        finally:
            connection.close("stopped by us")
            self._connection = self._station = None
        raise LinkError(f"{self._link.name} ({self._link.host}:{self._link.port}): {connection.reason}")

    def resume_points(self) -> dict[str, str]:
        """None: what has not been acknowledged the station sends again."""
        return {}

    async def execute(self, command: Command) -> CommandResult:
        """Send exactly this service and wait for its confirmation."""
        spec = self._specs.get(command.handle)
        if spec is None:
            return refused(AddCause.NOT_SUPPORTED, f"link {self._link.name} has no point {command.handle}")
        if self._station is None or self._connection is None:
            return refused(AddCause.ABORTION_BY_COMMUNICATION_LOSS, "link is down")
        loop = asyncio.get_running_loop()
        result: asyncio.Future[CommandResult] = loop.create_future()

        def resolve(outcome: CommandResult) -> None:
            if not result.done():  # the caller may have been cancelled
                result.set_result(outcome)

        self._station.command(command, spec, resolve, loop.time())
        self._connection.wake()
        return await result

    async def _connect(self, sink: Sink) -> Connection:
        loop = asyncio.get_running_loop()
        where, t0_s = f"{self._link.name} ({self._link.host}:{self._link.port})", self._settings.parameters.t0_s

        def make() -> Connection:
            return Connection(
                lambda connection, peer, now_s: self._open_station(connection, peer, now_s, sink),
                lambda connection: self._changed.set(),
            )

        try:
            async with asyncio.timeout(t0_s):
                _, connection = await loop.create_connection(make, self._link.host, self._link.port)
        except TimeoutError as error:
            raise LinkError(f"{where}: no connection within t0 = {t0_s} s; is the device up?") from error
        except OSError as error:
            raise LinkError(f"{where}: {error.strerror or error}; is the device up?") from error
        return connection

    def _open_station(self, connection: Connection, peer: str, now_s: float, sink: Sink) -> ControllingStation:
        station = ControllingStation(
            f"{self._link.name} {peer}",
            self._targets,
            self._stations,
            self._settings,
            self._clock,
            self._notice_delivery,
            sink.measurands,
            now_s,
        )
        self._connection, self._station = connection, station
        return station

    def _notice_delivery(self) -> None:
        self._changed.set()
        station, connection = self._station, self._connection
        if station is not None and connection is not None and len(station.deliveries) > _MOST_WAITING:
            connection.hold(_SLOW_HISTORY)

    async def _deliver(self, connection: Connection, sink: Sink) -> None:
        """Hand on what waits; acknowledge to the device what history has committed."""
        station = self._station
        while station is not None and station.deliveries:
            events, number, complete = _next_batch(station)
            if events:
                await sink.events(events)
            station.acknowledge(number, asyncio.get_running_loop().time())
            connection.release(_SLOW_HISTORY)
            connection.wake()
            if complete:
                sink.connected()


def _next_batch(station: ControllingStation) -> tuple[SampleBatch, int, bool]:
    """As many deliveries as make one batch: events, last frame, whether the picture is complete after them."""
    events, number, complete = SampleBatch(), 0, False
    while station.deliveries and len(events) < _MOST_EVENTS:
        delivery = station.deliveries.popleft()
        events.extend(delivery.events)
        number, complete = delivery.number, complete or delivery.complete
    return events, number, complete
