"""Group commit: whatever arrives while one group is written forms the next one. One thread writes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from operator import itemgetter

import sqlalchemy as sa

from models.alarm import Event
from models.errors import StorageError
from models.point import Sample
from substation.history.document import Document
from substation.history.origins import Origins
from substation.history.rows import (
    HANDLE,
    INSERT_DOCUMENT,
    INSERT_LINE,
    INSERT_NEWEST,
    INSERT_NEWEST_DOCUMENT,
    INSERT_SAMPLE,
    SEQUENCE,
    Row,
    row_of_document,
    row_of_line,
    row_of_sample,
)

log = logging.getLogger(__name__)

RETRY_S = 1.0
MAX_WAITING_LINES = 100_000
MAX_WAITING_MEASURANDS = 200_000
MAX_WAITING_DOCUMENTS = 10_000

_UNFIT = (sa.exc.IntegrityError, sa.exc.InterfaceError, sa.exc.ProgrammingError, sa.exc.DataError, ArithmeticError,
          TypeError, ValueError)  # fmt: skip
"""The disk is well, but a row is not: the others are kept without it."""


@dataclass(slots=True)
class _Group:
    """Rows for one transaction. stored: hear of the commit, however long it takes; tried: also of a failure."""

    events: list[Row] = field(default_factory=list)
    measurands: list[Row] = field(default_factory=list)
    lines: list[Row] = field(default_factory=list)
    documents: list[tuple[int, Document]] = field(default_factory=list)
    documents_later: list[tuple[int, Document]] = field(default_factory=list)
    stored: list[asyncio.Future[None]] = field(default_factory=list)
    tried: list[asyncio.Future[None]] = field(default_factory=list)

    def __bool__(self) -> bool:
        rows = self.events or self.measurands or self.lines or self.documents or self.documents_later
        return bool(rows or self.stored or self.tried)


class GroupWriter:
    """Events are lossless: they and those who wait for them stay, in order, until the disk takes them.

    Measurands of a failed group are dropped and counted; lines of the event list wait, the oldest are dropped beyond
    MAX_WAITING_LINES. on_failure hears the reason once per failure, and "" when it works again; on_loss what was lost.
    """

    def __init__(self, engine: sa.Engine, thread: ThreadPoolExecutor, sequence: int, group_s: float) -> None:
        self._engine, self._thread, self._sequence, self._group_s = engine, thread, sequence, group_s
        self._origins = Origins()
        self._pending = _Group()
        self._commit: asyncio.Task[None] | None = None
        self._failing = False
        self._lost_measurands = self._lost_lines = 0
        self.on_failure: Callable[[str], None] = lambda reason: None
        self.on_loss: Callable[[str], None] = lambda text: None

    def append(self, batch: Iterable[Sample]) -> asyncio.Future[None]:
        """Take samples now; the future ends once all of them are committed, however long the disk is full."""
        self._pending.events += self._rows(batch)
        return self._ended(self._pending.stored)

    def append_later(self, batch: Iterable[Sample]) -> None:
        waiting = self._pending.measurands
        waiting += self._rows(batch)
        if len(waiting) > MAX_WAITING_MEASURANDS:
            self._lost_measurands += len(waiting) - MAX_WAITING_MEASURANDS
            del waiting[:-MAX_WAITING_MEASURANDS]
        self._plan()

    def append_documents(self, documents: Sequence[Document]) -> asyncio.Future[None]:
        """As append: lossless, in order."""
        self._pending.documents += self._numbered(documents)
        return self._ended(self._pending.stored)

    def append_documents_later(self, documents: Sequence[Document]) -> None:
        """As append_later: lost and counted when the disk is full."""
        waiting = self._pending.documents_later
        waiting += self._numbered(documents)
        if len(waiting) > MAX_WAITING_DOCUMENTS:
            self._lost_measurands += len(waiting) - MAX_WAITING_DOCUMENTS
            del waiting[:-MAX_WAITING_DOCUMENTS]
        self._plan()

    def _numbered(self, documents: Sequence[Document]) -> list[tuple[int, Document]]:
        first = self._sequence + 1
        self._sequence += len(documents)
        return list(enumerate(documents, first))

    def record(self, line: Event) -> int:
        """The line's sequence number."""
        self._sequence += 1
        self._pending.lines.append(row_of_line(line, self._sequence))
        self._plan()
        return self._sequence

    def flush(self) -> asyncio.Future[None]:
        """Ends once everything taken so far is committed; StorageError when that was tried in vain."""
        return self._ended(self._pending.tried)

    def close(self) -> None:
        """Nothing is written any more."""
        if self._commit is not None:
            self._commit.cancel()
        if self._pending.events or self._pending.lines:
            kept = f"{len(self._pending.events)} events and {len(self._pending.lines)} lines of the event list"
            log.error("history ends without %s, which were not acknowledged", kept)

    def _rows(self, batch: Iterable[Sample]) -> list[Row]:
        rows = []
        for sample in batch:
            self._sequence += 1
            rows.append(row_of_sample(sample, self._sequence))
        return rows

    def _ended(self, waiting: list[asyncio.Future[None]]) -> asyncio.Future[None]:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting.append(future)
        self._plan()
        return future

    def _plan(self) -> None:
        if self._commit is None or self._commit.done():
            self._commit = asyncio.ensure_future(self._commit_groups())

    async def _commit_groups(self) -> None:
        loop = asyncio.get_running_loop()
        while self._pending:
            if not (self._pending.stored or self._pending.tried):
                await asyncio.sleep(self._group_s)
            group, self._pending = self._pending, _Group()
            try:
                unfit = await loop.run_in_executor(self._thread, self._write, group)
            except sa.exc.SQLAlchemyError as error:
                self._failed(group, error)
                await asyncio.sleep(RETRY_S)
            else:
                self._succeeded(group, unfit)

    def _failed(self, group: _Group, error: sa.exc.SQLAlchemyError) -> None:
        reason = f"history cannot be written: {getattr(error, 'orig', None) or error}"
        newer = self._pending
        lines = group.lines + newer.lines
        self._lost_measurands += len(group.measurands) + len(group.documents_later)
        self._lost_lines += max(0, len(lines) - MAX_WAITING_LINES)
        newer.lines = lines[-MAX_WAITING_LINES:]
        newer.documents = group.documents + newer.documents
        newer.events = group.events + newer.events
        newer.stored = group.stored + newer.stored
        for future in group.tried:
            if not future.done():
                future.set_exception(StorageError(reason))
        if not self._failing:
            self._failing = True
            self.on_failure(f"{reason}; free or replace the disk")

    def _succeeded(self, group: _Group, unfit: list[str]) -> None:
        for future in (*group.stored, *group.tried):
            if not future.done():
                future.set_result(None)
        if self._failing:
            self._failing = False
            self.on_failure("")
        for row in unfit:
            self.on_loss(f"history cannot hold {row}")
        if self._lost_measurands or self._lost_lines:
            values, lines = self._lost_measurands, self._lost_lines
            self._lost_measurands = self._lost_lines = 0
            self.on_loss(f"{values} measured values and {lines} lines of the event list were not kept")

    def _write(self, group: _Group) -> list[str]:
        """Runs in the thread. Rows that cannot be stored at all, in words."""
        try:
            with self._engine.begin() as connection:
                for statement, rows in self._statements(connection, group):
                    connection.exec_driver_sql(statement, rows)
            self._origins.keep()
        except _UNFIT:
            return self._write_one_by_one(group)
        return []

    def _write_one_by_one(self, group: _Group) -> list[str]:
        unfit = []
        with self._engine.begin() as connection:
            for statement, rows in self._statements(connection, group):
                for row in rows:
                    try:
                        connection.exec_driver_sql(statement, row)
                    except _UNFIT as error:
                        if statement not in (INSERT_NEWEST, INSERT_NEWEST_DOCUMENT):
                            unfit.append(f"{row!a:.300}: {getattr(error, 'orig', None) or error}")
        self._origins.keep()
        return unfit

    def _statements(self, connection: sa.Connection, group: _Group) -> list[tuple[str, list[Row]]]:
        numbered = sorted(group.documents + group.documents_later, key=itemgetter(0))
        origins = self._origins.numbers(connection, [document for _, document in numbered])
        documents = [
            row_of_document(document, sequence, origin)
            for (sequence, document), origin in zip(numbered, origins, strict=True)
        ]
        samples = group.events + group.measurands
        made = [
            (INSERT_SAMPLE, samples),
            (INSERT_NEWEST, _newest(samples)),
            (INSERT_DOCUMENT, documents),
            (INSERT_NEWEST_DOCUMENT, _newest(documents)),
            (INSERT_LINE, group.lines),
        ]
        return [(statement, rows) for statement, rows in made if rows]


def _newest(rows: list[Row]) -> list[Row]:
    newest: dict[object, Row] = {}
    for row in rows:
        known = newest.get(row[HANDLE])
        if known is None or _sequence(known) < _sequence(row):
            newest[row[HANDLE]] = row
    return list(newest.values())


def _sequence(row: Row) -> int:
    return int(str(row[SEQUENCE]))
