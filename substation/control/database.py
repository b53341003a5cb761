"""One SQLite file for what must survive a crash: intents, tags, orders, outbox. One writer thread, off the loop.

It is a local file whatever engine the history has: an intent must be on disk before the wire, also while a database
server cannot be reached (docs/decisions/0012). WAL with synchronous=FULL: when `run` has returned, the transaction is
on disk. A failure is a StorageError, never a silent loss; whoever needs the record does not act (SAFETY S21). So is a
file that somebody has taken away: SQLite would go on writing to what no restart finds.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, MetaData, Table, insert
from sqlalchemy.exc import SQLAlchemyError

from models.errors import StorageError
from substation.cipher_key import CipherKey
from substation.durable_file import durable_engine
from substation.storage_threads import StorageThreads

T = TypeVar("T")

METADATA = MetaData()
"""The tables of this file; each store declares its own on it."""
_GONE = -1
"""The number of no file: once it was away, what is written may be nowhere."""


class Database:
    """Opened with `await Database.open(path)`; closed once, by who opened it."""

    def __init__(self, engine: Engine, threads: StorageThreads | None = None) -> None:
        used = StorageThreads(1, 1) if threads is None else threads
        self._engine, self._thread = engine, used.strand()
        self._own = used if threads is None else None
        self._tables = 0
        self._file: int | None = None

    @classmethod
    async def open(
        cls, path: Path, threads: StorageThreads | None = None, key: CipherKey | None = None, cache_mb: int = 2
    ) -> Database:
        """Create or open the file. StorageError when it cannot be written or is no database.

        threads: shared by the units of a process. key: the file is encrypted with it.
        """
        cache = f"cache_size={-1000 * cache_mb}"
        return cls(durable_engine(path, "busy_timeout=2000", cache, connections=1, key=key), threads)

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Do `work` in one transaction in the writer thread. Committed and on disk when this returns."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._transact, work)

    async def make_tables(self) -> None:
        """All tables that are declared by now. Every store asks for it when it opens; it costs the first one only."""
        if self._tables != len(METADATA.tables):
            await self.run(_make_tables)
            self._tables = len(METADATA.tables)

    def _transact(self, work: Callable[[Connection], T]) -> T:
        try:
            with self._engine.begin() as connection:
                done = work(connection)
                connection.exec_driver_sql("PRAGMA schema_version").close()  # now the log is open, whatever was done
                self._require_there()  # before the end: a connection that nobody else keeps open takes the log away
            return done
        except SQLAlchemyError as error:
            cause = getattr(error, "orig", None) or error
            raise StorageError(f"{self._engine.url.database}: {cause}; check the disk, then try again") from error

    def _require_there(self) -> None:
        """The file and its write-ahead log are those that were opened. StorageError otherwise, until a restart."""
        path = self._engine.url.database or ""
        try:
            number = os.stat(path).st_ino
            os.stat(f"{path}-wal")
        except OSError as error:
            self._file = _GONE
            text = f"{error.filename}: has been taken away ({error.strerror}); put it back, then restart the unit"
            raise StorageError(text) from error
        if self._file is None:
            self._file = number
        if number != self._file:
            self._file = _GONE
            raise StorageError(f"{path}: has been replaced under the running unit; put it back, then restart the unit")

    async def close(self) -> None:
        """Finish what was begun, then release the file."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)
        self._thread.shutdown()
        if self._own is not None:
            self._own.close()


def _make_tables(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE").close()  # all in one transaction: else each table waits for the disk
    METADATA.create_all(connection)


def add_row(connection: Connection, table: Table, columns: Mapping[str, object]) -> int:
    """Insert one; the number that the database gives it. StorageError when it gives none."""
    key = connection.execute(insert(table), dict(columns)).inserted_primary_key
    if key is None:
        raise StorageError(f"the database gave no number to a row of {table.name}; check the disk")
    return int(key[0])
