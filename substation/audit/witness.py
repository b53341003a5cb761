"""Signed heads of audit logs kept by the unit above: whoever cuts a log back at a unit does not reach them.

A unit sends its newest head at most once a minute; the parent keeps them and never changes one. Two different heads
under one number are told at once: one of the two logs has been written anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from sqlalchemy import BigInteger, Column, Connection, LargeBinary, String, Table, insert, select

from models.alarm import Category, Severity
from models.driver import Clock
from models.errors import RemoteProtocolError, StorageError
from substation.audit.log import AuditLog
from substation.audit.record import HEAD, LineError, Record, read_line, whole_line
from substation.control.database import METADATA, Database
from substation.event_list import EventList
from substation.links.inbox import Effect
from substation.links.parcel_store import Letter

KIND = "audit head"
PAUSE_S = 60.0
HEADS = Table(
    "audit_head_below",
    METADATA,
    Column("unit", String, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("hash", LargeBinary, nullable=False),
    Column("time_ns", BigInteger, nullable=False),
    Column("received_ns", BigInteger, nullable=False),
)
Send = Callable[[Letter], Awaitable[None]]


class HeadsAbove:
    """The child's side; `run` until cancelled."""

    def __init__(self, parent: str, log: AuditLog, send: Send, pause_s: float = PAUSE_S) -> None:
        self._parent, self._log, self._send, self._pause_s = parent, log, send, pause_s
        self._newest: Record | None = None
        self._woken = asyncio.Event()

    async def run(self) -> None:
        cancel = self._log.subscribe(self._heard)
        self._heard(list(self._log.newest))
        try:
            while True:
                await self._woken.wait()
                self._woken.clear()
                if self._newest is not None:
                    await self._tell(self._newest)
                await asyncio.sleep(self._pause_s)
        finally:
            cancel()

    def _heard(self, records: Sequence[Record]) -> None:
        heads = [record for record in records if record.kind == HEAD]
        if heads:
            self._newest = heads[-1]
            self._woken.set()

    async def _tell(self, head: Record) -> None:
        """A full disk: the next head says as much and more."""
        try:
            await self._send(Letter(self._parent, KIND, whole_line(head)))
        except StorageError:
            self._woken.set()


class HeadsBelow:
    """The parent's side: the handler of the parcels, and what is kept."""

    def __init__(self, database: Database, events: EventList, clock: Clock) -> None:
        self._database, self._events, self._clock = database, events, clock

    async def take(self, unit: str, body: bytes) -> Effect:
        """RemoteProtocolError when it is no head."""
        try:
            head, _ = read_line(body)
        except LineError as error:
            raise RemoteProtocolError(f"signed head of the audit log: {error}") from error
        if head.kind != HEAD:
            raise RemoteProtocolError(f"a record of kind '{head.kind}' is no signed head")
        known = await self._database.run(partial(_known, unit=unit, number=head.number))
        if known is not None:
            if known != head.hash:
                self._contradiction(unit, head.number)
            return Effect()
        row = {"unit": unit, "number": head.number, "hash": head.hash, "time_ns": head.time_ns}
        statement = insert(HEADS).values(**row, received_ns=self._clock())
        return Effect(within=lambda connection: connection.execute(statement).close())

    def _contradiction(self, unit: str, number: int) -> None:
        text = (
            f"the audit log of {unit} contradicts what it was: record {number} is another one; compare with"
            " `ringmain audit --heads`"
        )
        self._events.tell(Category.SECURITY, Severity.HIGH, unit, text)


def heads_of(connection: Connection, unit: str) -> list[tuple[int, bytes]]:
    """Numbers and hashes that were kept of a unit below, by number."""
    rows = connection.execute(select(HEADS).where(HEADS.c.unit == unit).order_by(HEADS.c.number))
    return [(row.number, row.hash) for row in rows]


def _known(connection: Connection, unit: str, number: int) -> bytes | None:
    statement = select(HEADS.c.hash).where(HEADS.c.unit == unit, HEADS.c.number == number)
    found: bytes | None = connection.execute(statement).scalar()
    return found
