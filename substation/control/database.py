"""One SQLite file for what must survive a crash: intents, tags, orders, outbox. One writer thread, off the loop.

WAL with synchronous=FULL: when `run` has returned, the transaction is on disk. A failure is a StorageError, never a
silent loss; whoever needs the record does not act (SAFETY S21).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, MetaData
from sqlalchemy.exc import SQLAlchemyError

from models.errors import StorageError
from substation.durable_file import durable_engine

T = TypeVar("T")

METADATA = MetaData()
"""The tables of this file; each store declares its own on it."""


class Database:
    """Opened with `await Database.open(path)`; closed once, by who opened it."""

    def __init__(self, engine: Engine, thread: ThreadPoolExecutor) -> None:
        self._engine, self._thread = engine, thread

    @classmethod
    async def open(cls, path: Path) -> Database:
        """Create or open the file. StorageError when it cannot be written or is no database."""
        engine = durable_engine(path, "busy_timeout=2000", connections=1)
        return cls(engine, ThreadPoolExecutor(1, thread_name_prefix="control-database"))

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Do `work` in one transaction in the writer thread. Committed and on disk when this returns."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._transact, work)

    def _transact(self, work: Callable[[Connection], T]) -> T:
        try:
            with self._engine.begin() as connection:
                return work(connection)
        except SQLAlchemyError as error:
            cause = getattr(error, "orig", None) or error
            raise StorageError(f"{self._engine.url.database}: {cause}; check the disk, then try again") from error

    async def close(self) -> None:
        """Finish what was begun, then release the file."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)
        self._thread.shutdown()
