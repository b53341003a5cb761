"""What is on disk in a story, kept in memory: it outlives a killed unit and ends with its story.

The journal, tags, placements and authority are in a real SQLite database that all stories of a process share, so that
statements are compiled once. Orders are kept as they are: what their documents cost is not under test here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool

from substation.control.database import METADATA, Database
from substation.order_store import Entry, OrderStore

T = TypeVar("T")


class MemoryDatabase(Database):
    """Work is done in the loop's own thread (tests.virtual.loop), one transaction after another."""

    def __init__(self) -> None:
        engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
        self._connection = engine.connect()
        with self._connection.begin():
            METADATA.create_all(self._connection)
        driver = self._connection.connection.driver_connection
        assert driver is not None
        self._driver = driver

    async def run(self, work: Callable[[Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(None, self._transact, work)

    def _transact(self, work: Callable[[Connection], T]) -> T:
        with self._connection.begin():
            return work(self._connection)

    async def make_tables(self) -> None:
        """They are there."""

    async def close(self) -> None:
        """What has been begun is finished."""
        await asyncio.get_running_loop().run_in_executor(None, lambda: None)

    def forget(self) -> None:
        """A new story begins."""
        for (table,) in self._driver.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            self._driver.execute(f"DELETE FROM {table}")
        self._driver.commit()

    def intent(self, number: int) -> tuple[str, str | None] | None:
        """Action and ending of the newest committed intent of this number."""
        assert not self._driver.in_transaction
        query = "SELECT action, ending FROM intents WHERE number = ? ORDER BY id DESC LIMIT 1"
        found: tuple[str, str | None] | None = self._driver.execute(query, [number]).fetchone()
        return found


class MemoryOrders(OrderStore):
    """Orders of one story."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}

    async def load(self) -> dict[str, Entry]:
        return await asyncio.get_running_loop().run_in_executor(None, lambda: dict(self._entries))

    async def save(self, entry: Entry, now_ns: int) -> None:
        await asyncio.get_running_loop().run_in_executor(None, self.keep, entry)

    def keep(self, entry: Entry) -> None:
        """On disk at once."""
        self._entries[entry.order.id] = entry
