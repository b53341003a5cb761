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

logger = logging.getLogger(__name__)

Confirm = Callable[[CommandResult], None]
CommandHandler = Callable[[CommandRequest, Confirm], Awaitable[None]]
"""Carries out one request: calls `confirm` with the device's answer, returns when the operation has ended.

A second call of `confirm` tells how a confirmed operation has ended; without it, it ended well. A handler that returns
or fails without having confirmed refuses the command; one that fails later terminates it negatively.
"""

_NO_ANSWER = CommandResult(Outcome.REFUSED, AddCause.UNKNOWN, "nobody answered for the device")


class Server:
    """One listening socket of an outstation, for one group of control centres (None: passing observers)."""

    def __init__(self, outstation: Outstation, group: str | None, most_connections: int) -> None:
        self._outstation, self._group, self._most = outstation, group, most_connections
        self._connections: set[Connection] = set()
        self._listener: asyncio.Server | None = None

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

    def _accept(self) -> Connection:
        return Connection(self._open, self._connections.discard)

    def _open(self, connection: Connection, peer: str, now_s: float) -> Station:
        link = ControlledLink(self._outstation, peer, self._group, connection.wake, now_s)
        if len(self._connections) >= self._most:
            link.failure = f"{self._most} connections are open already"
        self._connections.add(connection)
        return link

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
    outstation: Outstation, host: str, port: int, group: str | None = MAIN, most_connections: int = 16
) -> Server:
    """Listen for the control centre `group`; port 0 takes a free one. Close the server when done."""
    server = Server(outstation, group, most_connections)
    try:
        await server.listen(host, port)
    except asyncio.CancelledError:
        await server.close()
        raise
    return server
