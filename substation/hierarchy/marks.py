"""How far each series has been handed to each neighbour, in the control database.

A mark moves in the transaction that queues the parcels, so that after a crash the flow goes on where it was: what is in
history and behind the mark is sent then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import BigInteger, Column, Connection, String, Table

from models.wire.instance import Instance
from substation.control.database import METADATA, Database

Table(
    "flow_mark",
    METADATA,
    Column("neighbour", String, primary_key=True),
    Column("location", String, primary_key=True),
    Column("variable", String, primary_key=True),
    Column("time_ns", BigInteger, nullable=False),
)
_MOVE = (
    "INSERT INTO flow_mark VALUES (?, ?, ?, ?) ON CONFLICT (neighbour, location, variable)"
    " DO UPDATE SET time_ns = max(time_ns, excluded.time_ns)"
)
Series = tuple[str, str]
"""Location and variable."""


async def load(database: Database, neighbour: str) -> dict[Series, int]:
    """Time of the newest instance of each series that has been handed over."""
    await database.make_tables()
    return await database.run(lambda connection: _load(connection, neighbour))


def moved(neighbour: str, instances: Sequence[Instance]) -> Callable[[Connection], None]:
    """To be done in the transaction that queues them."""
    newest: dict[Series, int] = {}
    for instance in instances:
        series = (instance.location, instance.variable)
        newest[series] = max(newest.get(series, 0), instance.time_ns)
    rows = [(neighbour, *series, time_ns) for series, time_ns in newest.items()]

    def move(connection: Connection) -> None:
        connection.exec_driver_sql(_MOVE, rows).close()

    return move


def _load(connection: Connection, neighbour: str) -> dict[Series, int]:
    statement = "SELECT location, variable, time_ns FROM flow_mark WHERE neighbour = ?"
    return {(row[0], row[1]): row[2] for row in connection.exec_driver_sql(statement, (neighbour,))}
