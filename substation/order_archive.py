"""Switching orders of the units below: received, kept, shown [U4, GR8]."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import BigInteger, Column, Connection, Integer, LargeBinary, String, Table, UniqueConstraint, select
from sqlalchemy.dialects.sqlite import insert

from models.driver import Clock
from models.errors import RingmainError
from models.order_document import from_json, to_plain
from models.switching import Order
from models.wire.cbor import WireValue, outgoing
from models.wire.instance import Instance
from models.wire.messages import Code
from substation.control.database import METADATA, Database
from substation.exchange.access import Identity
from substation.exchange.variables import Cancel, RefusedError, Selection, Subscriber, WriteResult
from substation.variables.publication import Publication

VARIABLE = "SwitchingOrder"

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
    """The provider of `SwitchingOrder` at a child's name. A child may only write its own orders; twice is once."""

    def __init__(self, children: tuple[str, ...], database: Database, publication: Publication, clock: Clock) -> None:
        self._children, self._database, self._publication, self._clock = children, database, publication, clock

    @classmethod
    async def open(
        cls, children: tuple[str, ...], database: Database, publication: Publication, clock: Clock
    ) -> OrderArchive:
        """Load what was received before and show it."""
        archive = cls(children, database, publication, clock)
        await database.run(METADATA.create_all)
        for unit, document in await database.run(_load):
            archive._show(unit, from_json(document))
        return archive

    def _show(self, unit: str, order: Order) -> None:
        plain: dict[str, object] = {"unit": unit, **to_plain(order)}
        self._publication.publish("Orders", outgoing(plain, "Orders"), key=f"{unit}/{order.id}")

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        if location not in self._children or requester.name != location:
            raise RefusedError(Code.NOT_ALLOWED, f"{requester.name} may not write orders of {location}: not its child")
        document, xml = _parts(value)
        order = _order(document)
        columns = {
            "unit": location,
            "order_id": order.id,
            "revision": order.revision,
            "state": order.state.value,
            "json": document,
            "xml": xml,
            "received_ns": self._clock(),
        }
        statement = insert(ARCHIVE).values(columns).on_conflict_do_nothing()
        await self._database.run(lambda connection: connection.execute(statement).close())
        self._show(location, order)
        return WriteResult(Code.OK, f"order {order.id} revision {order.revision} ({order.state.value}) archived")

    async def read(self, selection: Selection) -> list[Instance]:
        raise RefusedError(Code.UNKNOWN_VARIABLE, f"{VARIABLE} can only be written; read Orders of this unit")

    def subscribe(self, selection: Selection, subscriber: Subscriber, initial: bool) -> Cancel:
        raise RefusedError(Code.UNKNOWN_VARIABLE, f"{VARIABLE} can only be written; read Orders of this unit")


def _parts(value: WireValue) -> tuple[str, bytes]:
    parts: Mapping[str, WireValue] = value if isinstance(value, dict) else {}
    document, xml = parts.get("json"), parts.get("xml")
    if not isinstance(document, str) or not isinstance(xml, bytes):
        raise RefusedError(Code.BAD_REQUEST, f'{VARIABLE} takes {{"json": text, "xml": octets}}')
    return document, xml


def _order(document: str) -> Order:
    try:
        return from_json(document)
    except RingmainError as error:
        raise RefusedError(Code.BAD_REQUEST, str(error)) from error


def _load(connection: Connection) -> list[tuple[str, str]]:
    rows = connection.execute(select(ARCHIVE.c.unit, ARCHIVE.c.json).order_by(ARCHIVE.c.sequence))
    return [(row.unit, row.json) for row in rows]
