"""Two posts and a way between them that breaks where a test wants it to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import BigInteger, Column, Connection, Integer, LargeBinary, String, Table

from models.errors import LinkError, StorageError
from substation.control.database import METADATA, Database
from substation.event_list import EventList
from substation.history.store import History
from substation.links.engine import Hears, Parcel
from substation.links.inbox import Effect
from substation.links.post import Post
from substation.register import PointRegister

USED = Table(
    "test_used",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("neighbour", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("time_ns", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)


class Road:
    """An `Engine` whose neighbours are posts of the same process. `breaks(step)` may raise at each step of a delivery:
    0 before anything, 1 after the receiver has it on disk, 2 after the sender was told."""

    def __init__(self, unit: str, hears_of: dict[str, Hears]) -> None:
        self._unit, self._hears_of = unit, hears_of
        self.breaks: Callable[[int], None] = lambda _: None
        self.delivered = 0

    async def run(self, hears: Hears) -> None:
        self._hears_of[self._unit] = hears
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            del self._hears_of[self._unit]

    async def deliver(self, neighbour: str, parcels: Sequence[Parcel]) -> None:
        self.breaks(0)
        hears = self._hears_of.get(neighbour)
        if hears is None:
            raise LinkError(f"{neighbour} is not there")
        try:
            await hears.parcels(self._unit, parcels)
        except StorageError as error:
            raise LinkError(str(error)) from error
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise LinkError(f"{neighbour} ended meanwhile") from None  # a receiver's end is no end of the sender
        self.breaks(1)
        self.delivered += len(parcels)

    async def ask(self, neighbour: str, request: bytes) -> AsyncGenerator[bytes, None]:
        async for part in self._hears_of[neighbour].request(self._unit, request):
            yield part


class Side:
    """One unit's post over its own files; what comes in as kind 'note' is written down in its database."""

    def __init__(self, unit: str, database: Database, post: Post, road: Road, events: EventList) -> None:
        self.unit, self.database, self.post, self.road, self.events = unit, database, post, road, events
        post.on("note", self._note)

    async def _note(self, neighbour: str, body: bytes) -> Effect:
        def within(connection: Connection) -> None:
            connection.execute(USED.insert().values(neighbour=neighbour, body=body, time_ns=1)).close()

        return Effect(within)

    async def used(self) -> list[bytes]:
        rows = await self.database.run(lambda c: c.execute(USED.select().order_by(USED.c.number)).all())
        return [row.body for row in rows]

    async def used_through(self, count: int, timeout_s: float = 10.0) -> list[bytes]:
        async with asyncio.timeout(timeout_s):
            while len(used := await self.used()) < count:
                await asyncio.sleep(0.005)
        return used

    def texts(self) -> list[str]:
        return [event.text for _, event in self.events.newest]


@asynccontextmanager
async def side(
    unit: str, folder: Path, hears_of: dict[str, Hears], max_value_octets: int = 1 << 28
) -> AsyncIterator[Side]:
    folder.mkdir(parents=True, exist_ok=True)
    history = History(folder / "history.sqlite")
    events = EventList(PointRegister([]), history, time.time_ns)
    database = await Database.open(folder / "control.sqlite")
    road = Road(unit, hears_of)
    post = await Post.open(database, road, events, time.time_ns, max_value_octets)
    made = Side(unit, database, post, road, events)
    task = asyncio.create_task(post.run())
    try:
        while unit not in hears_of:
            await asyncio.sleep(0)
        yield made
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await database.close()
        await history.flush()
        history.close()
