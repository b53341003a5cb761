"""What must survive a kill: the announced key, contributions of open periods, which periods are over, and totals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Connection, Integer, LargeBinary, String, Table, delete, select
from sqlalchemy.dialects.sqlite import insert

from models.privacy.announcement import Announcement
from models.privacy.contribution import Contribution, Period
from models.wire.cbor import decode, encode
from substation.control.database import METADATA, Database

KEY = Table(
    "meter_sum_key",
    METADATA,
    Column("one", Integer, primary_key=True),
    Column("announcement", LargeBinary, nullable=False),
)
PARTS = Table(
    "meter_sum_parts",
    METADATA,
    Column("start_ns", BigInteger, primary_key=True, autoincrement=False),
    Column("sender", String, primary_key=True),
    Column("contribution", LargeBinary, nullable=False),
)
OVER = Table(
    "meter_sum_over",
    METADATA,
    Column("start_ns", BigInteger, primary_key=True, autoincrement=False),
    Column("closed_ns", BigInteger, nullable=False),
)
TOTALS = Table(
    "meter_sum_totals",
    METADATA,
    Column("start_ns", BigInteger, primary_key=True, autoincrement=False),
    Column("length_ns", BigInteger, nullable=False),
    Column("energy_wh", BigInteger, nullable=False),
    Column("participants", LargeBinary, nullable=False),
)

KEEP_NS = 2 * 86_400 * 10**9
"""How long it is remembered that a period is over; contributions older than that are refused by their age."""


@dataclass(frozen=True, slots=True)
class Total:
    """What the key holder has decrypted: energy of all participants together."""

    period: Period
    energy_wh: int
    participants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Remembered:
    """All of it, as it was when the unit ended."""

    announcement: Announcement | None
    parts: list[tuple[str, Contribution]]
    over: dict[int, int]  # start_ns -> closed_ns
    newest: Total | None


class Ledger:
    """In the unit's control database; every call returns when it is on disk. StorageError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def remembered(self) -> Remembered:
        await self._database.make_tables()
        return await self._database.run(_load)

    async def keep_key(self, announcement: Announcement) -> None:
        octets = encode(announcement.to_wire())
        statement = insert(KEY).values(one=1, announcement=octets)
        await self._run(statement.on_conflict_do_update(index_elements=["one"], set_={"announcement": octets}))

    async def keep(self, sender: str, part: Contribution) -> None:
        """Twice is once."""
        row = {"start_ns": part.period.start_ns, "sender": sender, "contribution": encode(part.to_wire())}
        await self._run(insert(PARTS).values(row).on_conflict_do_nothing())

    async def total(self, total: Total, now_ns: int) -> None:
        """Kept together with the fact that its period is over."""
        row = {
            "start_ns": total.period.start_ns,
            "length_ns": total.period.length_ns,
            "energy_wh": total.energy_wh,
            "participants": encode(list(total.participants)),
        }

        def work(connection: Connection) -> None:
            connection.execute(insert(TOTALS).values(row).on_conflict_do_nothing()).close()
            closing(total.period, now_ns)(connection)

        await self._database.run(work)

    async def close(self, period: Period, now_ns: int) -> None:
        await self._database.run(closing(period, now_ns))

    async def _run(self, statement: object) -> None:
        await self._database.run(lambda connection: connection.execute(statement).close())  # type: ignore[call-overload]


def closing(period: Period, now_ns: int) -> Callable[[Connection], None]:
    """The period is over here: a step of a transaction that others may share."""

    def work(connection: Connection) -> None:
        row = {"start_ns": period.start_ns, "closed_ns": now_ns}
        connection.execute(insert(OVER).values(row).on_conflict_do_nothing()).close()
        connection.execute(delete(PARTS).where(PARTS.c.start_ns == period.start_ns)).close()
        connection.execute(delete(OVER).where(OVER.c.start_ns < now_ns - KEEP_NS)).close()

    return work


def _load(connection: Connection) -> Remembered:
    announced = connection.execute(select(KEY.c.announcement)).scalar()
    parts = connection.execute(select(PARTS.c.sender, PARTS.c.contribution).order_by(PARTS.c.start_ns)).fetchall()
    over = connection.execute(select(OVER.c.start_ns, OVER.c.closed_ns)).fetchall()
    newest = connection.execute(select(TOTALS).order_by(TOTALS.c.start_ns.desc()).limit(1)).fetchone()
    return Remembered(
        None if announced is None else Announcement.from_wire(decode(announced)),
        [(row.sender, Contribution.from_wire(decode(row.contribution))) for row in parts],
        {row.start_ns: row.closed_ns for row in over},
        None if newest is None else _total(newest.start_ns, newest.length_ns, newest.energy_wh, newest.participants),
    )


def _total(start_ns: int, length_ns: int, energy_wh: int, participants: bytes) -> Total:
    names = decode(participants)
    return Total(Period(start_ns, length_ns), energy_wh, tuple(map(str, names)) if isinstance(names, list) else ())
