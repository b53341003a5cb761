"""A control centre that is slow to acknowledge: one frame in PAUSE_S, whoever the station is."""

from __future__ import annotations

import asyncio
import time

from protocols.iec104.application import codec
from protocols.iec104.link.session import Parameters, Role, Session
from tests.bench.iec104.work import EPOCH_MS, Arrivals

PAUSE_S = 0.002


class Controlling:
    """Decodes with our codec; what it counts does not depend on who sends."""

    def __init__(self) -> None:
        self.arrivals = Arrivals()

    async def connect(self, host: str, port: int) -> bool:
        self._reader, self._writer = await asyncio.open_connection(host, port)
        self._session = Session(Role.CONTROLLING, Parameters(w=1), time.monotonic())
        self._session.start(time.monotonic())
        self._writer.write(self._session.take_output())
        self._task = asyncio.ensure_future(self._read())
        return True

    async def _read(self) -> None:
        while data := await self._reader.read(4096):
            for number, asdu in self._session.receive(data, time.monotonic()):
                for observation in codec.decode(asdu).observations():
                    if observation.time_ns is not None:
                        self.arrivals.take(observation.time_ns // 1_000_000 - EPOCH_MS, time.time_ns())
                await asyncio.sleep(PAUSE_S)
                self._session.acknowledge(number, time.monotonic())
                self._writer.write(self._session.take_output())
            self._writer.write(self._session.take_output())
