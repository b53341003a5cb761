"""Switching orders on their way out: files for whoever collects them, parcels for the unit above [GR8].

The order store queues an export in the same transaction that keeps the order, so a crash loses none. Each is written as
XML and JSON by atomic rename, and handed to the post in the transaction that notes it as handed over: once, in order.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import BigInteger, Column, Connection, Integer, LargeBinary, String, Table, insert, select, update

from models.driver import Clock
from models.errors import StorageError
from models.order_document import to_json
from models.order_xml import to_xml
from models.switching import Order, OrderState
from substation.control.database import METADATA, Database

OUTBOX = Table(
    "order_outbox",
    METADATA,
    Column("sequence", Integer, primary_key=True),
    Column("order_id", String, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("json", String, nullable=False),
    Column("xml", LargeBinary, nullable=False),
    Column("queued_ns", BigInteger, nullable=False),
    Column("filed_ns", BigInteger),
    Column("acknowledged_ns", BigInteger),
    sqlite_autoincrement=True,
)
EXPORTED = frozenset(OrderState) - {OrderState.EXECUTING}
"""An order under way changes with every step; it is exported when approved and when it has ended."""

AT_ONCE = 50
"""Exports of one transaction."""


@dataclass(frozen=True, slots=True)
class OrderExport:
    """One state of one revision, as it is sent. sequence: its place in the outbox."""

    sequence: int
    order_id: str
    revision: int
    state: str
    json: str
    xml: bytes


log = logging.getLogger(__name__)

HandOver = Callable[[Sequence[OrderExport], Callable[[Connection], None]], Awaitable[None]]
"""Queue these exports for the unit above, and do that in the same transaction. StorageError: try again later."""


def queue_export(connection: Connection, order: Order, now_ns: int) -> None:
    """Queue this state of the order, unless it is one that is not exported or has been queued already."""
    document = to_json(order)
    queued = select(OUTBOX.c.json).where(OUTBOX.c.order_id == order.id).order_by(OUTBOX.c.sequence.desc()).limit(1)
    if order.state not in EXPORTED or connection.execute(queued).scalar() == document:
        return
    columns = {
        "order_id": order.id,
        "revision": order.revision,
        "state": order.state.value,
        "json": document,
        "xml": to_xml(order),
        "queued_ns": now_ns,
    }
    connection.execute(insert(OUTBOX).values(columns)).close()


class Outbox:
    """`await Outbox.open(...)`, then `file` and `forward` in tasks of the unit, and `wake` after every saved order."""

    def __init__(self, database: Database, directory: Path, clock: Clock, retry_s: float) -> None:
        self._database, self._directory, self._clock, self._retry_s = database, directory, clock, retry_s
        self._to_file, self._to_forward = asyncio.Event(), asyncio.Event()

    @classmethod
    async def open(cls, database: Database, directory: Path, clock: Clock, retry_s: float = 5.0) -> Outbox:
        """StorageError when the directory cannot be made. retry_s: pause after something that failed."""
        await database.make_tables()
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"outbox {directory}: {error}; correct the path or its rights") from error
        return cls(database, directory, clock, retry_s)

    def wake(self, _order: Order | None = None) -> None:
        """Something may have been queued. Fits as a watcher of the order desk."""
        self._to_file.set()
        self._to_forward.set()

    async def file(self) -> None:
        """Write the files of everything queued, until cancelled."""
        await self._repeat(self._to_file, self.file_all)

    async def forward(self, hand_over: HandOver) -> None:
        """Hand over everything queued, until cancelled."""
        await self._repeat(self._to_forward, lambda: self.forward_all(hand_over))

    async def _repeat(self, woken: asyncio.Event, work: Callable[[], Awaitable[bool]]) -> None:
        while True:
            woken.clear()
            if await self._done(work):
                await woken.wait()
            else:
                await asyncio.sleep(self._retry_s)

    async def _done(self, work: Callable[[], Awaitable[bool]]) -> bool:
        """A full disk delays orders on their way out; it ends nothing."""
        try:
            return await work()
        except StorageError as error:
            log.error("outbox: %s", error)
            return False

    async def file_all(self) -> bool:
        """False when the disk refused; what is left is written next time."""
        for export in await self._database.run(lambda connection: _select(connection, OUTBOX.c.filed_ns)):
            name = f"{file_name(export.order_id)}-r{export.revision}"
            try:
                await asyncio.to_thread(_replace, self._directory / f"{name}.json", export.json.encode())
                await asyncio.to_thread(_replace, self._directory / f"{name}.xml", export.xml)
            except OSError as error:
                log.error("outbox %s: %s; free the disk or correct its rights", self._directory, error)
                return False
            await self._mark(export.sequence, "filed_ns")
        return True

    async def waiting(self) -> list[OrderExport]:
        """What has not been handed over, oldest first."""
        return await self._database.run(lambda connection: _select(connection, OUTBOX.c.acknowledged_ns))

    async def forward_all(self, hand_over: HandOver) -> bool:
        """True: StorageError says otherwise."""
        exports = await self.waiting()
        for start in range(0, len(exports), AT_ONCE):
            some = exports[start : start + AT_ONCE]
            taken = OUTBOX.c.sequence.between(some[0].sequence, some[-1].sequence)
            statement = update(OUTBOX).where(taken).values(acknowledged_ns=self._clock())
            await hand_over(some, lambda connection, done=statement: connection.execute(done).close())  # type: ignore[misc]
        return True

    async def _mark(self, sequence: int, column: str) -> None:
        statement = update(OUTBOX).where(OUTBOX.c.sequence == sequence).values({column: self._clock()})
        await self._database.run(lambda connection: connection.execute(statement).close())


def file_name(order_id: str) -> str:
    """The id without what file systems do not take or what leaves the directory."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", order_id) or "_"


def _select(connection: Connection, unless: Column[int]) -> list[OrderExport]:
    rows = connection.execute(select(OUTBOX).where(unless.is_(None)).order_by(OUTBOX.c.sequence))
    return [OrderExport(row.sequence, row.order_id, row.revision, row.state, row.json, row.xml) for row in rows]


def _replace(path: Path, content: bytes) -> None:
    """Whoever reads sees the old file or the new one, never a half; also after a power cut."""
    temporary = path.with_name(path.name + ".part")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
