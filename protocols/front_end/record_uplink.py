"""Disturbance records on their way to the unit server: in parts, one record at a time; events go before them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from models.errors import LinkError, StorageError
from models.front_end import RECORD_CREDIT, RECORD_PART, Message, RecordPart, RecordTaken
from models.record import Record


class RecordUplink:
    """Part of an uplink. send: queues one frame."""

    def __init__(self, send: Callable[[Message], None]) -> None:
        self._send = send
        self._turn = asyncio.Lock()
        self._number = 0
        self._untaken: dict[int, asyncio.Future[str]] = {}

    async def record(self, link: str, record: Record) -> None:
        """Return once the server has stored it. StorageError when it cannot, LinkError when the server goes away."""
        async with self._turn:
            under_way: list[asyncio.Future[str]] = []
            for offset in range(0, max(len(record.content), 1), RECORD_PART):
                if len(under_way) >= RECORD_CREDIT:
                    await _taken(under_way.pop(0))
                under_way.append(self._send_part(link, record, offset))
            for future in under_way:
                await _taken(future)

    def _send_part(self, link: str, record: Record, offset: int) -> asyncio.Future[str]:
        self._number += 1
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._untaken[self._number] = future
        octets = record.content[offset : offset + RECORD_PART]
        size = len(record.content)
        self._send(RecordPart(self._number, link, record.name, record.time_ns, size, offset, octets))
        return future

    def taken(self, message: RecordTaken) -> None:
        """The server's answer; one that nobody waits for any more is no error."""
        future = self._untaken.pop(message.number, None)
        if future is not None and not future.done():
            future.set_result(message.problem)

    def abort(self) -> None:
        """The server is gone."""
        for future in self._untaken.values():
            if not future.done():
                future.set_exception(LinkError("the unit server went away before it stored the record"))
                future.exception()  # whoever has been cancelled does not ask
        self._untaken.clear()


async def _taken(future: asyncio.Future[str]) -> None:
    if problem := await future:
        raise StorageError(problem)
