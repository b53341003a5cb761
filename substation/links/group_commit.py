"""Many small transactions as one: whoever comes while the disk is busy shares the next commit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

from sqlalchemy import Connection

from models.errors import StorageError
from substation.control.database import Database

T = TypeVar("T")


class _Entry(Generic[T]):
    def __init__(self, work: Callable[[Connection], T]) -> None:
        self._work = work
        self.settled = False
        self.error: StorageError | None = None
        self._results: list[T] = []

    def do(self, connection: Connection) -> None:
        self._results = [self._work(connection)]

    def outcome(self) -> T:
        if self.error is not None:
            raise self.error
        return self._results[0]


class GroupCommit:
    """As `Database.run`, for work that never fails by itself: what fails is the disk, and then for the whole group."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = asyncio.Lock()
        self._waiting: list[_Entry[object]] = []

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Committed and on disk when this returns. StorageError: nothing of it has happened."""
        entry: _Entry[T] = _Entry(work)
        self._waiting.append(entry)  # type: ignore[arg-type]  # its result goes to this caller alone
        async with self._lock:
            if not entry.settled:  # else the group before us took it along
                await self._commit()
        return entry.outcome()

    async def _commit(self) -> None:
        """A caller that is cancelled waits for the disk first: the others of its group must learn how it ended."""
        group, self._waiting = self._waiting, []
        task = asyncio.ensure_future(self._settle(group))
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait([task])
            raise

    async def _settle(self, group: list[_Entry[object]]) -> None:
        def work(connection: Connection) -> None:
            for entry in group:
                entry.do(connection)

        error: StorageError | None = None
        try:
            await self._database.run(work)
        except StorageError as refused:
            error = refused
        for entry in group:
            entry.error, entry.settled = error, True
