"""Switching orders on disk: every revision as the document that is exported too."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, select
from sqlalchemy.dialects.sqlite import insert

from models.order_document import from_json, to_json
from models.switching import Order
from substation.control.database import METADATA, Database
from substation.outbox import queue_export

ORDERS = Table(
    "orders",
    METADATA,
    Column("id", String, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("document", String, nullable=False),
    Column("repaired_by", String, nullable=False),
    Column("saved_ns", BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """The newest revision of an order. repaired_by: who reported the fault repaired, '' while nobody has."""

    order: Order
    repaired_by: str = ""


class OrderStore:
    """Use `await OrderStore.open(database)`. StorageError when the disk refuses."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    async def open(cls, database: Database) -> OrderStore:
        await database.make_tables()
        return cls(database)

    async def load(self) -> dict[str, Entry]:
        """The newest revision of every order, in the order of their first storing."""
        return await self._database.run(_load)

    async def save(self, entry: Entry, now_ns: int) -> None:
        """Keep this state of its revision and queue its export; on disk when this returns."""
        columns = {
            "id": entry.order.id,
            "revision": entry.order.revision,
            "document": to_json(entry.order),
            "repaired_by": entry.repaired_by,
            "saved_ns": now_ns,
        }
        statement = insert(ORDERS).values(columns)
        upsert = statement.on_conflict_do_update(index_elements=["id", "revision"], set_=columns)

        def work(connection: Connection) -> None:
            connection.execute(upsert).close()
            queue_export(connection, entry.order, now_ns)

        await self._database.run(work)


def _load(connection: Connection) -> dict[str, Entry]:
    rows = connection.execute(select(ORDERS).order_by(ORDERS.c.revision))
    return {row.id: Entry(from_json(row.document), row.repaired_by) for row in rows}
