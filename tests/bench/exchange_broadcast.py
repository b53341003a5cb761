"""The peer of the fan-out, a process of its own: websockets' own `broadcast` of an unsigned frame to its connections.

| order | result |
|---|---|
| `["open"]` | the address |
| `["publish", COUNT, PERIOD_S]` | true once COUNT frames have been broadcast, one every PERIOD_S |
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack

from websockets.asyncio.server import Server, ServerConnection, broadcast, serve

from tests.bench.child import answer
from tests.bench.exchange_values import unsigned


class Broadcast:
    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack
        self._server: Server | None = None

    async def open(self) -> str:
        async def keep(connection: ServerConnection) -> None:
            await connection.wait_closed()

        self._server = await self._stack.enter_async_context(serve(keep, "127.0.0.1", 0, compression=None))
        host, port = next(iter(self._server.sockets)).getsockname()[:2]
        return f"ws://{host}:{port}"

    async def publish(self, count: int, period_s: float) -> bool:
        if self._server is None:
            raise ValueError("open comes first")
        for number in range(count):
            broadcast(self._server.connections, unsigned(number, time.monotonic_ns()))
            await asyncio.sleep(period_s)
        return True


async def _main() -> None:
    async with AsyncExitStack() as stack:
        peer = Broadcast(stack)
        await answer({"open": peer.open, "publish": peer.publish})


if __name__ == "__main__":
    asyncio.run(_main())
