"""Switching orders of the units below: received as parcels, kept, shown [U4, GR8]."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Connection, Integer, LargeBinary, String, Table, UniqueConstraint, select
from sqlalchemy.dialects.sqlite import insert

from models.driver import Clock
from models.order_document import from_json, to_plain
from models.switching import Order
from models.wire.cbor import outgoing
from substation.control.database import METADATA, Database
from substation.links.inbox import Effect
from substation.order_parcel import unpack_order
from substation.variables.publication import Publication

ARCHIVE = Table(
    "order_archive",
    METADATA,
    Column("sequence", Integer, primary_key=True),
    Column("unit", String, nullable=False),
    Column("order_id", String, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("json", String, nullable=False),
    Column("xml", LargeBinary, nullable=False),
    Column("received_ns", BigInteger, nullable=False),
    UniqueConstraint("unit", "order_id", "revision", "state", "json"),
    sqlite_autoincrement=True,
)


class OrderArchive:
    """`take` handles parcels of kind `order`: a unit sends its own orders, under its own name."""

    def __init__(self, database: Database, publication: Publication, clock: Clock) -> None:
        self._database, self._publication, self._clock = database, publication, clock
        self._newest: dict[tuple[str, str], Order] = {}

    @classmethod
    async def open(cls, database: Database, publication: Publication, clock: Clock) -> OrderArchive:
        """Load what was received before and show it."""
        archive = cls(database, publication, clock)
        await database.make_tables()
        for unit, document in await database.run(_load):
            archive._show(unit, from_json(document))
        return archive

    def newest(self, unit: str, order_id: str) -> Order | None:
        """The order as its unit has told it last."""
        return self._newest.get((unit, order_id))

    async def take(self, unit: str, body: bytes) -> Effect:
        """RemoteProtocolError when it is no order."""
        document = unpack_order(body)
        order = document.order
        columns = {
            "unit": unit,
            "order_id": order.id,
            "revision": order.revision,
            "state": order.state.value,
            "json": document.json,
            "xml": document.xml,
            "received_ns": self._clock(),
        }
        statement = insert(ARCHIVE).values(columns).on_conflict_do_nothing()
        return Effect(
            within=lambda connection: connection.execute(statement).close(),
            after=lambda: self._show(unit, order),
        )

    def _show(self, unit: str, order: Order) -> None:
        self._newest[unit, order.id] = order
        plain: dict[str, object] = {"unit": unit, **to_plain(order)}
        self._publication.publish("Orders", outgoing(plain, "Orders"), key=f"{unit}/{order.id}")


def _load(connection: Connection) -> list[tuple[str, str]]:
    rows = connection.execute(select(ARCHIVE.c.unit, ARCHIVE.c.json).order_by(ARCHIVE.c.sequence))
    return [(row.unit, row.json) for row in rows]
