"""Tables of the history database. Times are integer ns UTC."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.types import UserDefinedType

from models.errors import StorageError
from substation.durable_file import durable_engine

metadata = sa.MetaData()


class Plain(UserDefinedType[object]):
    """A number as SQLite has it: integers stay integers of 64 bits."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "NUMERIC"


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
# the field gave one, else the arrival time (has_source_time says which). A value that is no number is NULL.
samples = sa.Table(
    "sample",
    metadata,
    sa.Column("handle", sa.Integer, primary_key=True),
    sa.Column("time_ns", sa.BigInteger, primary_key=True),
    sa.Column("sequence", sa.BigInteger, primary_key=True),
    sa.Column("has_source_time", sa.Boolean, nullable=False),
    sa.Column("arrival_ns", sa.BigInteger, nullable=False),
    sa.Column("value", Plain),
    sa.Column("quality", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)

# What arrived last of each point, whatever its clock says: a device whose clock is ahead must not stay newest for ever.
newest_samples = sa.Table(
    "newest_sample",
    metadata,
    sa.Column("handle", sa.Integer, primary_key=True),
    sa.Column("time_ns", sa.BigInteger, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("has_source_time", sa.Boolean, nullable=False),
    sa.Column("arrival_ns", sa.BigInteger, nullable=False),
    sa.Column("value", Plain),
    sa.Column("quality", sa.Integer, nullable=False),
)

event_lines = sa.Table(
    "event_line",
    metadata,
    sa.Column("sequence", sa.BigInteger, primary_key=True),
    sa.Column("time_ns", sa.BigInteger, nullable=False, index=True),
    sa.Column("arrival_ns", sa.BigInteger, nullable=False),
    sa.Column("category", sa.String, nullable=False),
    sa.Column("severity", sa.Integer, nullable=False),
    sa.Column("location", sa.String, nullable=False),
    sa.Column("text", sa.String, nullable=False),
)

# Who owns documents and what policy they carry: few pairs, many rows that refer to them.
origins = sa.Table(
    "origin",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("owner", sa.String, nullable=False),
    sa.Column("policy", sa.LargeBinary),
)

documents = sa.Table(
    "document",
    metadata,
    sa.Column("handle", sa.Integer, primary_key=True),
    sa.Column("time_ns", sa.BigInteger, primary_key=True),
    sa.Column("sequence", sa.BigInteger, primary_key=True),
    sa.Column("arrival_ns", sa.BigInteger, nullable=False),
    sa.Column("value", sa.LargeBinary, nullable=False),
    sa.Column("quality", sa.Integer, nullable=False),
    sa.Column("origin", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)

# The newest document of each variable, whole: a setting of years ago still holds when its history has been cleared.
newest_documents = sa.Table(
    "newest_document",
    metadata,
    sa.Column("handle", sa.Integer, primary_key=True),
    sa.Column("time_ns", sa.BigInteger, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("arrival_ns", sa.BigInteger, nullable=False),
    sa.Column("value", sa.LargeBinary, nullable=False),
    sa.Column("quality", sa.Integer, nullable=False),
    sa.Column("origin", sa.Integer, nullable=False),
)

states = sa.Table(
    "application_state",
    metadata,
    sa.Column("application", sa.String, primary_key=True),
    sa.Column("state", sa.LargeBinary, nullable=False),
)


def open_database(path: Path) -> Engine:
    """The history file with its tables.

    StorageError when the file cannot be made or is no database.
    """
    with told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        engine = durable_engine(path, "busy_timeout=5000", "cache_size=-64000")
        metadata.create_all(engine)
        for index in event_lines.indexes:  # files of an earlier version have the table without it
            index.create(engine, checkfirst=True)
    return engine


@contextlib.contextmanager
def told(path: Path | str | None) -> Iterator[None]:
    """What goes wrong inside is a StorageError in words."""
    try:
        yield
    except (sa.exc.SQLAlchemyError, OSError) as error:
        cause = getattr(error, "orig", None) or error
        raise StorageError(f"{path}: {cause}; check the disk and the file's rights") from error
