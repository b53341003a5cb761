"""Two ends on loopback: an authority of the tests' own, a listening endpoint, and clients of every kind."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from models.errors import LinkError
from protocols.tls.endpoint import Endpoint
from protocols.tls.parameters import TlsParameters
from protocols.tls.security_event import SecurityEvent
from protocols.tls.shell import Shell
from tests.substation.trust.pki import Clocks, Pki

PATIENCE_S = 20.0
NAMES = frozenset({"NCC"})


class Echo(asyncio.Protocol):
    """Gives back what it gets, and notes what happens."""

    def __init__(self, answers: bool = True) -> None:
        self._answers = answers
        self.transport: asyncio.Transport | None = None
        self.received = b""
        self.lost: Exception | None = None
        self.is_lost = False
        self._news = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._news.set()

    def data_received(self, data: bytes) -> None:
        self.received += data
        if self._answers and self.transport is not None:
            self.transport.write(data)
        self._news.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost, self.is_lost = exc, True
        self._news.set()

    async def until(self, condition: Callable[[Echo], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition(self):
                self._news.clear()
                await self._news.wait()


class Timer:
    """Monotonic time that can be moved on."""

    def __init__(self) -> None:
        self.moved_s = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.moved_s


@dataclass
class Ends:
    """A listening endpoint `server` at `port`; what it has told, and what its clients' own ends have."""

    pki: Pki
    server: Endpoint
    port: int
    served: list[Echo]
    told: list[SecurityEvent]
    timer: Timer
    own: list[SecurityEvent] = field(default_factory=list)

    async def codes(self, *wanted: str) -> None:
        """Until the server has told an event with one of these codes."""
        async with asyncio.timeout(PATIENCE_S):
            while not any(event.code.name in wanted for event in self.told):
                await asyncio.sleep(0.01)

    def client(self, name: str = "NCC", **changes: Any) -> Endpoint:
        return Endpoint(parameters(self.pki, name, **changes), False, self.pki.clock, self.own.append, self.timer)

    async def connect(self, client: Endpoint, names: Sequence[str] = ("RTU",)) -> tuple[Echo, Shell]:
        """LinkError when hands are not shaken."""
        app = Echo(answers=False)
        _, shell = await asyncio.get_running_loop().create_connection(
            lambda: client.connect(app, frozenset(names), "RTU", self.own.append), "127.0.0.1", self.port
        )
        await shell.ready()
        return app, shell


def parameters(pki: Pki, name: str, **changes: Any) -> TlsParameters:
    files = TlsParameters(
        pki.authority.file_of(name),
        pki.authority.file_of(name, ".key"),
        pki.folder / "authority.pem",
        pki.folder / "crl.pem",
    )
    return replace(files, **changes)


@asynccontextmanager
async def ends(
    folder: Path, *, algorithm: str = "p256", authority: str = "ed25519", **changes: Any
) -> AsyncIterator[Ends]:
    pki = Pki(folder / "authority", Clocks(time.time_ns()), algorithm=authority)
    pki.issue("RTU", role=None, hosts=("127.0.0.1",), algorithm=algorithm)
    pki.issue("NCC", role=None, algorithm=algorithm)
    told: list[SecurityEvent] = []
    timer = Timer()
    server = Endpoint(parameters(pki, "RTU", **changes), True, pki.clock, told.append, timer)
    served: list[Echo] = []

    def accept() -> Shell:
        served.append(Echo())
        return server.accept(served[-1], NAMES)

    listener = await asyncio.get_running_loop().create_server(accept, "127.0.0.1", 0)
    made = Ends(pki, server, listener.sockets[0].getsockname()[1], served, told, timer)
    try:
        yield made
    finally:
        listener.close()
        for app in served:
            if app.transport is not None:
                app.transport.abort()
        await listener.wait_closed()


async def talk(app: Echo, text: bytes = b"hello") -> None:
    assert app.transport is not None
    app.transport.write(text)
    await app.until(lambda app: app.received.endswith(text))


async def leave(app: Echo) -> None:
    assert app.transport is not None
    app.transport.close()
    await app.until(lambda app: app.is_lost)


async def refused(attempt: Awaitable[tuple[Echo, Shell]]) -> str:
    """The words of the refusal: at the handshake, or (TLS 1.3) with the first octets."""
    try:
        app, _ = await attempt
    except LinkError as error:
        return str(error)
    await app.until(lambda app: app.is_lost)
    return str(app.lost)


async def raw_client(port: int, context: ssl.SSLContext) -> None:
    """One handshake and one octet of OpenSSL's own, whatever comes of it."""
    with suppress(OSError):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        writer.write(b"x")
        await reader.read(1)
        writer.close()
