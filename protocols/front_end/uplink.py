"""The front end's side of the socket to its unit server: numbered event batches, coalesced measurands, heartbeat."""

from __future__ import annotations

import asyncio

from models.errors import LinkError
from models.front_end import Committed, Events, LinkState, Measurands, Message
from models.front_end_codec import encode
from models.point import Handle, Sample, SampleBatch
from protocols.front_end.record_uplink import RecordUplink

COALESCE_S = 0.005
"""Measurands wait at most this long for others, so that a burst is one frame."""
SLOW_S = 0.05
"""Measurands wait this long while the server does not read."""
SLOW_BYTES = 1 << 20


class Uplink:
    """One connection to the server. Events are lossless (they wait for credit), measurands keep the latest value."""

    def __init__(self, writer: asyncio.StreamWriter, credit: int) -> None:
        self._writer = writer
        self._credit = asyncio.Semaphore(credit)
        self._number = 0
        self._uncommitted: dict[int, asyncio.Future[None]] = {}
        self._measurands: dict[Handle, Sample] = {}
        self._planned: asyncio.TimerHandle | None = None
        self.records = RecordUplink(self.send)

    def send(self, message: Message) -> None:
        """Queue one frame; the transport's own buffer bounds it since events wait for credit."""
        if isinstance(message, LinkState):
            self._flush()  # values from before a link was lost must not arrive after the server has invalidated them
        self._writer.write(encode(message))

    async def events(self, batch: SampleBatch) -> None:
        """Return once the server's history has committed the batch; LinkError when the server goes away first."""
        await self._credit.acquire()
        self._number += 1
        future = asyncio.get_running_loop().create_future()
        self._uncommitted[self._number] = future
        self.send(Events(self._number, batch))
        await future

    def committed(self, message: Committed) -> None:
        """The server's history holds a batch. Its credit ends here, also where nobody waits for it any more: links that
        are lost and come back while the disk is full do not fill the server's memory.
        """
        future = self._uncommitted.pop(message.number, None)
        if future is None:
            return
        self._credit.release()
        if not future.done():
            future.set_result(None)

    def measurands(self, batch: SampleBatch) -> None:
        """Keep the newest sample of each point; one frame carries them all."""
        for sample in batch:
            self._measurands[sample.handle] = sample
        if self._planned is None and self._measurands:
            self._plan(COALESCE_S)

    def _plan(self, pause_s: float) -> None:
        self._planned = asyncio.get_running_loop().call_later(pause_s, self._flush_in_time)

    def _flush_in_time(self) -> None:
        if self._writer.transport.get_write_buffer_size() > SLOW_BYTES:  # the server is slow: coalesce longer
            self._plan(SLOW_S)
        else:
            self._flush()

    def _flush(self) -> None:
        if self._planned is not None:
            self._planned.cancel()
            self._planned = None
        if not self._measurands:
            return
        batch = SampleBatch()
        for sample in self._measurands.values():
            batch.append(sample)
        self._measurands.clear()
        self._writer.write(encode(Measurands(batch)))

    def abort(self) -> None:
        """The server is gone, or as good as gone: nothing that waits here was committed."""
        if self._planned is not None:
            self._planned.cancel()
        for future in self._uncommitted.values():
            if not future.done():
                future.set_exception(LinkError("the unit server went away before it committed the events"))
        self.records.abort()
        self._writer.transport.abort()  # unlike close, it waits for nobody to read
