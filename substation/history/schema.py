"""Tables of the history database. Times are integer ns UTC."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

metadata = sa.MetaData()

points = sa.Table(
    "point",
    metadata,
    sa.Column("handle", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("location", sa.String, nullable=False),
    sa.Column("variable", sa.String, nullable=False),
    sa.UniqueConstraint("location", "variable"),
    sqlite_autoincrement=True,  # a handle is never reused, even after its point is gone
)

# Two events of one point may share a millisecond, so the sequence is part of the key. time_ns is the source time where
# the field gave one, else the arrival time (has_source_time says which).
samples = sa.Table(
    "sample",
    metadata,
    sa.Column("handle", sa.Integer, primary_key=True),
    sa.Column("time_ns", sa.BigInteger, primary_key=True),
    sa.Column("sequence", sa.BigInteger, primary_key=True),
    sa.Column("has_source_time", sa.Boolean, nullable=False),
    sa.Column("arrival_ns", sa.BigInteger, nullable=False),
    sa.Column("value", sa.Numeric(asdecimal=False)),
    sa.Column("quality", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)

event_lines = sa.Table(
    "event_line",
    metadata,
    sa.Column("sequence", sa.BigInteger, primary_key=True),
    sa.Column("time_ns", sa.BigInteger, nullable=False),
    sa.Column("arrival_ns", sa.BigInteger, nullable=False),
    sa.Column("category", sa.String, nullable=False),
    sa.Column("severity", sa.Integer, nullable=False),
    sa.Column("location", sa.String, nullable=False),
    sa.Column("text", sa.String, nullable=False),
)

states = sa.Table(
    "application_state",
    metadata,
    sa.Column("application", sa.String, primary_key=True),
    sa.Column("state", sa.LargeBinary, nullable=False),
)


def open_database(path: Path) -> Engine:
    """A SQLite engine in WAL mode that survives a power cut (synchronous=FULL: what is committed is on the disk)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "cache_size=-64000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine
