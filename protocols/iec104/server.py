"""Listening sockets of outstations: many in one process are cheap, since a connection costs no task."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from models.command import Action, AddCause, CommandResult, Outcome
from models.errors import LinkError
from protocols.iec104.connection import Connection, Station
from protocols.iec104.controlled_station.control import CommandRequest
from protocols.iec104.controlled_station.controlled_link import ControlledLink
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.controlled_station.settings import MAIN
from protocols.iec104.link.closing import Closing
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
"""One address cannot keep the others out by taking every connection that is allowed."""


class Server:
    """One listening socket of an outstation, for one group of control centres (None: passing observers)."""

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
        self._listener: asyncio.Server | None = None
        self._frozen = False
        self.tally = Tally()

    @property
    def port(self) -> int:
        """The port that is listened on, also where 0 was asked for."""
        if self._listener is None or not self._listener.sockets:
            raise LinkError("the IEC 104 server is closed; serve it again")
        port: int = self._listener.sockets[0].getsockname()[1]
        return port

    @property
    def connections(self) -> int:
        return len(self._connections)

    async def listen(self, host: str, port: int) -> None:
        """LinkError when the address cannot be used."""
        loop = asyncio.get_running_loop()
        try:
            self._listener = await loop.create_server(self._accept, host, port, start_serving=False)
            await self._listener.start_serving()
        except OSError as error:
            raise LinkError(f"IEC 104 cannot listen on {host}:{port}: {error}; choose another address") from error

    def _accept(self) -> asyncio.BaseProtocol:
        connection = Connection(self._open, self._ended)
        if self._frozen:
            connection.freeze(True)
        return self._door(connection)

    def _open(self, connection: Connection, peer: str, now_s: float) -> Station:
        link = ControlledLink(self._outstation, peer, self._group, connection.wake, now_s)
        self.tally.opened()
        of_host = sum(other.host == connection.host for other in self._connections)
        if len(self._connections) >= self._most or of_host >= self._most_per_host:
            mine = f"{of_host} of {connection.host}" if of_host >= self._most_per_host else f"{self._most}"
            link.failure, link.closing = f"{peer}: {mine} connections are open already", Closing.TOO_MANY
        self._connections.add(connection)
        return link

    def _ended(self, connection: Connection) -> None:
        self._connections.discard(connection)
        self.tally.counted(connection.counters)
        if connection.closing is not None:
            self.tally.ended(connection.closing, connection.reason)

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
        if self._listener is not None:
            self._listener.close()
        for connection in list(self._connections):
            connection.close("server closed")
        if self._listener is not None:
            await self._listener.wait_closed()


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
                f"{request.client or 'station'}: {request.action.value} of {request.where} refused: "
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
