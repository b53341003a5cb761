"""hat-drivers' stations as sides of the bench."""

from __future__ import annotations

import asyncio
import datetime
import socket
import time
from typing import Any

from hat.drivers import iec104, net

from tests.bench.centre import interrogation
from tests.bench.iec104.work import COMMAND, EPOCH_MS, EVENT, STATION, Arrivals, paced

_AT_ONCE = 20
_GOOD = iec104.IndicationQuality(invalid=False, not_topical=False, substituted=False, blocked=False)
_MEASURED = iec104.MeasurementQuality(
    invalid=False, not_topical=False, substituted=False, blocked=False, overflow=False
)
_ACT, _CON = iec104.CommandReqCause.ACTIVATION, iec104.CommandResCause.ACTIVATION_CONFIRMATION
_TERM = iec104.CommandResCause.ACTIVATION_TERMINATION


def _data(address: int, data: Any, tag: Any, cause: Any) -> Any:
    return iec104.DataMsg(
        is_test=False,
        originator_address=0,
        asdu_address=STATION,
        io_address=address,
        data=data,
        time=tag,
        cause=cause,
    )


def _event(number: int) -> Any:
    stamp = datetime.datetime.fromtimestamp((EPOCH_MS + number) / 1000, datetime.UTC)
    value = iec104.SingleValue.ON if number & 1 else iec104.SingleValue.OFF
    tag = iec104.time_from_datetime(stamp)
    return _data(EVENT, iec104.SingleData(value, _GOOD), tag, iec104.DataResCause.SPONTANEOUS)


class Controlled:
    """Confirms everything; sending waits where the peer's window is closed."""

    def __init__(self) -> None:
        self._servers: list[Any] = []

    async def open(self, objects: int, folder: str) -> int:
        if folder:
            raise RuntimeError("hat-drivers has no event buffer on disk")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        cause = iec104.DataResCause.INTERROGATED_STATION
        self._picture = [
            _data(number, iec104.FloatingData(iec104.FloatingValue(number / 8), _MEASURED), None, cause)
            for number in range(1, objects + 1)
        ]
        self._server = await iec104.listen(self._serve, net.TcpAddress("127.0.0.1", port))
        return port

    async def open_many(self, stations: int) -> list[int]:
        ports = []
        for _ in range(stations):
            ports.append(await self.open(10, ""))
            self._servers.append(self._server)
        return ports

    async def _serve(self, connection: Any) -> None:
        self._connection = connection
        while True:
            try:
                messages = await connection.receive()
            except ConnectionError:
                return
            for message in messages:
                answers = [message._replace(cause=_CON)]
                if isinstance(message, iec104.InterrogationMsg):
                    answers += [*self._picture, message._replace(cause=_TERM)]
                await connection.send(answers)

    async def burst(self, count: int, rate: float) -> dict[str, float]:
        begun_s = time.monotonic()
        for first in range(0, count, _AT_ONCE):
            await self._connection.send([_event(number) for number in range(first, min(first + _AT_ONCE, count))])
            while rate and (ahead_s := (first + _AT_ONCE) / rate - (time.monotonic() - begun_s)) > 0:
                await asyncio.sleep(ahead_s)
        return {"accepted": count, "seconds": time.monotonic() - begun_s}

    async def paced(self, count: int, rate: float) -> list[int]:
        async def tell(number: int) -> None:
            await self._connection.send([_event(number)])

        return await paced(count, rate, tell)


class Controlling:
    """One connection at a time."""

    def __init__(self) -> None:
        self.arrivals = Arrivals()
        self._answers: asyncio.Queue[Any] = asyncio.Queue()
        self._objects = 0
        self._held: list[tuple[Any, Any]] = []

    async def connect(self, host: str, port: int) -> bool:
        self._connection = await iec104.connect(net.TcpAddress(host, port))
        self._reader = asyncio.ensure_future(self._read())
        return True

    async def _read(self) -> None:
        while True:
            for message in await self._connection.receive():
                self._take(message)

    def _take(self, message: Any) -> None:
        if not isinstance(message, iec104.DataMsg):
            self._answers.put_nowait(message)
        elif message.time is None:
            self._objects += 1
        else:
            stamp = iec104.time_to_datetime(message.time)
            self.arrivals.take(round(stamp.timestamp() * 1000) - EPOCH_MS, time.time_ns())

    async def interrogate(self, host: str, port: int, objects: int) -> dict[str, float]:
        self._objects = 0
        begun_s = time.monotonic()
        await self.connect(host, port)
        await self._interrogated()
        seconds = time.monotonic() - begun_s
        self._reader.cancel()
        await self._connection.async_close()
        return {"objects": self._objects, "seconds": seconds}

    async def _interrogated(self) -> None:
        await self._connection.send([interrogation(STATION)])
        while (await self._answers.get()).cause is not _TERM:
            pass

    async def hold(self, ports: list[int]) -> bool:
        for port in ports:
            await self.connect("127.0.0.1", port)
            self._held.append((self._connection, self._reader))
            await self._interrogated()
        return True

    async def command(self, count: int) -> list[float]:
        seconds = []
        for number in range(count):
            value = iec104.SingleValue.ON if number & 1 else iec104.SingleValue.OFF
            message = iec104.CommandMsg(
                is_test=False,
                originator_address=0,
                asdu_address=STATION,
                io_address=COMMAND,
                command=iec104.SingleCommand(value=value, select=False, qualifier=0),
                is_negative_confirm=False,
                time=None,
                cause=_ACT,
            )
            begun_s = time.perf_counter()
            await self._connection.send([message])
            await self._answers.get()
            seconds.append(time.perf_counter() - begun_s)
        return seconds
