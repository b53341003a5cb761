"""Listening sockets of outstations: many in one process are cheap, since a connection costs no task."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from models.command import Action, AddCause, CommandResult, Outcome
from models.errors import LinkError
from protocols.iec104.connection import Connection, Station
from protocols.iec104.controlled_station.commands.control import SERVICES, CommandRequest
from protocols.iec104.controlled_station.controlled_link import ControlledLink
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.controlled_station.refusals import Refusals
from protocols.iec104.controlled_station.settings import MAIN
from protocols.iec104.link.closing import Closing
from protocols.iec104.listener import Listener
from protocols.iec104.tally import Tally

logger = logging.getLogger(__name__)

Confirm = Callable[[CommandResult], None]
CommandHandler = Callable[[CommandRequest, Confirm], Awaitable[None]]
"""Carries out one request: calls `confirm` with the device's answer, returns when the operation has ended.

A second call of `confirm` tells how a confirmed operation has ended; without it, it ended well. A handler that returns
or fails without having confirmed refuses the command; one that fails later terminates it negatively.
"""

Door = Callable[[Connection], asyncio.BaseProtocol]
"""Who stands between TCP and a connection: nobody, or TLS (protocols.tls.endpoint.Endpoint.accept)."""

_NO_ANSWER = CommandResult(Outcome.REFUSED, AddCause.UNKNOWN, "nobody answered for the device")


MOST_CONNECTIONS = 16
MOST_PER_HOST = 8
"""One address cannot take every connection that is allowed; one that has none finds room beyond them, up to as many."""


_ORDINARY = (Closing.BY_PEER, Closing.BY_US, Closing.REPLACED, Closing.TOO_MANY, Closing.NOT_ALLOWED)
"""What needs no line in the event list here (Refusals has its own); everything is counted."""


class Server:
    """The connections of one group of control centres (None: passing observers), at one address or several."""

    def __init__(
        self,
        outstation: Outstation,
        group: str | None,
        most_connections: int,
        most_per_host: int = MOST_PER_HOST,
        door: Door = lambda connection: connection,
    ) -> None:
        self._outstation, self._group, self._door = outstation, group, door
        self._most, self._most_per_host = most_connections, most_per_host
        self._connections: set[Connection] = set()
        self._listeners: list[Listener] = []
        self._frozen = False
        self._refusals = Refusals(lambda text: outstation.on_notice(text), outstation.clock)
        self.peers = outstation.settings(group).peers
        self.tally = Tally()

    @property
    def port(self) -> int:
        """The port of the first address, also where 0 was asked for."""
        if not self._listeners:
            raise LinkError("the IEC 104 server is closed; serve it again")
        return self._listeners[0].port

    @property
    def ports(self) -> list[int]:
        """Of every address, in the order in which they were opened."""
        return [listener.port for listener in self._listeners]

    @property
    def connections(self) -> int:
        return len(self._connections)

    async def listen(self, host: str, port: int) -> None:
        """At this address too. LinkError when it cannot be used."""
        listener = Listener([self])
        await listener.listen(host, port)
        self._listeners.append(listener)

    def share(self, listener: Listener) -> None:
        """Somebody else listens for us among others; closed with the first of them."""
        self._listeners.append(listener)

    def make(
        self, opened: Callable[[Connection, str, float], Station], ended: Callable[[Connection], None]
    ) -> asyncio.BaseProtocol:
        connection = Connection(opened, ended)
        if self._frozen:
            connection.freeze(True)
        return self._door(connection)

    def open(self, connection: Connection, peer: str, now_s: float, refusal: str = "") -> Station:
        link = ControlledLink(self._outstation, peer, self._group, connection.wake, now_s)
        self.tally.opened()
        if refusal:
            link.failure, link.closing = refusal, Closing.NOT_ALLOWED
        elif too_many := self._too_many(connection.host):
            link.failure, link.closing = f"{peer}: {too_many} connections are open already", Closing.TOO_MANY
        if link.failure:
            self._refusals.refused(self._group or "observer", connection.host, link.failure)
        self._connections.add(connection)
        return link

    def _too_many(self, host: str) -> str:
        of_host = sum(other.host == host for other in self._connections)
        if of_host >= self._most_per_host:
            return f"{of_host} of {host}"
        most = self._most if of_host else 2 * self._most  # whoever holds all places keeps no other host out
        return f"{len(self._connections)}" if len(self._connections) >= most else ""

    def ended(self, connection: Connection) -> None:
        self._connections.discard(connection)
        self.tally.counted(connection.counters)
        if connection.closing is not None:
            self.tally.ended(connection.closing, connection.reason)
            if connection.closing not in _ORDINARY:
                self._outstation.on_notice(f"{connection.name}: {connection.reason}")

    def links(self) -> list[ControlledLink]:
        """The living connections."""
        stations = (connection.station for connection in self._connections)
        return [station for station in stations if isinstance(station, ControlledLink)]

    def counters(self) -> dict[str, int]:
        """Of all connections since the server was opened, by speaking name."""
        return self.tally.counters(link.counters() for link in self.links())

    def freeze(self, frozen: bool) -> None:
        """Every connection, also one that comes meanwhile, hangs until it is taken back."""
        self._frozen = frozen
        for connection in self._connections:
            connection.freeze(frozen)

    async def close(self) -> None:
        """Stop listening and close every connection; unacknowledged events stay in the outstation's buffers."""
        listeners, self._listeners = self._listeners, []
        for listener in listeners:
            listener.stop()
        for connection in list(self._connections):
            connection.close("server closed")
        for listener in listeners:
            await listener.close()


class CommandDesk:
    """Runs the handler of an outstation's commands, one task per request, and owns these tasks.

    tells_refusals: refusals by the handler are told to `on_notice`; False where the handler tells them itself.
    """

    def __init__(self, outstation: Outstation, handler: CommandHandler, tells_refusals: bool = True) -> None:
        self._outstation, self._handler, self._tells_refusals = outstation, handler, tells_refusals
        self._tasks: set[asyncio.Task[None]] = set()
        outstation.on_request = self._start

    def _start(self, request: CommandRequest) -> None:
        task = asyncio.get_running_loop().create_task(self._carry_out(request))
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    async def _carry_out(self, request: CommandRequest) -> None:
        answers: list[CommandResult] = []
        ended = False

        def confirm(result: CommandResult) -> None:
            answers.append(result)
            if len(answers) == 1:
                self._complete(request, result)

        try:
            await self._handler(request, confirm)
            ended = True
        finally:
            if not answers:
                confirm(_NO_ANSWER)
            if answers[0].accepted and request.action is Action.OPERATE:
                self._outstation.terminate(request, ended and answers[-1].accepted)

    def _complete(self, request: CommandRequest, result: CommandResult) -> None:
        self._outstation.complete(request, result.accepted, asyncio.get_running_loop().time())
        if not result.accepted and (self._tells_refusals or result is _NO_ANSWER):
            self._outstation.on_notice(
                f"{request.client or 'station'}: {SERVICES[request.action]} of {request.where} refused: "
                f"{result.reason or result.add_cause.name} (originator address {request.originator})"
            )

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("IEC 104 command handler failed, the command was refused if not yet confirmed", exc_info=error)

    async def close(self) -> None:
        """Refuse further commands, cancel those that run."""
        self._outstation.on_request = None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def serve(
    outstation: Outstation,
    host: str,
    port: int,
    group: str | None = MAIN,
    most_connections: int = MOST_CONNECTIONS,
    door: Door = lambda connection: connection,
) -> Server:
    """Listen for the control centre `group`; port 0 takes a free one. Close the server when done."""
    server = Server(outstation, group, most_connections, door=door)
    try:
        await server.listen(host, port)
    except asyncio.CancelledError:
        await server.close()
        raise
    return server
