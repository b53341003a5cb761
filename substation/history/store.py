"""The history store: appends in groups within 10 ms, and answers questions about the past."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

import cbor2
import sqlalchemy as sa

from models.alarm import Event
from models.point import Cdc, Handle, PointName, PointSpec, Sample
from substation.application import Plain
from substation.history.document import Document
from substation.history.rows import document_of, line_of, sample_of
from substation.history.schema import (
    documents,
    event_lines,
    newest_documents,
    newest_samples,
    open_database,
    origins,
    points,
    samples,
    states,
    told,
)
from substation.history.writer import GroupWriter

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

READERS = 2
"""People's questions that are answered at the same time; more wait."""
BEGINNING_NS, END_NS = -(2**63), 2**63 - 1
"""What the database can compare with."""

UNUSED_NUMBERS = 1_000_000
"""Sequence numbers that each start leaves out: more than a crash can take along. A reader knows a line by its number,
so a number that was told before the crash, and not kept, must never come again."""

_REPLACE_STATE = "INSERT OR REPLACE INTO application_state (application, state) VALUES (?, ?)"


class History:
    """One database file. `append` and `record` may be called at any rate from the loop; commits happen in one thread.

    A full or failing disk never stops the unit: events wait (the field is not acknowledged), lines of the event list
    wait, measured values are lost and counted (substation.history.writer). `on_failure` hears the reason once per
    failure and "" when it works again, `on_loss` what has been lost. What cannot be opened or read is a StorageError.
    append, append_later, record and flush are the writer's.
    """

    def __init__(self, path: Path, group_s: float = 0.01) -> None:
        self._path = path
        self._engine = open_database(path)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="history")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="history-reader")
        self._writer = GroupWriter(self._engine, self._thread, self._last_sequence(), group_s)
        self.append = self._writer.append
        self.append_later = self._writer.append_later
        self.append_documents = self._writer.append_documents
        self.append_documents_later = self._writer.append_documents_later
        self.record = self._writer.record
        self.flush = self._writer.flush

    def _last_sequence(self) -> int:
        """The number before the first that this run gives."""
        with told(self._path), self._engine.connect() as connection:
            found = [
                connection.execute(sa.select(sa.func.max(table.c.sequence))).scalar()
                for table in (newest_samples, newest_documents, event_lines)
            ]
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
        self._thread.shutdown()
        self._readers.shutdown(cancel_futures=True)
        self._engine.dispose()

    # -- handles and states (at start, or before a decision acts)

    def handles(self, specs: Iterable[PointSpec]) -> list[tuple[Handle, PointSpec]]:
        """Give each point its persistent handle; new points get new ones."""
        listed = list(specs)
        return list(zip(self.series_handles([spec.name for spec in listed]), listed, strict=True))

    def series_handles(self, names: Sequence[PointName]) -> list[Handle]:
        """The persistent handle of each name, whether a point or a declared variable; new names get new ones."""
        with told(self._path), self._engine.begin() as connection:
            known = {
                PointName(row.location, row.variable): Handle(row.handle)
                for row in connection.execute(sa.select(points))
            }
            for name in dict.fromkeys(names):
                if name not in known:
                    inserted = connection.execute(
                        sa.insert(points).values(location=name.location, variable=name.variable)
                    )
                    known[name] = Handle(int(inserted.inserted_primary_key[0]))  # type: ignore[index]
        return [known[name] for name in names]

    def load_state(self, application: str) -> Plain:
        """The state stored last, None when there is none."""
        with told(self._path), self._engine.connect() as connection:
            stored = connection.execute(sa.select(states.c.state).where(states.c.application == application)).scalar()
        plain: Plain = None if stored is None else cbor2.loads(stored)
        return plain

    async def save_state(self, application: str, state: Plain) -> None:
        """Return once the state is on the disk; StorageError when it cannot be."""
        with told(f"{self._path}: the state of {application} cannot be kept"):
            await asyncio.get_running_loop().run_in_executor(self._thread, self._save_state, application, state)

    def save_state_later(self, application: str, state: Plain) -> None:
        """For states whose loss costs nothing but a repetition; a failure is logged."""
        self._thread.submit(self._save_state, application, state).add_done_callback(_logged)

    def _save_state(self, application: str, state: Plain) -> None:
        with self._engine.begin() as connection:
            connection.exec_driver_sql(_REPLACE_STATE, (application, cbor2.dumps(state)))

    # -- asking: blocking, to be called through `ask`

    async def ask(self, question: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """Do blocking reading in threads of its own, where it keeps neither automation nor commits waiting."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, partial(question, *arguments, **named))

    def series(self, handle: Handle, cdc: Cdc, start_ns: int, end_ns: int, limit: int = 100_000) -> list[Sample]:
        """Samples of one point with start <= time < end, by time and sequence; the first `limit` of them."""
        statement = (
            sa.select(samples)
            .where(samples.c.handle == handle, samples.c.time_ns >= _held(start_ns), samples.c.time_ns < _held(end_ns))
            .order_by(samples.c.time_ns, samples.c.sequence)
            .limit(limit)
        )
        with told(self._path), self._engine.connect() as connection:
            return [sample_of(cdc, row) for row in connection.execute(statement)]

    def newest(self, points: Iterable[tuple[Handle, Cdc]]) -> dict[Handle, Sample]:
        """What arrived last of each point, where anything has."""
        wanted = dict(points)
        with told(self._path), self._engine.connect() as connection:
            rows = connection.execute(sa.select(newest_samples))
            return {Handle(row.handle): sample_of(wanted[row.handle], row) for row in rows if row.handle in wanted}

    def documents(self, handle: Handle, start_ns: int, end_ns: int, limit: int = 100_000) -> list[Document]:
        """Documents of one variable with start <= time < end, by time and sequence; the first `limit` of them."""
        column = documents.c
        statement = (
            _with_origin(documents)
            .where(column.handle == handle, column.time_ns >= _held(start_ns), column.time_ns < _held(end_ns))
            .order_by(column.time_ns, column.sequence)
            .limit(limit)
        )
        with told(self._path), self._engine.connect() as connection:
            return [document_of(row) for row in connection.execute(statement)]

    def newest_documents(self, handles: Iterable[Handle]) -> dict[Handle, Document]:
        """The document that arrived last of each variable, where any has."""
        wanted = set(handles)
        with told(self._path), self._engine.connect() as connection:
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
            statement = statement.where(column.time_ns >= _held(start_ns), column.time_ns < _held(end_ns))
        with told(self._path), self._engine.connect() as connection:
            rows = connection.execute(statement).fetchall()
        return [(row.sequence, line_of(row)) for row in reversed(rows)]


def _with_origin(table: sa.Table) -> sa.Select[tuple[object, ...]]:
    return sa.select(table, origins.c.owner, origins.c.policy).join(origins, table.c.origin == origins.c.number)


def _held(time_ns: int) -> int:
    return min(max(time_ns, BEGINNING_NS), END_NS)


def _logged(done: Future[None]) -> None:
    if error := done.exception():
        log.error("a state could not be kept: %s", error)
