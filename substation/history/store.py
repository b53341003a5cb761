"""The history store: appends in groups within 10 ms, and answers questions about the past."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cbor2
import sqlalchemy as sa

from models.alarm import Category, Event, Severity
from models.errors import StorageError
from models.point import Cdc, Dbpos, Handle, PointName, PointSpec, Sample, Value
from substation.application import Plain
from substation.history.schema import event_lines, metadata, open_database, points, samples, states

_Row = tuple[object, ...]
RETRY_S = 1.0
MAX_WAITING_LINES = 100_000

_INSERT_SAMPLE = (
    "INSERT OR IGNORE INTO sample (handle, time_ns, sequence, has_source_time, arrival_ns, value, quality)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_INSERT_EVENT = (
    "INSERT INTO event_line (sequence, time_ns, arrival_ns, category, severity, location, text)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)


class History:
    """One database file. `append` and `record` may be called at any rate from the loop; commits happen in one thread.

    A full or failing disk never stops the unit: callers of `append` get StorageError and keep their batch (the field is
    not acknowledged), measurands of that group are lost, lines of the event list wait. `on_failure` hears the reason
    once per failure and "" when it works again.
    """

    def __init__(
        self, path: Path, group_s: float = 0.01, on_failure: Callable[[str], None] = lambda reason: None
    ) -> None:
        self._engine = open_database(path)
        metadata.create_all(self._engine)
        self._group_s, self._failing = group_s, False
        self.on_failure: Callable[[str], None] = lambda reason: None
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="history")
        self._sequence = self._last_sequence()
        self._rows: list[_Row] = []
        self._lines: list[_Row] = []
        self._waiting: list[asyncio.Future[None]] = []
        self._commit: asyncio.Task[None] | None = None

    def _last_sequence(self) -> int:
        with self._engine.connect() as connection:
            found = [
                connection.execute(sa.select(sa.func.max(table.c.sequence))).scalar()
                for table in (samples, event_lines)
            ]
        return max((number for number in found if number is not None), default=0)

    # -- handles and states (at start, or before a decision acts) --

    def handles(self, specs: Iterable[PointSpec]) -> list[tuple[Handle, PointSpec]]:
        """Give each point its persistent handle; new points get new ones."""
        with self._engine.begin() as connection:
            known = {
                PointName(row.location, row.variable): Handle(row.handle)
                for row in connection.execute(sa.select(points))
            }
            result = []
            for spec in specs:
                if spec.name not in known:
                    inserted = connection.execute(
                        sa.insert(points).values(location=spec.name.location, variable=spec.name.variable)
                    )
                    known[spec.name] = Handle(int(inserted.inserted_primary_key[0]))  # type: ignore[index]
                result.append((known[spec.name], spec))
        return result

    def load_state(self, application: str) -> Plain:
        """The state stored last, None when there is none."""
        with self._engine.connect() as connection:
            stored = connection.execute(sa.select(states.c.state).where(states.c.application == application)).scalar()
        plain: Plain = None if stored is None else cbor2.loads(stored)
        return plain

    async def save_state(self, application: str, state: Plain) -> None:
        """Return once the state is on the disk; StorageError when it cannot be."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._writer, self._save_state, application, state)
        except sa.exc.SQLAlchemyError as error:
            raise StorageError(f"the state of {application} cannot be kept: {error.__cause__ or error}") from error

    def save_state_later(self, application: str, state: Plain) -> None:
        """For states whose loss costs nothing but a repetition; a failure is told through `on_failure` by others."""
        self._writer.submit(self._save_state, application, state)

    def _save_state(self, application: str, state: Plain) -> None:
        statement = "INSERT OR REPLACE INTO application_state (application, state) VALUES (?, ?)"
        with self._engine.begin() as connection:
            connection.exec_driver_sql(statement, (application, cbor2.dumps(state)))

    # -- appending --

    async def append(self, batch: Iterable[Sample]) -> None:
        """Return once all samples are committed."""
        self._take_samples(batch)
        await self._committed()

    def append_later(self, batch: Iterable[Sample]) -> None:
        """Take measurands with the next group; nobody waits for them."""
        self._take_samples(batch)
        self._plan()

    def record(self, line: Event) -> int:
        """Take one line of the event list with the next group; returns its sequence number."""
        self._sequence += 1
        severity = int(line.severity)
        row = (self._sequence, line.time_ns, line.arrival_time_ns, line.category.value, severity)
        self._lines.append((*row, line.location, line.text))
        self._plan()
        return self._sequence

    def _take_samples(self, batch: Iterable[Sample]) -> None:
        for handle, value, quality, source_ns, arrival_ns in batch:
            self._sequence += 1
            time_ns = arrival_ns if source_ns is None else source_ns
            self._rows.append((handle, time_ns, self._sequence, source_ns is not None, arrival_ns, value, quality))

    async def _committed(self) -> None:
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        self._plan()
        await future

    def _plan(self) -> None:
        if self._commit is None or self._commit.done():
            self._commit = asyncio.ensure_future(self._commit_groups())

    async def _commit_groups(self) -> None:
        """Group commit: whatever arrives while one group is written forms the next one."""
        loop = asyncio.get_running_loop()
        while self._rows or self._lines or self._waiting:
            if not self._waiting:
                await asyncio.sleep(self._group_s)
            rows, lines, waiting = self._rows, self._lines, self._waiting
            self._rows, self._lines, self._waiting = [], [], []
            try:
                await loop.run_in_executor(self._writer, self._write, rows, lines)
            except sa.exc.SQLAlchemyError as error:
                await self._failed(error, lines, waiting)
            else:
                self._succeeded(waiting)

    async def _failed(self, error: Exception, lines: list[_Row], waiting: list[asyncio.Future[None]]) -> None:
        self._lines = (lines + self._lines)[-MAX_WAITING_LINES:]
        for future in waiting:
            if not future.done():
                future.set_exception(StorageError(f"history cannot be written: {error.__cause__ or error}"))
        if not self._failing:
            self._failing = True
            self.on_failure(f"history cannot be written: {error.__cause__ or error}; free or replace the disk")
        await asyncio.sleep(RETRY_S)

    def _succeeded(self, waiting: list[asyncio.Future[None]]) -> None:
        for future in waiting:
            if not future.done():
                future.set_result(None)
        if self._failing:
            self._failing = False
            self.on_failure("")

    def _write(self, rows: list[_Row], lines: list[_Row]) -> None:
        with self._engine.begin() as connection:
            if rows:
                connection.exec_driver_sql(_INSERT_SAMPLE, rows)
            if lines:
                connection.exec_driver_sql(_INSERT_EVENT, lines)

    async def flush(self) -> None:
        """Return once everything taken so far is committed."""
        await self._committed()

    def close(self) -> None:
        """After flush; waits for the writer thread."""
        self._writer.shutdown()
        self._engine.dispose()

    # -- asking --

    def series(self, handle: Handle, cdc: Cdc, start_ns: int, end_ns: int, limit: int = 100_000) -> list[Sample]:
        """Samples of one point with start <= time < end, by time and sequence; blocking, call it off the loop."""
        statement = (
            sa.select(samples)
            .where(samples.c.handle == handle, samples.c.time_ns >= start_ns, samples.c.time_ns < end_ns)
            .order_by(samples.c.time_ns, samples.c.sequence)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return [_sample(cdc, row) for row in connection.execute(statement)]

    def newest(self, points: Iterable[tuple[Handle, Cdc]]) -> dict[Handle, Sample]:
        """The newest sample of each point that has one; blocking."""
        statement = sa.text("SELECT * FROM sample WHERE handle = :handle ORDER BY time_ns DESC, sequence DESC LIMIT 1")
        with self._engine.connect() as connection:
            found = ((cdc, connection.execute(statement, {"handle": handle}).fetchone()) for handle, cdc in points)
            return {Handle(row.handle): _sample(cdc, row) for cdc, row in found if row is not None}

    def lines(self, last: int = 1000, after_sequence: int = 0) -> list[tuple[int, Event]]:
        """The newest lines of the event list, oldest first, with their sequence numbers; blocking."""
        statement = (
            sa.select(event_lines)
            .where(event_lines.c.sequence > after_sequence)
            .order_by(event_lines.c.sequence.desc())
            .limit(last)
        )
        with self._engine.connect() as connection:
            rows: Sequence[sa.Row[tuple[object, ...]]] = connection.execute(statement).fetchall()
        return [(row.sequence, _line(row)) for row in reversed(rows)]


def _sample(cdc: Cdc, row: sa.Row[tuple[object, ...]]) -> Sample:
    source_ns = row.time_ns if row.has_source_time else None
    return Sample(Handle(row.handle), _typed(cdc, row.value), row.quality, source_ns, row.arrival_ns)


def _line(row: sa.Row[tuple[object, ...]]) -> Event:
    category, severity = Category(row.category), Severity(row.severity)
    return Event(row.time_ns, row.arrival_ns, category, severity, row.location, row.text)


def _typed(cdc: Cdc, stored: float) -> Value:
    if cdc in (Cdc.DPC, Cdc.DPS):
        return Dbpos(int(stored))
    if cdc is Cdc.MV:
        return float(stored)
    if cdc in (Cdc.INS, Cdc.ENS, Cdc.ISC):
        return int(stored)
    return bool(stored)
