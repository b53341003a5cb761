"""The driver of one IEC 104 link in the controlling role (models.driver.Driver) on asyncio."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.command import CONTROL_SERVICES, AddCause, Command, CommandResult
from models.driver import Clock, Driver, LinkConfig, Sink
from models.errors import LinkError
from models.notices import Notices
from models.point import Handle, PointSpec, SampleBatch
from protocols.iec104.connection import Connection
from protocols.iec104.controlling_station.commander import refused
from protocols.iec104.controlling_station.settings import read_settings
from protocols.iec104.controlling_station.station import ControllingStation
from protocols.iec104.controlling_station.targets import stations_of, targets_of
from protocols.iec104.fetching import Fetching
from protocols.iec104.link.closing import Closing
from protocols.iec104.resolver import addresses_of
from protocols.iec104.tally import Tally
from protocols.tls.modes import has_tls

if TYPE_CHECKING:
    from protocols.tls.link import SecureDialler

_MOST_WAITING = 512
"""Frames that wait for history before nothing more is read; a peer that keeps to its k never comes near."""

_MOST_EVENTS = 5000
"""Events in one batch for history."""

_MOST_COMMITS = 32
"""Batches under way to history; an event does not wait until those before it are stored."""

_LAST_S = 1.0
"""How long the end of a connection waits for the storage of what came before it: a full disk must not make a dead link
look alive. What is not stored by then was not acknowledged, so the device sends it again."""

_RENEW_AGAIN_S = 1.0
"""Keys are not renewed while a command is under way; then it is tried again so much later."""

_SLOW_HISTORY = "history is slow"


def create(link: LinkConfig, points: Sequence[tuple[Handle, PointSpec]], clock: Clock) -> Driver:
    """DriverFactory. ConfigError for settings that IEC 104 does not have."""
    return Master(link, points, clock)


@dataclass(frozen=True, slots=True)
class _Commit:
    """A batch on its way to history. stored: None when it had no events; number: its last frame."""

    stored: asyncio.Task[None] | None
    number: int
    complete: bool

    def is_due(self) -> bool:
        return self.stored is None or self.stored.done()


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
        self._tally, self._counts = Tally(), Counter[str]()
        self._notices = Notices(lambda text: None)
        self._fetching = Fetching(link)
        self._secure = _secure_dialler(link, clock) if has_tls(link) else None
        if self._secure is not None:
            self._tally.beside = self._secure.counters

    async def run(self, sink: Sink) -> None:
        """Deliver until cancelled. LinkError when the device cannot be reached, breaks the protocol or goes away."""
        while (connection := await self._run_once(sink)).closing is Closing.RENEWED:
            pass  # another connection takes its place at once; the picture stays
        raise LinkError(f"{self._link.name} ({self._link.host}:{self._link.port}): {connection.reason}")

    async def _run_once(self, sink: Sink) -> Connection:
        """One connection, until it has ended."""
        self._changed.clear()
        self._notices.tell = sink.notice
        connection = await self._connect(sink)
        commits: deque[_Commit] = deque()
        try:
            while not connection.reason:
                await self._pass_on(connection, sink, commits)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LAST_S):
                    while commits or (self._station is not None and self._station.deliveries):
                        await self._pass_on(connection, sink, commits)
        except LinkError as error:
            connection.close(str(error), Closing.NOT_STORED)
            raise
        finally:
            connection.close("stopped by us")
            self._connection = self._station = None
            self._notices.total()
            await _abandon(commits)
            await self._fetching.end()
        return connection

    async def _pass_on(self, connection: Connection, sink: Sink, commits: deque[_Commit]) -> None:
        await self._changed.wait()
        self._changed.clear()
        self._acknowledge(connection, sink, commits)
        self._deliver(sink, commits)

    def resume_points(self) -> dict[str, str]:
        """Files that were fetched. Events need none: what has not been acknowledged the station sends again."""
        return self._fetching.resume_points()

    def counters(self) -> dict[str, int]:
        """Of all connections since the driver was made: frames, events, oddities, and why connections ended."""
        station = self._connection.station if self._connection is not None else None
        return self._tally.counters([self._counts] if station is None else [self._counts, station.counters()])

    async def execute(self, command: Command) -> CommandResult:
        """Send exactly this service and wait for its confirmation."""
        spec = self._specs.get(command.handle)
        if spec is None:
            return refused(AddCause.NOT_SUPPORTED, f"link {self._link.name} has no point {command.handle}")
        if command.action not in CONTROL_SERVICES:
            return refused(
                AddCause.NOT_SUPPORTED, "IEC 60870-5-104 has no service that substitutes a value in a device"
            )
        if self._station is None or self._connection is None or self._connection.station is None:
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
        t0_s = self._settings.parameters.t0_s
        try:
            async with asyncio.timeout(t0_s):
                return await self._connect_to_any(sink)
        except TimeoutError as error:
            raise self._not_reached(f"no connection within t0 = {t0_s} s") from error
        except OSError as error:
            raise self._not_reached(error.strerror or str(error)) from error
        except LinkError as error:  # hands were not shaken
            raise self._not_reached(str(error), "") from error

    async def _connect_to_any(self, sink: Sink) -> Connection:
        """The first of the host's addresses that answers. OSError: of the last that did not."""

        def make() -> Connection:
            return Connection(
                lambda connection, peer, now_s: self._open_station(connection, peer, now_s, sink), self._ended
            )

        *others, last = await addresses_of(self._link.host, self._link.port)
        for address in others:
            with contextlib.suppress(OSError):
                return await self._dial(make, *address, sink)
        return await self._dial(make, *last, sink)

    async def _dial(self, make: Callable[[], Connection], host: str, port: int, sink: Sink) -> Connection:
        if self._secure is not None:
            return await self._secure.connect(make, host, port, sink.notice, self._renew)
        _, connection = await asyncio.get_running_loop().create_connection(make, host, port)
        return connection

    def _renew(self) -> None:
        """The keys of this connection have served long enough: STOPDT, then another connection; no command is lost."""
        station, connection, loop = self._station, self._connection, asyncio.get_running_loop()
        if station is None or connection is None:
            return
        if station.is_commanding:
            loop.call_later(_RENEW_AGAIN_S, self._renew)
            return
        station.stop(Closing.RENEWED, loop.time())
        connection.wake()

    def _not_reached(self, reason: str, question: str = "; is the device up?") -> LinkError:
        text = f"{self._link.name} ({self._link.host}:{self._link.port}): {reason}{question}"
        self._tally.ended(Closing.NOT_REACHED, text)
        return LinkError(text)

    def _ended(self, connection: Connection) -> None:
        self._tally.counted(connection.counters)
        if connection.closing is not None:
            self._tally.ended(connection.closing, connection.reason)
        self._changed.set()

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
            self._notices,
            self._counts,
        )
        self._tally.opened()
        self._connection, self._station = connection, station
        self._fetching.begin(station, connection, sink)
        return station

    def _notice_delivery(self) -> None:
        self._changed.set()
        station, connection = self._station, self._connection
        if station is not None and connection is not None and len(station.deliveries) > _MOST_WAITING:
            connection.hold(_SLOW_HISTORY)

    def _deliver(self, sink: Sink, commits: deque[_Commit]) -> None:
        """Hand on what waits, in order, without waiting for what was handed on before."""
        station = self._station
        while station is not None and station.deliveries and len(commits) < _MOST_COMMITS:
            events, number, complete = _next_batch(station)
            stored = None
            if events:
                stored = asyncio.ensure_future(sink.events(events))
                stored.add_done_callback(lambda _: self._changed.set())
            else:
                self._changed.set()
            commits.append(_Commit(stored, number, complete))

    def _acknowledge(self, connection: Connection, sink: Sink, commits: deque[_Commit]) -> None:
        """Acknowledge to the device what history has committed, in order. LinkError when it will not be committed."""
        station = self._station
        while station is not None and commits and commits[0].is_due():
            commit = commits.popleft()
            if commit.stored is not None:
                commit.stored.result()
            station.acknowledge(commit.number, asyncio.get_running_loop().time())
            connection.release(_SLOW_HISTORY)
            connection.wake()
            if commit.complete:
                sink.connected()


def _secure_dialler(link: LinkConfig, clock: Clock) -> SecureDialler:
    """Loads cryptography, which plain links do without."""
    from protocols.tls.link import SecureDialler

    return SecureDialler(link, clock)


async def _abandon(commits: deque[_Commit]) -> None:
    """What is not stored is not acknowledged: the device sends it again."""
    waiting = [commit.stored for commit in commits if commit.stored is not None]
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


def _next_batch(station: ControllingStation) -> tuple[SampleBatch, int, bool]:
    """As many deliveries as make one batch: events, last frame, whether the picture is complete after them."""
    events, number, complete = SampleBatch(), 0, False
    while station.deliveries and len(events) < _MOST_EVENTS:
        delivery = station.deliveries.popleft()
        events.extend(delivery.events)
        number, complete = delivery.number, complete or delivery.complete
    return events, number, complete
