"""The WebSocket server of the data interface: accepts, bounds and ends connections."""

from __future__ import annotations

import asyncio
import logging
import time

from websockets.asyncio.server import ServerConnection, serve

from models.driver import Clock
from models.errors import ConfigError
from models.wire import messages as m
from models.wire.instant import Instant
from models.wire.keys import SigningKey
from substation.exchange.connection import Connection
from substation.exchange.door import Door, Limits
from substation.exchange.key_register import KeyRegister
from substation.exchange.processor import RequestProcessor
from substation.trust.acceptance import Acceptance

log = logging.getLogger("ringmain.exchange")

PING_S = 10.0


class Listener:
    """`run` serves until it is cancelled. clock: UTC ns. Port 0 takes any free port; `bound` tells which.

    tls: shakes hands with whoever connects; None: plain.
    """

    def __init__(
        self,
        processor: RequestProcessor,
        register: KeyRegister,
        key: SigningKey,
        unit: str,
        clock: Clock,
        host: str = "127.0.0.1",
        port: int = 0,
        limits: Limits | None = None,
        tls: Acceptance | None = None,
    ) -> None:
        self._processor, self._register, self._key, self._unit = processor, register, key, unit
        self._clock, self._host, self._port = clock, host, port
        self._limits, self._tls = limits or Limits(), tls
        self._connections: set[Connection] = set()
        self._bound: asyncio.Future[tuple[str, int]] | None = None

    async def bound(self) -> tuple[str, int]:
        """Host and port, as soon as they are open."""
        return await asyncio.shield(self._address())

    async def run(self) -> None:
        """ConfigError when the address cannot be opened."""
        problem: OSError | None = None
        async with asyncio.TaskGroup() as writes:
            door = Door(self._unit, self._key, self._register, self._processor, self._now, writes, self._limits)
            try:
                await self._serve(door)
            except OSError as error:
                problem = error
        if problem is not None:
            what = f"[data_interface] cannot listen on {self._host}:{self._port}: {problem.strerror}"
            raise ConfigError("unit.toml", None, what, "choose another address or free this one") from problem

    async def _serve(self, door: Door) -> None:
        async def handle(socket: ServerConnection) -> None:
            await self._handle(Connection(door, socket))

        async with serve(
            handle,
            self._host,
            self._port,
            compression=None,
            max_size=self._limits.request_octets,
            ping_interval=PING_S,
            ping_timeout=PING_S,
            close_timeout=1.0,
            server_header=None,
            create_connection=None if self._tls is None else self._tls.connection,
            logger=logging.getLogger("ringmain.exchange.websocket"),
        ) as server:
            host, port = next(iter(server.sockets)).getsockname()[:2]
            self._address().set_result((host, port))
            await server.serve_forever()

    async def _handle(self, connection: Connection) -> None:
        if len(self._connections) >= self._limits.connections:
            await connection.part(m.Code.OVERLOADED, f"the unit serves {self._limits.connections} connections already")
            return
        self._connections.add(connection)
        try:
            await connection.run()
        finally:
            self._connections.discard(connection)

    def _now(self) -> Instant:
        return Instant(self._clock(), time.monotonic_ns())

    def _address(self) -> asyncio.Future[tuple[str, int]]:
        if self._bound is None:
            self._bound = asyncio.get_running_loop().create_future()
        return self._bound
