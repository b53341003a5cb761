"""Clients of a measured unit, a process of their own: `python -m tests.bench.exchange_load`.

| order | result |
|---|---|
| `["open", URL, KEY, CONNECTIONS]` | true |
| `["ask", VARIABLE, LOCATION, TOGETHER, SHARED, SECONDS]` | requests answered; each connection has TOGETHER at work, |
| | under one signature if SHARED |
| `["subscribe", VARIABLE, LOCATION]` | true, once every connection has subscribed |
| `["watch", URL, CONNECTIONS]` | true, connected to a peer that only sends |
| `["arrived", NUMBER, SIGNED, PATIENCE_S]` | per value when it was sent and when the last had it, monotonic |
| | ns, once NUMBER have come everywhere |
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_socket

from models.wire.happenings import Answered, Happening
from models.wire.instant import Instant
from models.wire.keys import SigningKey
from models.wire.messages import Code
from models.wire.session import ClientSession, State
from tests.bench.child import answer
from tests.bench.exchange_values import values_of


class LoadClient:
    """The sans-IO session on a socket, without the comfort that would cost the measuring side time."""

    def __init__(self, key: SigningKey) -> None:
        self._session = ClientSession(key, service="bench")
        self._socket: ClientConnection | None = None

    async def connect(self, url: str) -> None:
        self._socket = await open_socket(url, compression=None, proxy=None, max_size=None)

    async def open(self, url: str) -> None:
        await self.connect(url)
        self._session.connected()
        while self._session.state is not State.OPEN:
            await self.receive()
            await self._flush()

    async def receive(self) -> list[Happening]:
        assert self._socket is not None
        return self._session.receive(bytes(await self._socket.recv()), _now())

    async def _flush(self) -> None:
        assert self._socket is not None
        for frame in self._session.outgoing(_now()):
            await self._socket.send(frame)

    async def ask(self, variable: str, location: str, together: int, shared: bool, until_s: float) -> int:
        """Requests answered."""
        answered = open_requests = 0
        while time.monotonic() < until_s or open_requests:
            if open_requests <= together // 2 and time.monotonic() < until_s:
                while open_requests < together:
                    self._session.query(variable, location, now=_now())
                    open_requests += 1
                    if not shared:
                        await self._flush()
                await self._flush()
            for happening in await self.receive():
                if isinstance(happening, Answered):
                    if happening.code is not Code.OK or len(happening.instances) != 1:
                        raise ValueError(f"refused: {happening}")
                    answered, open_requests = answered + 1, open_requests - 1
        return answered

    async def subscribe(self, variable: str, location: str) -> None:
        self._session.event(variable, location, initial=False)
        await self._flush()
        while not any(isinstance(each, Answered) for each in await self.receive()):
            pass

    async def frame(self) -> bytes:
        """As it arrives; not verified, so that fifty clients in one process do not wait for each other."""
        assert self._socket is not None
        return bytes(await self._socket.recv())


class Load:
    """All connections."""

    def __init__(self) -> None:
        self._clients: list[LoadClient] = []

    async def open(self, url: str, key: str, connections: int) -> bool:
        self._clients = [LoadClient(SigningKey.from_text(key)) for _ in range(connections)]
        for client in self._clients:
            await client.open(url)
        return True

    async def ask(self, variable: str, location: str, together: int, shared: bool, seconds: float) -> int:
        until_s = time.monotonic() + seconds
        work = [client.ask(variable, location, together, shared, until_s) for client in self._clients]
        return sum(await asyncio.gather(*work))

    async def subscribe(self, variable: str, location: str) -> bool:
        for client in self._clients:
            await client.subscribe(variable, location)
        return True

    async def watch(self, url: str, connections: int) -> bool:
        """Of the peer, which only sends."""
        self._clients = [LoadClient(SigningKey.generate()) for _ in range(connections)]
        for client in self._clients:
            await client.connect(url)
        return True

    async def arrived(self, number: int, signed: bool, patience_s: float) -> list[list[int]]:
        arrivals: dict[int, list[int]] = {}

        async def read(client: LoadClient) -> None:
            seen: list[tuple[int, bytes]] = []
            values = 0
            while values < number:
                frame = await client.frame()
                seen.append((time.monotonic_ns(), frame))
                values += sum(1 for _ in values_of(frame, signed))
            for arrived_ns, frame in seen:
                for index, sent_ns in values_of(frame, signed):
                    arrivals.setdefault(index, [sent_ns]).append(arrived_ns)

        async with asyncio.timeout(patience_s):
            await asyncio.gather(*(read(client) for client in self._clients))
        return [[of_value[0], max(of_value[1:])] for _, of_value in sorted(arrivals.items())]


def _now() -> Instant:
    return Instant(time.time_ns(), time.monotonic_ns())


async def _main() -> None:
    load = Load()
    orders: dict[str, Callable[..., Awaitable[object]]] = {
        name: getattr(load, name) for name in ("open", "ask", "subscribe", "watch", "arrived")
    }
    await answer(orders)


if __name__ == "__main__":
    asyncio.run(_main())
