"""The WebSocket server of the data interface: accepts, bounds and ends connections."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import time
from functools import partial

from websockets.asyncio.server import ServerConnection, serve

from models.driver import Clock
from models.errors import ConfigError
from models.wire import messages as m
from models.wire.instant import Instant
from models.wire.keys import SigningKey
from substation.exchange.connection import Connection
from substation.exchange.decision import AccessDecision
from substation.exchange.door import Door, Limits
from substation.exchange.forwarding import Forwards
from substation.exchange.gatekeeper import Gatekeeper, Peer
from substation.exchange.processor import RequestProcessor
from substation.exchange.rate import Allowances
from substation.exchange.reception import Reception, logged_in, received_by
from substation.exchange.tally import Tally
from substation.trust.acceptance import Acceptance

log = logging.getLogger("ringmain.exchange")

PING_S = 10.0
HANDSHAKE_S = 5.0


class Listener:
    """`run` serves until it is cancelled. clock: UTC ns. Port 0 takes any free port; `bound` tells which.

    tls: shakes hands with whoever connects; None: plain. forwards: the links to other units, None without any.
    """

    def __init__(
        self,
        processor: RequestProcessor,
        gatekeeper: Gatekeeper,
        key: SigningKey,
        unit: str,
        clock: Clock,
        host: str = "127.0.0.1",
        port: int = 0,
        limits: Limits | None = None,
        tls: Acceptance | None = None,
        forwards: Forwards | None = None,
    ) -> None:
        self._processor, self._gatekeeper, self._key, self._unit = processor, gatekeeper, key, unit
        self._clock, self._host, self._port, self._tls, self._forwards = clock, host, port, tls, forwards
        self._limits = limits = limits or Limits()
        self._floods = Tally(processor.tell, told=1)
        logins = Allowances(limits.logins_per_s, limits.logins_burst, time.monotonic)
        self._reception = Reception(limits.waiting, limits.waiting_of_address, logins, self._turned_away)
        self._connections: set[Connection] = set()
        self._bound: asyncio.Future[tuple[str, int]] | None = None
        self._opened: asyncio.Future[Door] | None = None

    async def bound(self) -> tuple[str, int]:
        """Host and port, as soon as they are open."""
        return await asyncio.shield(self._address())

    async def door(self) -> Door:
        """What all connections share, as soon as it serves: for requests that come on other ways."""
        return await asyncio.shield(self._doorway())

    async def run(self) -> None:
        """ConfigError when the address cannot be opened."""
        problem: OSError | None = None
        async with asyncio.TaskGroup() as writes:
            door = self._door(writes)
            self._doorway().set_result(door)
            try:
                await self._serve(door)
            except OSError as error:
                problem = error
        if problem is not None:
            what = f"unit {self._unit}: [data_interface] cannot listen on {self._host}:{self._port}: {problem.strerror}"
            raise ConfigError("unit.toml", None, what, "choose another address or free this one") from problem

    def _door(self, writes: asyncio.TaskGroup) -> Door:
        return Door(
            unit=self._unit,
            key=self._key,
            gatekeeper=self._gatekeeper,
            processor=self._processor,
            now=self._now,
            write_group=writes,
            limits=self._limits,
            floods=self._floods,
            forwards=self._forwards,
        )

    async def _serve(self, door: Door) -> None:
        kind = received_by(self._reception, ServerConnection if self._tls is None else self._tls.connection)

        async def handle(socket: ServerConnection) -> None:
            await self._handle(Connection(door, socket, _peer(socket), partial(logged_in, socket)))

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
            open_timeout=HANDSHAKE_S,
            create_connection=kind,
            logger=logging.getLogger("ringmain.exchange.websocket"),
        ) as server:
            host, port = next(iter(server.sockets)).getsockname()[:2]
            self._address().set_result((host, port))
            await server.serve_forever()

    async def _handle(self, connection: Connection) -> None:
        self._connections.add(connection)
        try:
            await connection.run()
        finally:
            self._connections.discard(connection)

    def _turned_away(self, address: str, why: str) -> None:
        self._floods.take(AccessDecision(self._clock(), m.Code.OVERLOADED, address, "connection", why))

    def _now(self) -> Instant:
        return Instant(self._clock(), time.monotonic_ns())

    def _doorway(self) -> asyncio.Future[Door]:
        if self._opened is None:
            self._opened = asyncio.get_running_loop().create_future()
        return self._opened

    def _address(self) -> asyncio.Future[tuple[str, int]]:
        if self._bound is None:
            self._bound = asyncio.get_running_loop().create_future()
        return self._bound


def _peer(socket: ServerConnection) -> Peer:
    host, port = socket.remote_address[:2]
    tls = socket.transport.get_extra_info("ssl_object")
    certificate = None if tls is None else tls.getpeercert(binary_form=True)
    return Peer(f"{host}:{port}", tls is not None, ipaddress.ip_address(host).is_loopback, certificate)
