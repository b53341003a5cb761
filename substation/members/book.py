"""Members on disk: who belonged when the unit ended comes back as silent, until it is heard."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import JSON, BigInteger, Column, Connection, LargeBinary, String, Table, select
from sqlalchemy.dialects.sqlite import insert

from substation.control.database import METADATA, Database
from substation.members.member import BELONGS, Member, State

MEMBERS = Table(
    "members",
    METADATA,
    Column("name", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("level", String, nullable=False),
    Column("since_ns", BigInteger, nullable=False),
    Column("last_seen_ns", BigInteger, nullable=False),
    Column("reason", String, nullable=False),
    Column("version", String, nullable=False),
    Column("configuration", String, nullable=False),
    Column("serves", JSON, nullable=False),
    Column("key_id", LargeBinary, nullable=False),
    Column("incarnation", LargeBinary, nullable=False),
    Column("serial", String, nullable=False),
)


class Book:
    """One table of the control database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    async def open(cls, database: Database) -> Book:
        await database.make_tables()
        return cls(database)

    async def read(self) -> list[Member]:
        return await self._database.run(_load)

    async def write(self, members: Sequence[Member]) -> None:
        """On disk when this returns. StorageError when it cannot be."""
        rows = [_row(member) for member in members]
        await self._database.run(lambda connection: _save(connection, rows))


def _load(connection: Connection) -> list[Member]:
    rows = connection.execute(select(MEMBERS).order_by(MEMBERS.c.name)).mappings()
    return [_member({**row}) for row in rows]


def _member(row: dict[str, object]) -> Member:
    state = State(row.pop("state"))
    serves = row.pop("serves")
    names = tuple(name for name in serves if isinstance(name, str)) if isinstance(serves, list) else ()
    if state in BELONGS:
        state, row["reason"] = State.SILENT, "not heard since this unit was started"
    if row["serial"]:
        row["incarnation"] = b""  # it has to join anew, since its certificate may have been revoked meanwhile
    return Member(**row, state=state, serves=names)  # type: ignore[arg-type]  # columns are the fields


def _row(member: Member) -> dict[str, object]:
    return {
        **{column.name: getattr(member, column.name) for column in MEMBERS.columns},
        "state": member.state.value,
        "serves": list(member.serves),
    }


def _save(connection: Connection, rows: list[dict[str, object]]) -> None:
    statement = insert(MEMBERS)
    changed = {column.name: statement.excluded[column.name] for column in MEMBERS.columns if column.name != "name"}
    connection.execute(statement.on_conflict_do_update(index_elements=[MEMBERS.c.name], set_=changed), rows)
