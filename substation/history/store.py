"""The history store: appends in groups within 10 ms, and answers questions about the past."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

import cbor2
import sqlalchemy as sa

from models.alarm import Event
from models.bucket import Bucket
from models.driver import Clock
from models.errors import StorageError
from models.point import Cdc, Handle, PointName, PointSpec, Sample
from substation.application import Plain
from substation.history.document import Document
from substation.history.engine import Engine, Row
from substation.history.housekeeping import Housekeeping
from substation.history.rows import document_of, line_of, samples_of
from substation.history.schema import (
    counters,
    documents,
    event_lines,
    newest_documents,
    newest_samples,
    origins,
    points,
    samples,
    states,
)
from substation.history.settings import KeepDays
from substation.history.sqlite_engine import SqliteEngine
from substation.history.transaction import SEQUENCE, later
from substation.history.trend import NO_ROLLUPS, trend
from substation.history.writer import GroupWriter
from substation.storage_threads import StorageThreads

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

READERS = 2
"""People's questions that are answered at the same time; more wait."""
BEGINNING_NS, END_NS = -(2**63), 2**63 - 1
"""What the database can compare with."""

MOST_BUCKETS = 10_000
"""Of a trend; no plot has so many pixels side by side."""

UNUSED_NUMBERS = 1_000_000
"""Sequence numbers that each start leaves out: more than a crash can take along. A reader knows a line by its number,
so a number that was told before the crash, and not kept, must never come again."""


class History:
    """One database. `append` and `record` may be called at any rate from the loop; commits happen in one thread.

    A full or failing disk never stops the unit: events and documents wait (the field is not acknowledged), lines of the
    event list wait, measured values are lost and counted (substation.history.writer). `on_failure` hears the reason
    once per failure and "" when it works again, `on_loss` what has been lost. What cannot be opened or read is a
    StorageError. append, append_later, append_documents, append_documents_later, record and flush are the writer's.
    """

    def __init__(
        self,
        engine: Engine | Path,
        group_s: float = 0.01,
        threads: StorageThreads | None = None,
        clock: Clock = time.time_ns,
        keep: KeepDays | None = None,
    ) -> None:
        """engine: closed with the history; a path is a file of SQLite. threads: shared with others, else own ones.

        keep: how long; `housekeeping.run` sees to it.
        """
        used = StorageThreads(1, READERS) if threads is None else threads
        self._own = used if threads is None else None
        self.engine = SqliteEngine(engine) if isinstance(engine, Path) else engine
        self.thread, self._readers = used.strand(), used.readers
        self.housekeeping = Housekeeping(self.engine, self.thread, keep or KeepDays(), clock)
        try:
            self.engine.prepare(clock())
            self.housekeeping.begin()
            self._writer = GroupWriter(self.engine, self.thread, self._last_sequence(), group_s)
        except StorageError:
            self.engine.close()
            raise
        self._writer.transactions.on_samples = self.housekeeping.compaction.late
        self.append = self._writer.append
        self.append_later = self._writer.append_later
        self.append_documents = self._writer.append_documents
        self.append_documents_later = self._writer.append_documents_later
        self.record = self._writer.record
        self.flush = self._writer.flush

    def _last_sequence(self) -> int:
        """The number before the first that this run gives."""
        with self.engine.reading() as connection:
            found = [
                connection.execute(sa.select(sa.func.max(table.c.sequence))).scalar()
                for table in (newest_samples, newest_documents, event_lines)
            ]
            kept = sa.select(counters.c.number).where(counters.c.name == SEQUENCE)
            found.append(connection.execute(kept).scalar())
        newest = max((number for number in found if number is not None), default=0)
        return newest + UNUSED_NUMBERS if newest else 0

    @property
    def on_failure(self) -> Callable[[str], None]:
        return self._writer.on_failure

    @on_failure.setter
    def on_failure(self, hears: Callable[[str], None]) -> None:
        self._writer.on_failure = hears

    @property
    def on_loss(self) -> Callable[[str], None]:
        return self._writer.on_loss

    @on_loss.setter
    def on_loss(self, hears: Callable[[str], None]) -> None:
        self._writer.on_loss = hears

    def close(self) -> None:
        """After flush; waits for the writer thread."""
        self._writer.close()
        self.thread.shutdown()
        if self._own is not None:
            self._own.close()
        self.engine.close()

    # -- handles and states (at start, or before a decision acts)

    def handles(self, specs: Iterable[PointSpec]) -> list[tuple[Handle, PointSpec]]:
        """Give each point its persistent handle; new points get new ones."""
        listed = list(specs)
        found = list(zip(self._handles([(spec.name, spec.cdc) for spec in listed]), listed, strict=True))
        self._writer.transactions.event_handles |= {handle for handle, spec in found if spec.cdc.is_event}
        self.housekeeping.compaction.measurands |= {handle for handle, spec in found if not spec.cdc.is_event}
        return found

    def series_handles(self, names: Sequence[PointName]) -> list[Handle]:
        """The persistent handle of each name, whether a point or a declared variable; new names get new ones."""
        return self._handles([(name, None) for name in names])

    def _handles(self, wanted: Sequence[tuple[PointName, Cdc | None]]) -> list[Handle]:
        with self.engine.told(), self.engine.writing() as connection:
            rows = connection.execute(sa.select(points)).fetchall()
            known = {PointName(row.location, row.variable): Handle(row.handle) for row in rows}
            classes = {Handle(row.handle): row.cdc for row in rows}
            for name, cdc in dict(wanted).items():
                text = None if cdc is None else cdc.value
                if name not in known:
                    row = sa.insert(points).values(location=name.location, variable=name.variable, cdc=text)
                    known[name] = Handle(int(connection.execute(row).inserted_primary_key[0]))  # type: ignore[index]
                elif text is not None and classes.get(known[name]) != text:
                    connection.execute(sa.update(points).where(points.c.handle == known[name]).values(cdc=text))
        return [known[name] for name, _ in wanted]

    def load_state(self, application: str) -> Plain:
        """The state stored last, None when there is none."""
        with self.engine.reading() as connection:
            stored = connection.execute(sa.select(states.c.state).where(states.c.application == application)).scalar()
        plain: Plain = None if stored is None else cbor2.loads(bytes(stored))
        return plain

    async def save_state(self, application: str, state: Plain) -> None:
        """Return once the state is on the disk; StorageError when it cannot be."""
        with self.engine.told(f": the state of {application} cannot be kept"):
            await asyncio.get_running_loop().run_in_executor(self.thread, self._save_state, application, state)

    def save_state_later(self, application: str, state: Plain) -> None:
        """For states whose loss costs nothing but a repetition; a failure is logged."""
        self.thread.submit(self._save_state, application, state).add_done_callback(_logged)

    def _save_state(self, application: str, state: Plain) -> None:
        with self.engine.writing() as connection:
            self.engine.replace(connection, states, [(application, cbor2.dumps(state))])

    # -- asking: blocking, to be called through `ask`

    async def ask(self, question: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """Do blocking reading in threads of its own, where it keeps neither automation nor commits waiting."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, partial(question, *arguments, **named))

    def series(self, handle: Handle, cdc: Cdc, start_ns: int, end_ns: int, limit: int = 100_000) -> list[Sample]:
        """Samples of one point with start <= time < end, by time and sequence; the first `limit` of them."""
        statement = _between(sa.select(samples), samples, handle, start_ns, end_ns).limit(limit)
        with self.engine.reading() as connection:
            return samples_of(cdc, connection.execute(statement))

    def trend(self, handle: Handle, start_ns: int, end_ns: int, buckets: int) -> list[Bucket]:
        """A measurand or event point in at most `buckets` parts of equal length of [start_ns, end_ns), for a plot.

        Parts without samples are left out. Numbers are those of the samples (a position counts as 0 to 3).
        """
        start_ns, end_ns = held(start_ns), held(end_ns)
        if not 0 < buckets <= MOST_BUCKETS or end_ns <= start_ns:
            raise ValueError(f"a trend has 1 to {MOST_BUCKETS} parts and ends after its start")
        events = handle in self._writer.transactions.event_handles
        horizon = NO_ROLLUPS if events else self.housekeeping.horizon
        with self.engine.reading() as connection:
            return trend(connection, handle, start_ns, end_ns, buckets, horizon)

    def newest(self, points: Iterable[tuple[Handle, Cdc]]) -> dict[Handle, Sample]:
        """What arrived last of each point, where anything has."""
        wanted = dict(points)
        waiting = self._writer.transactions.newest  # before the database: what leaves it is there by then
        with self.engine.reading() as connection:
            both: dict[Handle, Row] = {
                Handle(row.handle): tuple(row) for row in connection.execute(sa.select(newest_samples))
            }
        both |= later(waiting, both)
        return {handle: samples_of(cdc, [both[handle]])[0] for handle, cdc in wanted.items() if handle in both}

    def documents(self, handle: Handle, start_ns: int, end_ns: int, limit: int = 100_000) -> list[Document]:
        """Documents of one variable with start <= time < end, by time and sequence; the first `limit` of them."""
        statement = _between(_with_origin(documents), documents, handle, start_ns, end_ns).limit(limit)
        with self.engine.reading() as connection:
            return [document_of(row) for row in connection.execute(statement)]

    def newest_documents(self, handles: Iterable[Handle]) -> dict[Handle, Document]:
        """The document that arrived last of each variable, where any has."""
        wanted = set(handles)
        with self.engine.reading() as connection:
            rows = connection.execute(_with_origin(newest_documents))
            return {Handle(row.handle): document_of(row) for row in rows if row.handle in wanted}

    def lines(self, last: int = 1000, start_ns: int = BEGINNING_NS, end_ns: int = END_NS) -> list[tuple[int, Event]]:
        """The newest lines of the event list with start <= time < end, in order of time, with their sequence numbers.

        Without times: in order of record.
        """
        column = event_lines.c
        whole = (start_ns, end_ns) == (BEGINNING_NS, END_NS)
        order = (column.sequence,) if whole else (column.time_ns, column.sequence)
        statement = sa.select(event_lines).order_by(*(each.desc() for each in order)).limit(last)
        if not whole:
            statement = statement.where(column.time_ns >= held(start_ns), column.time_ns < held(end_ns))
        with self.engine.reading() as connection:
            rows = connection.execute(statement).fetchall()
        return [(row.sequence, line_of(row)) for row in reversed(rows)]


Select = sa.Select[tuple[object, ...]]


def _with_origin(table: sa.Table) -> Select:
    return sa.select(table, origins.c.owner, origins.c.policy).join(origins, table.c.origin == origins.c.number)


def _between(statement: Select, table: sa.Table, handle: Handle, start_ns: int, end_ns: int) -> Select:
    column = table.c
    return statement.where(
        column.handle == handle, column.time_ns >= held(start_ns), column.time_ns < held(end_ns)
    ).order_by(column.time_ns, column.sequence)


def held(time_ns: int) -> int:
    """The time, or the bound of what the database can compare with."""
    return min(max(time_ns, BEGINNING_NS), END_NS)


def _logged(done: Future[None]) -> None:
    if error := done.exception():
        log.error("a state could not be kept: %s", error)
