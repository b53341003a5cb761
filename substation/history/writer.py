"""Group commit: whatever arrives while one group is written forms the next one. One thread writes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor

from models.alarm import Event
from models.errors import StorageError
from models.point import Sample
from substation.history.document import Document
from substation.history.engine import Engine
from substation.history.group import Group
from substation.history.measurands import Measurands
from substation.history.transaction import Transactions

log = logging.getLogger(__name__)

RETRY_S = 1.0
MEASURANDS_AT_ONCE = 10_000
"""In one transaction, so that an event behind it does not wait long."""
MAX_WAITING_LINES = 100_000
MAX_WAITING_MEASURANDS = 500_000
MAX_WAITING_DOCUMENTS = 10_000


class GroupWriter:
    """Events and documents are lossless: they and those who wait for them stay, in order, until the disk takes them.

    Measurands of a failed group are dropped and counted; lines of the event list wait, the oldest are dropped beyond
    MAX_WAITING_LINES. on_failure hears the reason once per failure, and "" when it works again; on_loss what was lost.
    While nothing arrives there is neither task nor timer.
    """

    def __init__(self, engine: Engine, thread: Executor, sequence: int, group_s: float) -> None:
        self._engine, self._thread, self._sequence, self._group_s = engine, thread, sequence, group_s
        self.transactions = Transactions(engine)
        self._pending = Group()
        self._measurands = Measurands()
        self._retry_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._commit: asyncio.Task[None] | None = None
        self._failing = False
        self._lost_values = self._lost_lines = 0
        self.on_failure: Callable[[str], None] = lambda reason: None
        self.on_loss: Callable[[str], None] = lambda text: None

    def append(self, batch: Iterable[Sample]) -> asyncio.Future[None]:
        """Take samples now; the future ends once all of them are committed, however long the disk is full."""
        samples = list(batch)
        self._pending.events.extend(samples, self._numbers(len(samples)))
        return self._ended(self._pending.stored)

    def append_later(self, batch: Iterable[Sample]) -> None:
        """Take samples that may be lost; they are committed within seconds."""
        samples = list(batch)
        self._measurands.extend(samples, self._numbers(len(samples)), asyncio.get_running_loop().time())
        self._lost_values += self._measurands.shorten(MAX_WAITING_MEASURANDS)
        self._plan()

    def append_documents(self, documents: Sequence[Document]) -> asyncio.Future[None]:
        """As append: lossless, in order."""
        self._pending.documents += enumerate(documents, self._numbers(len(documents)))
        return self._ended(self._pending.stored)

    def append_documents_later(self, documents: Sequence[Document]) -> None:
        """As append_later: lost and counted when the disk is full."""
        waiting = self._pending.documents_later
        waiting += enumerate(documents, self._numbers(len(documents)))
        if len(waiting) > MAX_WAITING_DOCUMENTS:
            self._lost_values += len(waiting) - MAX_WAITING_DOCUMENTS
            del waiting[:-MAX_WAITING_DOCUMENTS]
        self._plan()

    def record(self, line: Event) -> int:
        """The line's sequence number."""
        number = self._numbers(1)
        self._pending.lines.append((number, line))
        self._plan()
        return number

    def flush(self) -> asyncio.Future[None]:
        """Ends once everything taken so far is committed; StorageError when that was tried in vain."""
        return self._ended(self._pending.tried)

    def close(self) -> None:
        """Nothing is written any more."""
        if self._timer is not None:
            self._timer.cancel()
        if self._commit is not None:
            self._commit.cancel()
        if self._pending.events or self._pending.lines or self._pending.documents:
            kept = f"{len(self._pending.events)} events and {len(self._pending.lines)} lines of the event list"
            documents = f" and {len(self._pending.documents)} documents" if self._pending.documents else ""
            log.error("history ends without %s%s, which were not acknowledged", kept, documents)

    def _numbers(self, count: int) -> int:
        """The first of so many new sequence numbers."""
        first = self._sequence + 1
        self._sequence += count
        return first

    def _ended(self, waiting: list[asyncio.Future[None]]) -> asyncio.Future[None]:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting.append(future)
        self._plan()
        return future

    def _plan(self) -> None:
        """See to it that what is pending is committed in time."""
        if not (self._pending or self._measurands) or (self._commit is not None and not self._commit.done()):
            return  # the end of the commit plans again
        loop = asyncio.get_running_loop()
        when_s = max(self._due_s(loop.time()), self._retry_s)
        if self._timer is not None and not self._timer.cancelled():
            if self._timer.when() <= when_s:
                return
            self._timer.cancel()
        self._timer = loop.call_at(when_s, self._start)

    def _due_s(self, now_s: float) -> float:
        pending = self._pending
        if pending.urgent:
            return now_s
        if pending.lines or pending.documents_later:
            return now_s + self._group_s
        return max(self._measurands.due_s, now_s)

    def _start(self) -> None:
        self._timer = None
        self._commit = asyncio.ensure_future(self._commit_group())

    def _taken(self) -> Group:
        """What the next transaction holds, a portion of the measurands too. Who waits for all of them waits on."""
        group, self._pending = self._pending, Group()
        now_s = asyncio.get_running_loop().time()
        group.measurands = self._measurands.portion(MEASURANDS_AT_ONCE, now_s, bool(group.tried))
        if group.tried and self._measurands:
            self._pending.tried, group.tried = group.tried, []
        return group

    async def _commit_group(self) -> None:
        loop = asyncio.get_running_loop()
        group, last = self._taken(), self._sequence
        try:
            refused = await loop.run_in_executor(self._thread, self.transactions.write, group, last)
        except self._engine.failures as error:
            self._failed(group, error)
            self._retry_s = loop.time() + RETRY_S
        else:
            self._succeeded(group, refused)
        self._commit = None
        self._plan()

    def _failed(self, group: Group, error: Exception) -> None:
        reason = f"history cannot be written: {self._engine.cause(error)}"
        newer = self._pending
        lines = group.lines + newer.lines
        self._lost_values += len(group.measurands) + len(group.documents_later)
        self._lost_lines += max(0, len(lines) - MAX_WAITING_LINES)
        newer.lines = lines[-MAX_WAITING_LINES:]
        newer.documents = group.documents + newer.documents
        group.events.put_before(newer.events)
        newer.stored = group.stored + newer.stored
        for future in group.tried:
            if not future.done():
                future.set_exception(StorageError(reason))
        if not self._failing:
            self._failing = True
            self.on_failure(f"{reason}; {self._engine.relief}")

    def _succeeded(self, group: Group, refused: list[str]) -> None:
        for future in (*group.stored, *group.tried):
            if not future.done():
                future.set_result(None)
        if self._failing:
            self._failing = False
            self.on_failure("")
        for row in refused:
            self.on_loss(f"history cannot hold {row}")
        if self._lost_values or self._lost_lines:
            values, lines = self._lost_values, self._lost_lines
            self._lost_values = self._lost_lines = 0
            self.on_loss(f"{values} measured values and {lines} lines of the event list were not kept")
