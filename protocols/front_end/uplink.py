"""The front end's side of the socket to its unit server: numbered event batches, coalesced measurands, heartbeat."""

from __future__ import annotations

import asyncio

from models.errors import LinkError
from models.front_end import Committed, Events, Measurands, Message, encode
from models.point import Handle, Sample, SampleBatch

COALESCE_S = 0.005
"""Measurands wait at most this long for others, so that a burst is one frame."""


class Uplink:
    """One connection to the server. Events are lossless (they wait for credit), measurands keep the latest value."""

    def __init__(self, writer: asyncio.StreamWriter, credit: int) -> None:
        self._writer = writer
        self._credit = asyncio.Semaphore(credit)
        self._number = 0
        self._uncommitted: dict[int, asyncio.Future[None]] = {}
        self._measurands: dict[Handle, Sample] = {}
        self._flush_planned = False

    def send(self, message: Message) -> None:
        """Queue one frame; the transport's own buffer bounds it since events wait for credit."""
        self._writer.write(encode(message))

    async def events(self, batch: SampleBatch) -> None:
        """Return once the server's history has committed the batch; LinkError when the server goes away first."""
        async with self._credit:
            self._number += 1
            future = asyncio.get_running_loop().create_future()
            self._uncommitted[self._number] = future
            self.send(Events(self._number, batch))
            await future

    def committed(self, message: Committed) -> None:
        future = self._uncommitted.pop(message.number, None)
        if future is not None and not future.done():
            future.set_result(None)

    def measurands(self, batch: SampleBatch) -> None:
        """Keep the newest sample of each point; one frame carries them all."""
        for sample in batch:
            self._measurands[sample.handle] = sample
        if self._measurands and not self._flush_planned:
            self._flush_planned = True
            asyncio.get_running_loop().call_later(COALESCE_S, self._flush)

    def _flush(self) -> None:
        self._flush_planned = False
        if self._writer.transport.get_write_buffer_size() > 1 << 20:  # the server is slow: coalesce longer
            self._flush_planned = True
            asyncio.get_running_loop().call_later(COALESCE_S * 10, self._flush)
            return
        batch = SampleBatch()
        for sample in self._measurands.values():
            batch.append(sample)
        self._measurands.clear()
        self.send(Measurands(batch))

    def close(self) -> None:
        """The server is gone: nothing that waits here was committed."""
        for future in self._uncommitted.values():
            if not future.done():
                future.set_exception(LinkError("the unit server went away before it committed the events"))
        self._uncommitted.clear()
        self._writer.close()
