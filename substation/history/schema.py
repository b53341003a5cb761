"""Tables of the history. Times are integer ns UTC. Both engines have them; what differs is said in their modules."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.types import UserDefinedType

from models.point import Cdc

metadata = sa.MetaData()

MEASURANDS = tuple(each.value for each in Cdc if not each.is_event)
"""Classes in the column `point.cdc` whose samples are rolled up, and leave when they are old."""


class Plain(UserDefinedType[object]):
    """A number as SQLite has it: integers stay integers of 64 bits. In PostgreSQL: numeric, as exact."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "NUMERIC"


def _big(name: str, primary_key: bool = False) -> sa.Column[object]:
    column: sa.Column[object] = sa.Column(
        name, sa.BigInteger, primary_key=primary_key, nullable=False, autoincrement=False
    )
    return column


def _whole(name: str, primary_key: bool = False) -> sa.Column[object]:
    column: sa.Column[object] = sa.Column(
        name, sa.Integer, primary_key=primary_key, nullable=False, autoincrement=False
    )
    return column


def _number(name: str) -> sa.Column[object]:
    return sa.Column(name, Plain)


points = sa.Table(
    "point",
    metadata,
    sa.Column("handle", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("location", sa.String, nullable=False),
    sa.Column("variable", sa.String, nullable=False),
    sa.Column("cdc", sa.String),  # common data class of the point; NULL for declared variables
    sa.UniqueConstraint("location", "variable"),
    sqlite_autoincrement=True,  # a handle is never reused, even after its point is gone
)


def _sample_columns(key: bool) -> list[sa.Column[object]]:
    columns: list[sa.Column[object]] = [
        _whole("handle", primary_key=True), _big("time_ns", key), _big("sequence", key),
        sa.Column("has_source_time", sa.Boolean, nullable=False),
        _big("arrival_ns"), _number("value"), _whole("quality"),
    ]  # fmt: skip
    return columns


def _document_columns(key: bool) -> list[sa.Column[object]]:
    columns: list[sa.Column[object]] = [
        _whole("handle", primary_key=True), _big("time_ns", key), _big("sequence", key),
        _big("arrival_ns"), sa.Column("value", sa.LargeBinary, nullable=False), _whole("quality"), _whole("origin"),
    ]  # fmt: skip
    return columns


# Two events of one point may share a millisecond, so the sequence is part of the key. time_ns is the source time where
# the field gave one, else the arrival time (has_source_time says which). A value that is no number is NULL.
samples = sa.Table("sample", metadata, *_sample_columns(key=True), sqlite_with_rowid=False)

# What arrived last of each point, whatever its clock says: a device whose clock is ahead must not stay newest for ever.
newest_samples = sa.Table("newest_sample", metadata, *_sample_columns(key=False))

event_lines = sa.Table(
    "event_line",
    metadata,
    _big("sequence", primary_key=True),
    sa.Column("time_ns", sa.BigInteger, nullable=False, index=True),
    _big("arrival_ns"),
    sa.Column("category", sa.String, nullable=False),
    sa.Column("severity", sa.Integer, nullable=False),
    sa.Column("location", sa.String, nullable=False),
    sa.Column("text", sa.String, nullable=False),
)

# Who owns documents and what policy they carry: few pairs, many rows that refer to them.
origins = sa.Table(
    "origin",
    metadata,
    _whole("number", primary_key=True),
    sa.Column("owner", sa.String, nullable=False),
    sa.Column("policy", sa.LargeBinary),
)

documents = sa.Table("document", metadata, *_document_columns(key=True), sqlite_with_rowid=False)

# The newest document of each variable, whole: a setting of years ago still holds when its history has been cleared.
newest_documents = sa.Table("newest_document", metadata, *_document_columns(key=False))

states = sa.Table(
    "application_state",
    metadata,
    sa.Column("application", sa.String, primary_key=True),
    sa.Column("state", sa.LargeBinary, nullable=False),
)

# What is left of measurands when the samples have been cleared: one row per point and width_s (60, 900) seconds. least,
# greatest, first and last are of the values that are not invalid (NULL: none was); quality is the worst of all.
rollups = sa.Table(
    "rollup",
    metadata,
    _whole("handle", primary_key=True), _whole("width_s", primary_key=True), _big("start_ns", primary_key=True),
    _big("count"), _number("least"), _number("greatest"),
    sa.Column("first_ns", sa.BigInteger), _number("first"), sa.Column("last_ns", sa.BigInteger), _number("last"),
    _whole("quality"),
    sqlite_with_rowid=False,
)  # fmt: skip

# Numbers that must go on after a restart: the last sequence, and up to which time roll-ups are made and samples gone.
counters = sa.Table("counter", metadata, sa.Column("name", sa.String, primary_key=True), _big("number"))


class Statements:
    """SQL for rows as tuples in the order of a table's columns, the same for both engines but for the placeholder."""

    def __init__(self, table: sa.Table, mark: str) -> None:
        names = [f'"{column.name}"' for column in table.columns]
        key = ", ".join(f'"{column.name}"' for column in table.primary_key.columns)
        settings = ", ".join(f"{name} = excluded.{name}" for name in names if name not in key)
        self.columns = ", ".join(names)
        self.row = f"({', '.join([mark] * len(names))})"
        self.insert = f'INSERT INTO "{table.name}" ({self.columns}) VALUES {self.row}'
        self.insert_once = f"{self.insert} ON CONFLICT DO NOTHING"
        self.replace = f"{self.insert} ON CONFLICT ({key}) DO UPDATE SET {settings}"
