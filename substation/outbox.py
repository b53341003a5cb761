"""Store and forward of switching orders: files for whoever collects them, and a queue for the unit above [GR8].

Every state that matters is written as XML and JSON by atomic rename, and queued on disk until the unit above has
acknowledged it. Delivery is at least once and in order; the receiver knows an order by id, revision and state.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import BigInteger, Column, Connection, Integer, LargeBinary, String, Table, insert, select, update

from models.driver import Clock
from models.errors import LinkError, StorageError
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
    Column("acknowledged_ns", BigInteger),
    sqlite_autoincrement=True,
)
EXPORTED = frozenset(OrderState) - {OrderState.EXECUTING}
"""An order under way changes with every step; it is exported when approved and when it has ended."""


@dataclass(frozen=True, slots=True)
class OrderExport:
    """One state of one revision, as it is sent. sequence: its place in the outbox, for the acknowledgement."""

    sequence: int
    order_id: str
    revision: int
    state: str
    json: str
    xml: bytes


Deliver = Callable[[OrderExport], Awaitable[bool]]
"""Send one export to the unit above; True when it has acknowledged. LinkError: try again later."""


class Outbox:
    """`await Outbox.open(database, directory, clock)`; then `export` from the desk, `forward` in a task of the unit."""

    def __init__(self, database: Database, directory: Path, clock: Clock) -> None:
        self._database, self._directory, self._clock = database, directory, clock
        self._filled = asyncio.Event()
        self._filled.set()

    @classmethod
    async def open(cls, database: Database, directory: Path, clock: Clock) -> Outbox:
        """StorageError when the directory cannot be made."""
        await database.run(METADATA.create_all)
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"outbox {directory}: {error}; correct the path or its rights") from error
        return cls(database, directory, clock)

    async def export(self, order: Order) -> None:
        """Queue this state of the order, then write its files; does nothing for states that are not exported."""
        if order.state not in EXPORTED:
            return
        text, document = to_json(order), to_xml(order)
        columns = {
            "order_id": order.id,
            "revision": order.revision,
            "state": order.state.value,
            "json": text,
            "xml": document,
            "queued_ns": self._clock(),
        }
        await self._database.run(lambda connection: connection.execute(insert(OUTBOX).values(columns)).close())
        self._filled.set()
        name = f"{file_name(order.id)}-r{order.revision}"
        await asyncio.to_thread(_replace, self._directory / f"{name}.json", text.encode())
        await asyncio.to_thread(_replace, self._directory / f"{name}.xml", document)

    async def waiting(self) -> list[OrderExport]:
        """What has not been acknowledged, oldest first."""
        return await self._database.run(_waiting)

    async def forward(self, deliver: Deliver, retry_s: float = 5.0) -> None:
        """Send until cancelled; what is refused or lost is sent again after `retry_s`, before anything newer."""
        while True:
            self._filled.clear()
            if not await self._forward_all(deliver):
                await asyncio.sleep(retry_s)
            else:
                await self._filled.wait()

    async def _forward_all(self, deliver: Deliver) -> bool:
        for export in await self.waiting():
            try:
                acknowledged = await deliver(export)
            except LinkError:
                return False
            if not acknowledged:
                return False
            await self._acknowledge(export.sequence)
        return True

    async def _acknowledge(self, sequence: int) -> None:
        statement = update(OUTBOX).where(OUTBOX.c.sequence == sequence).values(acknowledged_ns=self._clock())
        await self._database.run(lambda connection: connection.execute(statement).close())


def file_name(order_id: str) -> str:
    """The id without what file systems do not take or what leaves the directory."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", order_id) or "_"


def _waiting(connection: Connection) -> list[OrderExport]:
    rows = connection.execute(select(OUTBOX).where(OUTBOX.c.acknowledged_ns.is_(None)).order_by(OUTBOX.c.sequence))
    return [OrderExport(row.sequence, row.order_id, row.revision, row.state, row.json, row.xml) for row in rows]


def _replace(path: Path, content: bytes) -> None:
    """Whoever reads sees the old file or the new one, never a half; also after a power cut."""
    temporary = path.with_name(path.name + ".part")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise StorageError(f"outbox {path}: {error}; free the disk") from error
