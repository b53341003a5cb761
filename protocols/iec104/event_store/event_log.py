"""The event buffer of one group of control centres on disk: group commit by a thread that many buffers share.

An event that was appended is with the disk (fdatasync) within 5 ms, unless the disk is slower: events that come while a
group is written form the next one. It may be sent before; `stored` says when it is durable. Acknowledgements are kept
in the same files, with the next events or after ACKNOWLEDGED_S: after a crash a control centre may hear again what it
has acknowledged just before it (at least once).

While the disk refuses, events stay in memory up to MOST_UNWRITTEN, then the oldest of them are dropped and counted;
`stored` does not end, so nobody in the field is told that they are safe. It is tried again every RETRY_S.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from functools import partial
from pathlib import Path

from models.driver import Clock
from models.errors import StorageError
from protocols.iec104.controlled_station.events.buffer import MOST_IN_MEMORY, Contents, Deliver
from protocols.iec104.controlled_station.events.records import is_total
from protocols.iec104.event_store.recovery import Recovered, recover
from protocols.iec104.event_store.segment_reader import Block, SegmentReader
from protocols.iec104.event_store.segment_writer import SEGMENT_OCTETS, Batch, SegmentWriter

GATHER_S = 0.002
RETRY_S = 1.0
ACKNOWLEDGED_S = 1.0
MOST_UNWRITTEN = 200_000


def _no_one(begin: int, records: list[bytes], lost: int) -> None:
    """Before a buffer is attached."""


class EventLog:
    """An EventStore. on_trouble hears why the disk refuses, once per failure, and "" when it works again;
    on_damage what is gone, once after an undamaged start."""

    def __init__(
        self, folder: Path, recovered: Recovered, since_ns: int, thread: Executor, segment_octets: int
    ) -> None:
        self.folder, self.damage = folder, tuple(recovered.damage)
        self.contents: Contents = recovered.contents
        self.last: Mapping[bytes, bytes] = recovered.last
        self.since_ns = since_ns
        self._thread = thread
        self._writer = SegmentWriter(folder, recovered, since_ns, segment_octets)
        self._reader = SegmentReader(folder)
        self._deliver: Deliver = _no_one
        self._drop: Callable[[int, int], None] = lambda begin, count: None
        self._pending = Batch(recovered.contents.end)
        self._acknowledged, self._lost = recovered.contents.begin, recovered.contents.lost
        self._written = (self._acknowledged, self._lost)
        self._end = self._stored = recovered.contents.end
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._wanted: int | None = None  # to be delivered as soon as it is readable
        self._timer: asyncio.TimerHandle | None = None
        self._busy: asyncio.Future[None] | None = None
        self._planned = self._failing = self._closed = False
        self._unreadable, self._damage_told = False, bool(recovered.damage)
        self.on_trouble: Callable[[str], None] = lambda reason: None
        self.on_damage: Callable[[str], None] = lambda text: None

    @classmethod
    async def open(cls, folder: Path, thread: Executor, clock: Clock, segment_octets: int = SEGMENT_OCTETS) -> EventLog:
        """thread: does one piece of work after another. StorageError where the folder cannot be used."""
        recovered = await asyncio.get_running_loop().run_in_executor(thread, _recovered, folder)
        since_ns = clock() if recovered.since_ns is None else recovered.since_ns
        return cls(folder, recovered, since_ns, thread, segment_octets)

    def attach(self, deliver: Deliver, dropped: Callable[[int, int], None]) -> None:
        self._deliver, self._drop = deliver, dropped

    def append(self, record: bytes) -> None:
        self._pending.records.append(record)
        self._end += 1
        if not self._planned:
            self._planned = True
            self._plan(GATHER_S)
        elif self._failing:
            self._make_room()

    def picture(self, record: bytes) -> None:
        """How a point was when it was first seen: remembered, not sent."""
        self._pending.pictures.append(record)
        self._plan(GATHER_S)

    def inherit(self, last: Mapping[bytes, bytes]) -> bool:
        """Remember the states that another buffer was told of points unknown here; whether there are any."""
        known = self.last
        unknown = {point: record for point, record in last.items() if point not in known and not is_total(record[6])}
        self.last = {**known, **unknown}
        for record in unknown.values():
            self.picture(record)
        return bool(unknown)

    @property
    def span(self) -> tuple[int, int]:
        """Number of the oldest event that is not acknowledged, and the one behind the newest on the disk."""
        return self._acknowledged, self._stored

    def stored(self) -> asyncio.Future[None] | None:
        """Ends once everything appended so far is durable; None when it is. The caller's own: it may be cancelled."""
        if self._stored == self._end:
            return None
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((self._end, future))
        return future

    def acknowledge(self, begin: int, lost: int) -> None:
        self._acknowledged, self._lost = begin, lost
        if self._timer is None:
            self._plan(ACKNOWLEDGED_S)

    def fetch(self, begin: int) -> None:
        self._wanted = begin
        if self._busy is None and not self._closed:
            asyncio.get_running_loop().call_soon(self._serve)

    def _plan(self, delay_s: float) -> None:
        if self._busy is not None or self._closed:
            return  # the end of what is under way plans again
        loop = asyncio.get_running_loop()
        when_s = loop.time() + (RETRY_S if self._failing else delay_s)
        if self._timer is not None:
            if self._timer.when() <= when_s:
                return
            self._timer.cancel()
        self._timer = loop.call_at(when_s, self._commit)

    def _commit(self) -> None:
        self._timer = None
        if self._busy is None:
            self._submit()

    def _submit(self) -> None:
        """Hand everything pending to the thread."""
        batch, self._pending, self._planned = self._pending, Batch(self._end), False
        batch.acknowledged, batch.lost = self._acknowledged, self._lost
        durable = bool(batch.records or batch.dropped)
        loop = asyncio.get_running_loop()
        self._busy = loop.run_in_executor(self._thread, self._writer.write, batch, durable)
        self._busy.add_done_callback(partial(self._ended, batch, self._end))

    def _ended(self, batch: Batch, end: int, done: asyncio.Future[None]) -> None:
        self._busy = None
        error = None if done.cancelled() else done.exception()
        if done.cancelled() or error is not None:
            self._put_back(batch)
            self._tell(f"{self.folder} cannot be written: {error}")
        else:
            self._stored = end
            self._written = (batch.acknowledged, batch.lost)
            self._tell("")
            while self._waiting and self._waiting[0][0] <= end:
                future = self._waiting.popleft()[1]
                if not future.done():
                    future.set_result(None)
        self._go_on()

    def _go_on(self) -> None:
        if self._closed:
            return
        if self._wanted is not None:
            self._serve()
        if self._pending.records or self._pending.pictures:
            self._plan(GATHER_S)
        elif (self._acknowledged, self._lost) != self._written:
            self._plan(ACKNOWLEDGED_S)

    def _put_back(self, batch: Batch) -> None:
        newer = self._pending
        batch.records += newer.records
        batch.pictures += newer.pictures
        batch.dropped += newer.dropped
        self._pending = batch
        self._make_room()

    def _make_room(self) -> None:
        """Memory is bounded: a tenth at once, so that it costs little."""
        pending = self._pending
        if len(pending.records) <= MOST_UNWRITTEN:
            return
        count = len(pending.records) - MOST_UNWRITTEN * 9 // 10
        del pending.records[:count]
        pending.dropped.append((pending.first, count))
        self._drop(pending.first, count)
        pending.first += count

    def _tell(self, reason: str) -> None:
        if bool(reason) is not self._failing:
            self._failing = bool(reason)
            self.on_trouble(reason)

    def _serve(self) -> None:
        """Deliver what is wanted: from what is not written yet, else by the thread."""
        begin, self._wanted = self._wanted, None
        if begin is None or self._closed:
            return
        first = self._pending.first
        if begin >= first and self._pending.records:
            self._deliver(begin, self._pending.records[begin - first : begin - first + MOST_IN_MEMORY], 0)
        elif begin < self._stored:
            self._read(begin)
        elif begin < first and self._pending.dropped and self._busy is None:
            self._deliver(first, [], 0)
        else:
            self._wanted = begin  # it is being written

    def _read(self, begin: int) -> None:
        reading = asyncio.get_running_loop().run_in_executor(self._thread, self._reader.read, begin, self._stored)
        reading.add_done_callback(partial(self._was_read, begin))

    def _was_read(self, begin: int, done: asyncio.Future[Block]) -> None:
        if self._closed or done.cancelled():
            return
        error = done.exception()
        if error is None:
            block = done.result()
            self._unreadable = False
            if block.lost and not self._damage_told:  # the rest is counted, and told by whoever counts
                self._damage_told = True
                self.on_damage(f"{block.lost} events from number {begin} on cannot be read")
            self._deliver(*block)
            return
        if not self._unreadable:
            self._unreadable = True
            self.on_trouble(f"{self.folder} cannot be read: {error}")
        asyncio.get_running_loop().call_later(RETRY_S, self.fetch, begin)

    async def close(self) -> None:
        """Write what is pending; what the disk does not take now was not acknowledged to the field."""
        if self._timer is not None:
            self._timer.cancel()
        while self._busy is not None:
            await asyncio.wait([self._busy])
            await asyncio.sleep(0)
        if self._pending.records or self._pending.pictures or (self._acknowledged, self._lost) != self._written:
            self._submit()
            while self._busy is not None:
                await asyncio.wait([self._busy])
                await asyncio.sleep(0)
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._writer.close)
        await loop.run_in_executor(self._thread, self._reader.close)


def _recovered(folder: Path) -> Recovered:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return recover(folder)
    except OSError as error:
        raise StorageError(f"{folder}: {error}; correct 'data' in unit.toml, or the rights") from error
