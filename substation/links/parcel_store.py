"""Parcels on disk: what waits for each neighbour, and how far each neighbour's parcels have been taken.

Tables of the control database. Every function works inside a transaction of its caller, so that a parcel is queued
together with what it tells of, and a mark moves together with what its parcels have brought about.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Connection, Integer, LargeBinary, String, Table

from substation.control.database import METADATA
from substation.links.engine import Parcel

Table(
    "link_outgoing",
    METADATA,
    Column("neighbour", String, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("kind", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("values", Integer, nullable=False),
)
Table(
    "link_numbers",
    METADATA,
    Column("neighbour", String, primary_key=True),
    Column("next", BigInteger, nullable=False),
    Column("value_octets", BigInteger, nullable=False),
    Column("dropped", BigInteger, nullable=False),
)
Table(
    "link_incoming",
    METADATA,
    Column("neighbour", String, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
)
Table(
    "link_refused",
    METADATA,
    Column("neighbour", String, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("kind", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("reason", String, nullable=False),
    Column("refused_ns", BigInteger, nullable=False),
)
MAX_REFUSED = 1000
"""Parcels kept for people to look at; of each neighbour the newest."""

_NUMBER = (
    "INSERT INTO link_numbers VALUES (?, ?, ?, 0) ON CONFLICT (neighbour) DO UPDATE"
    " SET next = next + 1, value_octets = value_octets + excluded.value_octets RETURNING next, value_octets"
)
_INSERT = "INSERT INTO link_outgoing VALUES (?, ?, ?, ?, ?)"
_OLDEST = "SELECT sequence, kind, body FROM link_outgoing WHERE neighbour = ? ORDER BY sequence LIMIT ?"
_REMOVE = 'DELETE FROM link_outgoing WHERE neighbour = ? AND sequence <= ? RETURNING "values", length(body)'
_DROP = (
    "DELETE FROM link_outgoing WHERE neighbour = ?1 AND sequence IN (SELECT sequence FROM link_outgoing"
    ' WHERE neighbour = ?1 AND "values" > 0 ORDER BY sequence LIMIT 64) RETURNING "values", length(body)'
)
_NEXT = (
    'SELECT sequence, kind, body, "values" FROM link_outgoing WHERE neighbour = ? AND sequence > ?'
    " ORDER BY sequence LIMIT 1"
)
_TAKE = "DELETE FROM link_outgoing WHERE neighbour = ? AND sequence = ?"
_FREED = "UPDATE link_numbers SET value_octets = value_octets - ?, dropped = dropped + ? WHERE neighbour = ?"
_MARK = "INSERT INTO link_incoming VALUES (?, ?) ON CONFLICT (neighbour) DO UPDATE SET sequence = excluded.sequence"
_REFUSE = "INSERT OR IGNORE INTO link_refused VALUES (?, ?, ?, ?, ?, ?)"
_FORGET = (
    "DELETE FROM link_refused WHERE neighbour = ?1 AND sequence <= (SELECT sequence FROM link_refused"
    f" WHERE neighbour = ?1 ORDER BY sequence DESC LIMIT 1 OFFSET {MAX_REFUSED})"
)


@dataclass(frozen=True, slots=True)
class Letter:
    """A parcel to be. values: how many values it holds; 0 for what is never dropped (orders, configuration, events)."""

    neighbour: str
    kind: str
    body: bytes
    values: int = 0


def enqueue(connection: Connection, letter: Letter, now_ns: int, max_value_octets: int) -> int:
    """Queue it behind everything else for that neighbour; returns how many values were dropped to make room.

    The first number of a neighbour is the time, so that a unit whose data directory was lost goes on above the numbers
    that its neighbours have seen.
    """
    octets = len(letter.body) if letter.values else 0
    row = connection.exec_driver_sql(_NUMBER, (letter.neighbour, now_ns, octets)).one()
    connection.exec_driver_sql(_INSERT, (letter.neighbour, row[0], letter.kind, letter.body, letter.values)).close()
    return _make_room(connection, letter.neighbour, row[1], max_value_octets)


def _make_room(connection: Connection, neighbour: str, waiting_octets: int, max_octets: int) -> int:
    """Drop the oldest values until they fit."""
    dropped = 0
    while waiting_octets > max_octets:
        rows = connection.exec_driver_sql(_DROP, (neighbour,)).all()
        if not rows:
            break
        freed, lost = sum(row[1] for row in rows), sum(row[0] for row in rows)
        connection.exec_driver_sql(_FREED, (freed, lost, neighbour)).close()
        waiting_octets -= freed
        dropped += lost
    return dropped


def oldest(connection: Connection, neighbour: str, most: int, most_octets: int) -> list[Parcel]:
    """The next ones to deliver: at least one, where any waits."""
    parcels: list[Parcel] = []
    for row in connection.exec_driver_sql(_OLDEST, (neighbour, most)):
        most_octets -= len(row[2])
        if parcels and most_octets < 0:
            break
        parcels.append(Parcel(*row))
    return parcels


def remove(connection: Connection, neighbour: str, through: int, count: bool) -> int:
    """The neighbour has them on its own disk. count: returns how many values were dropped before, and starts anew."""
    rows = connection.exec_driver_sql(_REMOVE, (neighbour, through)).all()
    connection.exec_driver_sql(_FREED, (sum(row[1] for row in rows if row[0]), 0, neighbour)).close()
    if not count:
        return 0
    dropped = connection.exec_driver_sql("SELECT dropped FROM link_numbers WHERE neighbour = ?", (neighbour,)).scalar()
    connection.exec_driver_sql("UPDATE link_numbers SET dropped = 0 WHERE neighbour = ?", (neighbour,)).close()
    return int(dropped or 0)


def readdress(
    connection: Connection, old: str, new: str, kinds: Collection[str], now_ns: int, max_value_octets: int
) -> int:
    """Parcels of these kinds wait for `new` from now on, in their order; returns how many there were."""
    count, last = 0, 0
    while (row := connection.exec_driver_sql(_NEXT, (old, last)).one_or_none()) is not None:
        last = row[0]
        if row[1] not in kinds:
            continue
        enqueue(connection, Letter(new, *row[1:]), now_ns, max_value_octets)
        connection.exec_driver_sql(_TAKE, (old, last)).close()
        connection.exec_driver_sql(_FREED, (len(row[2]) if row[3] else 0, 0, old)).close()
        count += 1
    return count


def waiting_for(connection: Connection) -> list[str]:
    """Neighbours for whom parcels wait."""
    return [row[0] for row in connection.exec_driver_sql("SELECT DISTINCT neighbour FROM link_outgoing")]


def marks(connection: Connection) -> dict[str, int]:
    """The last sequence that was taken from each neighbour."""
    return {row[0]: row[1] for row in connection.exec_driver_sql("SELECT neighbour, sequence FROM link_incoming")}


def mark(connection: Connection, neighbour: str, through: int) -> None:
    connection.exec_driver_sql(_MARK, (neighbour, through)).close()


def keep_refused(connection: Connection, neighbour: str, refused: Sequence[tuple[Parcel, str]], now_ns: int) -> None:
    """Parcels that could not be used, with the reason: they hold up nothing, and are not thrown away."""
    for parcel, reason in refused:
        row = (neighbour, parcel.sequence, parcel.kind, parcel.body, reason, now_ns)
        connection.exec_driver_sql(_REFUSE, row).close()
    connection.exec_driver_sql(_FORGET, (neighbour,)).close()
