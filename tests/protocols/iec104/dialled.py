"""A control centre on a socket, written from the session up: it asks for anything and keeps all that it hears."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from protocols.iec104.application.asdu import Asdu, InformationObject
from protocols.iec104.application.codec import decode, encode
from protocols.iec104.link.session import Parameters, Role, Session, State

PATIENCE_S = 20.0
ORIGINATOR = 7


class Dialled:
    """Connected and started."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._session = Session(Role.CONTROLLING, Parameters(), self._now_s())
        self._news = asyncio.Event()
        self.heard: list[Asdu] = []
        self.closed = False

    @staticmethod
    def _now_s() -> float:
        return asyncio.get_running_loop().time()

    async def listen(self) -> None:
        """Until the connection ends. What is heard is acknowledged at once."""
        while data := await self._reader.read(65536):
            for frame in self._session.receive(data, self._now_s()):
                self.heard.append(decode(frame.asdu))
                self._session.acknowledge(frame.number, self._now_s())
            self._write()
            self._news.set()
        self.closed = True
        self._news.set()

    async def start(self) -> None:
        self._session.start(self._now_s())
        self._write()
        await self.until(lambda: self._session.state is State.STARTED)

    def ask(self, type_id: int, station: int, item: InformationObject, cause: int = 6) -> None:
        self._session.send(encode(Asdu(type_id, cause, station, (item,), ORIGINATOR)), self._now_s())
        self._write()

    async def answered(self, type_id: int, station: int, item: InformationObject, last: int = 7) -> list[Asdu]:
        """All that is heard until the mirror with this cause (or a negative one)."""
        known = len(self.heard)

        def ended() -> bool:
            return any(unit.type_id == type_id and (unit.cause == last or unit.negative) for unit in self.heard[known:])

        self.ask(type_id, station, item)
        await self.until(ended)
        return self.heard[known:]

    async def mirrored(self, type_id: int, station: int, item: InformationObject) -> Asdu:
        """The confirmation of a request."""
        heard = await self.answered(type_id, station, item)
        return next(unit for unit in heard if unit.type_id == type_id)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                self._news.clear()
                await self._news.wait()

    def _write(self) -> None:
        self._writer.write(self._session.take_output())


@asynccontextmanager
async def dialled(host: str, port: int) -> AsyncIterator[Dialled]:
    reader, writer = await asyncio.open_connection(host, port)
    centre = Dialled(reader, writer)
    listening = asyncio.create_task(centre.listen())
    try:
        await centre.start()
        yield centre
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        writer.close()
