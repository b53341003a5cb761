"""History in one SQLite file: WAL, samples in the order of point, time and sequence; encrypted where there is a key."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path

import sqlalchemy as sa

from models.errors import StorageError
from models.point import Handle
from substation.cipher_key import CipherKey
from substation.durable_file import kept_engine
from substation.history.engine import Engine, Row, Slice
from substation.history.schema import (
    MEASURANDS,
    counters,
    documents,
    event_lines,
    metadata,
    newest_documents,
    newest_samples,
    points,
    samples,
)

BLOCK = 250
"""Rows in one INSERT. Few statements: each gives the interpreter away and has to wait until it gets it back."""

_SLICE = 1000
_PAGES_PER_MB = 256
_ADDED = (("point", "cdc", "VARCHAR"),)
"""Columns that files of an earlier version lack."""


class SqliteEngine(Engine):
    """cache_mb: pages kept in memory, per open connection. kept: connections that stay open; more come and go."""

    remedy = "check the disk and the file's rights"
    relief = "free or replace the disk"
    failures = (sa.exc.SQLAlchemyError,)
    unfit = (sa.exc.IntegrityError, sa.exc.InterfaceError, sa.exc.ProgrammingError, sa.exc.DataError, ArithmeticError,
             TypeError, ValueError)  # fmt: skip
    mark = "?"

    def __init__(self, path: Path, cache_mb: int = 64, key: CipherKey | None = None, kept: int = 3) -> None:
        self.path, self._key = path, key
        self.place = str(path)
        # Half the cache may wait in the log: a page that changes often is then written to the file once.
        checkpoint = max(250, cache_mb * _PAGES_PER_MB // 2)
        pragmas = ("busy_timeout=5000", f"cache_size={-1000 * cache_mb}", f"wal_autocheckpoint={checkpoint}")
        super().__init__(kept_engine(path, *pragmas, kept=kept, overflow=10, key=key))

    def present(self) -> None:
        if not self.path.exists():
            raise StorageError(f"{self.path} is not there; the unit has not run yet")
        with self.reading() as connection:
            connection.execute(sa.select(counters)).fetchall()

    def damage(self) -> list[str]:
        """What a look at every page finds; StorageError when it cannot be read at all."""
        with self.reading() as connection:
            pages = ["cipher_integrity_check"] if self._key is not None else []
            rows = [
                row[0] for name in (*pages, "integrity_check") for row in connection.exec_driver_sql(f"PRAGMA {name}")
            ]
        return [str(each) for each in rows if each != "ok"]

    def prepare(self, now_ns: int) -> None:
        with self.told():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.sql.begin() as connection:
                connection.exec_driver_sql("BEGIN IMMEDIATE").close()  # else each table waits for the disk
                metadata.create_all(connection)
                for index in event_lines.indexes:  # files of an earlier version have the table without it
                    index.create(connection, checkfirst=True)
                _add_columns(connection)

    def make_ahead(self, now_ns: int) -> None:
        """A file grows by itself."""

    @contextlib.contextmanager
    def writing(self, durable: bool = True) -> Iterator[sa.Connection]:
        with self.sql.connect() as connection:
            # The log keeps its order: a later durable commit takes all earlier ones along.
            connection.exec_driver_sql(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            yield connection
            connection.commit()

    def insert(self, connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
        statements = self.statements(table)
        whole = len(rows) - len(rows) % BLOCK
        if whole:
            block = f"{statements.insert}{f', {statements.row}' * (BLOCK - 1)}"
            for start in range(0, whole, BLOCK):
                connection.exec_driver_sql(block, tuple(chain.from_iterable(rows[start : start + BLOCK])))
        if whole < len(rows):
            connection.exec_driver_sql(statements.insert, list(rows[whole:]))

    def insert_samples(self, connection: sa.Connection, rows: Sequence[Row], lossless: bool) -> None:
        # In the order of the file, so that each page is found and changed once.
        self.insert(connection, samples, sorted(rows))  # by point, time, sequence: never further

    def attempt(self, connection: sa.Connection) -> contextlib.AbstractContextManager[object]:
        return contextlib.nullcontext()  # SQLite takes a failed statement back alone

    def hint(self, error: BaseException) -> str:
        if "not a database" not in self.cause(error):
            return self.remedy
        if self._key is None:
            return "the file is damaged, or encrypted: then [history] needs encryption and its key"
        return "the key is wrong, or the file is not encrypted (`ringmain history UNIT.toml encrypt`)"

    def old_samples(self, lossless: bool, cutoff_ns: int) -> Iterator[Slice]:
        known = points.c.cdc.is_not(None) & (points.c.cdc.in_(MEASURANDS))
        wanted = ~sa.func.coalesce(known, False) if lossless else known
        both = newest_samples.outerjoin(points, points.c.handle == newest_samples.c.handle)
        return self._slices(samples, sa.select(newest_samples.c.handle).select_from(both).where(wanted), cutoff_ns)

    def old_documents(self, cutoff_ns: int) -> Iterator[Slice]:
        return self._slices(documents, sa.select(newest_documents.c.handle), cutoff_ns)

    def _slices(self, table: sa.Table, handles: sa.Select[tuple[int]], cutoff_ns: int) -> Iterator[Slice]:
        with self.reading() as connection:
            found = [Handle(row.handle) for row in connection.execute(handles.order_by("handle"))]
        for handle in found:
            yield partial(_clear, table, handle, cutoff_ns)


def _clear(table: sa.Table, handle: Handle, cutoff_ns: int, connection: sa.Connection) -> bool:
    """The oldest rows of one handle; what came late stays as long as it would have, had its clock been right."""
    column = table.c
    old = (
        sa.select(column.time_ns, column.sequence)
        .where(column.handle == handle, column.time_ns < cutoff_ns, column.arrival_ns < cutoff_ns)
        .limit(_SLICE)
    )
    key = sa.tuple_(column.time_ns, column.sequence)
    done = connection.execute(sa.delete(table).where(column.handle == handle, key.in_(old)))
    return done.rowcount < _SLICE


def _add_columns(connection: sa.Connection) -> None:
    for table, column, kind in _ADDED:
        there = {row[1] for row in connection.exec_driver_sql(f"PRAGMA table_info({table})")}
        if column not in there:
            connection.exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
