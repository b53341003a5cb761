"""Point-to-point tests on disk: each word as it is given, so that a restart loses none."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import BigInteger, Boolean, Column, Connection, Integer, Row, String, Table, insert, select, update

from models.point import PointName
from substation.commissioning.point_test import Look, PointTest, Tested, Verdict
from substation.control.database import METADATA, Database, add_row

TESTS = Table(
    "point_tests",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("scope", String, nullable=False),
    Column("holder", String, nullable=False),
    Column("started_ns", BigInteger, nullable=False),
    Column("ended_ns", BigInteger),
    sqlite_autoincrement=True,
)
TESTED = Table(
    "tested_points",
    METADATA,
    Column("test", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("point", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("address", String, nullable=False),
    Column("commandable", Boolean, nullable=False),
    Column("verdict", String, nullable=False),
    Column("value", String),
    Column("quality", String),
    Column("time_ns", BigInteger),
    Column("arrival_ns", BigInteger),
    Column("note", String, nullable=False),
    Column("tester", String, nullable=False),
    Column("said_ns", BigInteger),
    Column("command", String, nullable=False),
)


class PointTestStore:
    """StorageError when the disk refuses; what `add`, `put` and `end` return from is on it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[PointTest]:
        """Every test, oldest first."""
        await self._database.make_tables()
        return await self._database.run(_load)

    async def add(self, test: PointTest) -> PointTest:
        """The same with its number."""
        return await self._database.run(lambda connection: _insert(connection, test))

    async def put(self, test: int, tested: Tested) -> None:
        """One point as it is now."""
        row = TESTED.c.test == test, TESTED.c.number == tested.number
        await self._database.run(
            lambda connection: connection.execute(update(TESTED).where(*row).values(_columns(tested))).close()
        )

    async def end(self, test: int, now_ns: int) -> None:
        change = update(TESTS).where(TESTS.c.id == test).values(ended_ns=now_ns)
        await self._database.run(lambda connection: connection.execute(change).close())


def _insert(connection: Connection, test: PointTest) -> PointTest:
    columns = {"scope": test.scope, "holder": test.holder, "started_ns": test.started_ns}
    key = add_row(connection, TESTS, columns)
    rows = [{"test": key, "number": each.number, **_columns(each)} for each in test.points]
    connection.execute(insert(TESTED), rows).close()
    return replace(test, id=key)


def _columns(tested: Tested) -> dict[str, object]:
    look = tested.look
    return {
        "point": str(tested.point),
        "kind": tested.kind,
        "address": tested.address,
        "commandable": tested.commandable,
        "verdict": tested.verdict.value,
        "value": None if look is None else look.value,
        "quality": None if look is None else look.quality,
        "time_ns": None if look is None else look.time_ns,
        "arrival_ns": None if look is None else look.arrival_ns,
        "note": tested.note,
        "tester": tested.tester,
        "said_ns": tested.said_ns,
        "command": tested.command,
    }


def _load(connection: Connection) -> list[PointTest]:
    points: dict[int, list[Tested]] = {}
    for row in connection.execute(select(TESTED).order_by(TESTED.c.test, TESTED.c.number)):
        points.setdefault(row.test, []).append(_tested(row))
    return [
        PointTest(row.id, row.scope, row.holder, row.started_ns, tuple(points.get(row.id, ())), row.ended_ns)
        for row in connection.execute(select(TESTS).order_by(TESTS.c.id))
    ]


def _tested(row: Row[tuple[object, ...]]) -> Tested:
    look = None if row.value is None else Look(row.value, row.quality, row.time_ns, row.arrival_ns)
    return Tested(
        number=row.number,
        point=PointName.parse(row.point),
        kind=row.kind,
        address=row.address,
        commandable=row.commandable,
        verdict=Verdict(row.verdict),
        look=look,
        note=row.note,
        tester=row.tester,
        said_ns=row.said_ns,
        command=row.command,
    )
