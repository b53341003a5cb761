"""c104 (lib60870, a C library) as sides of the bench: native threads, events in batches of one ASDU.

No postponed annotations here: c104 compares the text of a callback's signature.
"""

import asyncio
import datetime
import socket
import time

import c104

from tests.bench.iec104.work import COMMAND, EPOCH_MS, EVENT, STATION, Arrivals, paced

_BATCH = 20
_PATIENCE_S = 5.0
_WAKE_UP_MS = 3000
"""c104 2.2.1 misses an answer at times and then waits for all of this; so the last object counts, not its return."""


def _stamp(number: int) -> datetime.datetime:
    """c104 takes naive local time."""
    return datetime.datetime.fromtimestamp((EPOCH_MS + number) / 1000)  # noqa: DTZ006


class Controlled:
    """The event objects of a batch have addresses of their own, since a point holds one value."""

    async def open(self, objects: int, folder: str) -> int:
        if folder:
            raise RuntimeError("c104 has no event buffer on disk")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        self._server = c104.Server(ip="127.0.0.1", port=port, tick_rate_ms=50)
        station = self._server.add_station(common_address=STATION)
        for number in range(1, objects + 1):
            station.add_point(io_address=number, type=c104.Type.M_ME_NC_1).value = number / 8
        self._events = [station.add_point(io_address=EVENT + 10 + n, type=c104.Type.M_SP_TB_1) for n in range(_BATCH)]
        command = station.add_point(io_address=COMMAND, type=c104.Type.C_SC_NA_1)
        command.on_receive(callable=_accept)
        self._server.start()
        return port

    def _send(self, first: int, count: int) -> bool:
        points = self._events[:count]
        for number, point in enumerate(points, first):
            point.info = c104.SingleInfo(on=bool(number & 1), recorded_at=_stamp(number))
        return bool(self._server.transmit_batch(c104.Batch(c104.Cot.SPONTANEOUS, points)))

    async def burst(self, count: int, rate: float) -> dict[str, float]:
        return await asyncio.to_thread(self._burst, count, rate)

    def _burst(self, count: int, rate: float) -> dict[str, float]:
        begun_s = time.monotonic()
        accepted = 0
        for first in range(0, count, _BATCH):
            size = min(_BATCH, count - first)
            accepted += size if self._send(first, size) else 0
            while rate and (ahead_s := (first + _BATCH) / rate - (time.monotonic() - begun_s)) > 0:
                time.sleep(ahead_s)
        return {"accepted": accepted, "seconds": time.monotonic() - begun_s}

    async def paced(self, count: int, rate: float) -> list[int]:
        async def tell(number: int) -> None:
            self._send(number, 1)

        return await paced(count, rate, tell)


def _accept(point: c104.Point, previous_info: c104.Information, message: c104.IncomingMessage) -> c104.ResponseState:
    return c104.ResponseState.SUCCESS


class Controlling:
    """One connection at a time; everything comes on native threads."""

    def __init__(self) -> None:
        self.arrivals = Arrivals()
        self._objects, self._last_s = 0, 0.0

    async def connect(self, host: str, port: int) -> bool:
        await asyncio.to_thread(self._connect, host, port, 0)
        return True

    def _connect(self, host: str, port: int, objects: int) -> None:
        self._client = c104.Client(tick_rate_ms=50, command_timeout_ms=_WAKE_UP_MS)
        self._connection = self._client.add_connection(ip=host, port=port, init=c104.Init.NONE)
        station = self._connection.add_station(common_address=STATION)
        for number in range(1, objects + 1):
            station.add_point(io_address=number, type=c104.Type.M_ME_NC_1).on_receive(callable=self._measured)
        for number in range(_BATCH):
            station.add_point(io_address=EVENT + 10 + number, type=c104.Type.M_SP_TB_1).on_receive(callable=self._event)
        self._command = station.add_point(io_address=COMMAND, type=c104.Type.C_SC_NA_1)
        self._begun_s = time.monotonic()  # points are made once, so they do not count
        self._client.start()
        deadline_s = time.monotonic() + _PATIENCE_S
        while self._connection.state != c104.ConnectionState.OPEN and time.monotonic() < deadline_s:
            if self._connection.is_muted:
                self._connection.unmute()  # STARTDT of c104 2.2.1 is lost at times
            time.sleep(0.001)

    def _measured(
        self, point: c104.Point, previous_info: c104.Information, message: c104.IncomingMessage
    ) -> c104.ResponseState:
        self._objects += 1
        self._last_s = time.monotonic()
        return c104.ResponseState.SUCCESS

    def _event(
        self, point: c104.Point, previous_info: c104.Information, message: c104.IncomingMessage
    ) -> c104.ResponseState:
        number = round(point.recorded_at.timestamp() * 1000) - EPOCH_MS
        self.arrivals.take(number, time.time_ns())
        return c104.ResponseState.SUCCESS

    async def interrogate(self, host: str, port: int, objects: int) -> dict[str, float]:
        return await asyncio.to_thread(self._interrogate, host, port, objects)

    def _interrogate(self, host: str, port: int, objects: int) -> dict[str, float]:
        self._objects = 0
        self._connect(host, port, objects)
        self._connection.interrogation(common_address=STATION)
        self._client.stop()
        return {"objects": self._objects, "seconds": self._last_s - self._begun_s}

    async def command(self, count: int) -> list[float]:
        return await asyncio.to_thread(self._commands, count)

    def _commands(self, count: int) -> list[float]:
        seconds = []
        for number in range(count):
            self._command.value = bool(number & 1)
            begun_s = time.perf_counter()
            self._command.transmit(cause=c104.Cot.ACTIVATION)
            seconds.append(time.perf_counter() - begun_s)
        return seconds
