"""Interruptions in the control database, and what is needed to go on after a restart. Nothing is ever removed."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from functools import partial

from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, or_, select
from sqlalchemy.dialects.sqlite import insert

from models.command import Action
from models.errors import StorageError
from models.switching import SwitchAction
from substation.control.database import METADATA, Database
from substation.control.intents import INTENTS, Intent
from substation.reliability.causes import Opening
from substation.reliability.document import from_plain, to_plain
from substation.reliability.indices import Period
from substation.reliability.interruption import Interruption

INTERRUPTIONS = Table(
    "interruptions",
    METADATA,
    Column("id", String, primary_key=True),
    Column("since_ns", BigInteger, nullable=False, index=True),
    Column("until_ns", BigInteger),
    Column("json", String, nullable=False),
)
CLOSED = Table(
    "interruptions_closed_switches",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("json", String, nullable=False),
)
"""One row: the switches that were closed when supply was looked at last."""


class InterruptionArchive:
    """`await InterruptionArchive.open(database)`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    async def open(cls, database: Database) -> InterruptionArchive:
        await database.make_tables()
        return cls(database)

    async def keep(self, events: Collection[Interruption], closed: Collection[str] | None = None) -> None:
        """On the disk, in one transaction, when this returns. closed: None leaves it as it is. StorageError."""
        await self._database.run(partial(_keep, tuple(events), closed))

    async def closed(self) -> frozenset[str] | None:
        """None for a unit that has never looked."""
        return await self._database.run(_closed)

    async def within(self, period: Period) -> tuple[Interruption, ...]:
        """Those that touch the period, the oldest first."""
        return await self._database.run(partial(load, period))

    async def get(self, identifier: str) -> Interruption | None:
        return await self._database.run(partial(_get, identifier))

    async def openings(self, since_ns: int) -> tuple[Opening, ...]:
        """Commands to open from then on."""
        return await self._database.run(partial(_openings, since_ns))


def load(period: Period, connection: Connection) -> tuple[Interruption, ...]:
    """Those that touch the period, the oldest first. StorageError when one cannot be read."""
    column = INTERRUPTIONS.c
    touching = (column.since_ns < period.end_ns, or_(column.until_ns.is_(None), column.until_ns >= period.start_ns))
    rows = connection.execute(select(column.json).where(*touching).order_by(column.since_ns, column.id))
    return tuple(_read(row.json) for row in rows)


def _get(identifier: str, connection: Connection) -> Interruption | None:
    column = INTERRUPTIONS.c
    found = connection.execute(select(column.json).where(column.id == identifier)).scalar()
    return None if found is None else _read(found)


def _read(text: str) -> Interruption:
    try:
        return from_plain(json.loads(text))
    except ValueError as error:
        raise StorageError(f"a stored interruption is no JSON: {error}") from error


def _keep(events: Sequence[Interruption], closed: Collection[str] | None, connection: Connection) -> None:
    for event in events:
        columns = {"since_ns": event.since_ns, "until_ns": event.until_ns, "json": json.dumps(to_plain(event))}
        row = insert(INTERRUPTIONS).values(id=event.id, **columns)
        connection.execute(row.on_conflict_do_update(index_elements=["id"], set_=columns)).close()
    if closed is not None:
        text = json.dumps(sorted(closed))
        memory = insert(CLOSED).values(number=1, json=text)
        connection.execute(memory.on_conflict_do_update(index_elements=["number"], set_={"json": text})).close()


def _closed(connection: Connection) -> frozenset[str] | None:
    text = connection.execute(select(CLOSED.c.json).where(CLOSED.c.number == 1)).scalar()
    return None if text is None else frozenset(map(str, json.loads(text)))


def _openings(since_ns: int, connection: Connection) -> tuple[Opening, ...]:
    column = INTENTS.c
    opening = (column.action == Action.OPERATE.value, column.value == SwitchAction.OPEN.value)
    rows = connection.execute(select(INTENTS).where(*opening, column.intent_ns >= since_ns).order_by(column.id))
    intents = [Intent.from_row(row) for row in rows]
    return tuple(Opening(each.point.location, each.originator, each.order, each.time_ns) for each in intents)
