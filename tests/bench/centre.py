"""hat-drivers' control centre as a stop-watch, a process of its own: `python -m tests.bench.centre`.

| order | result |
|---|---|
| `["connect", [[HOST, PORT, [CA, ...]], ...]]` | objects that the interrogation of these stations has brought |
| `["watch", CA, IOA]` | true; from now on events of this object are noted |
| `["arrived", COUNT, PATIENCE_S]` | {TAG_MS: ARRIVED_NS} once COUNT have come or patience is over; forgets them |
"""

from __future__ import annotations

import asyncio
import datetime
from time import time_ns
from typing import Any

from hat.drivers import iec104, net

from tests.bench.child import answer

_STEP_S = 0.05
_INTERROGATION_S = 60.0
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


class Centre:
    """Any number of connections; everything that comes is decoded by hat-drivers, the watched events are timed."""

    def __init__(self) -> None:
        self._readers: list[asyncio.Task[None]] = []
        self._watched = (0, 0)
        self._noted: list[tuple[int, Any]] = []
        self._terminations = self._objects = 0

    async def connect(self, addresses: list[tuple[str, int, list[int]]]) -> int:
        for host, port, stations in addresses:
            connection = await iec104.connect(net.TcpAddress(host, port))
            self._readers.append(asyncio.ensure_future(self._read(connection)))
            await connection.send([interrogation(station) for station in stations])
        expected = sum(len(stations) for _, _, stations in addresses)
        async with asyncio.timeout(_INTERROGATION_S):
            while self._terminations < expected:
                await asyncio.sleep(_STEP_S)
        return self._objects

    async def _read(self, connection: Any) -> None:
        while True:
            for message in await connection.receive():
                self._take(message, time_ns())

    def _take(self, message: Any, now_ns: int) -> None:
        if isinstance(message, iec104.DataMsg):
            if message.cause is iec104.DataResCause.INTERROGATED_STATION:
                self._objects += 1
            elif (message.asdu_address, message.io_address) == self._watched and message.time is not None:
                self._noted.append((now_ns, message.time))
        elif isinstance(message, iec104.InterrogationMsg):
            self._terminations += message.cause is iec104.CommandResCause.ACTIVATION_TERMINATION

    async def watch(self, common_address: int, object_address: int) -> bool:
        self._watched = (common_address, object_address)
        return True

    async def arrived(self, count: int, patience_s: float) -> dict[int, int]:
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() + patience_s
        while len(self._noted) < count and loop.time() < deadline_s:
            await asyncio.sleep(_STEP_S)
        noted, self._noted = self._noted, []
        return {_tag_ms(tag): now_ns for now_ns, tag in noted}


def _tag_ms(tag: Any) -> int:
    return (iec104.time_to_datetime(tag) - _EPOCH) // datetime.timedelta(milliseconds=1)


def interrogation(station: int) -> Any:
    """The request for all points of a station."""
    return iec104.InterrogationMsg(
        is_test=False,
        originator_address=3,
        asdu_address=station,
        request=20,
        is_negative_confirm=False,
        cause=iec104.CommandReqCause.ACTIVATION,
    )


async def main() -> None:
    centre = Centre()
    await answer({"connect": centre.connect, "watch": centre.watch, "arrived": centre.arrived})


if __name__ == "__main__":
    asyncio.run(main())
