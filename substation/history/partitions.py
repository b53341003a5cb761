"""Ranges of time of a PostgreSQL table: made ahead, dropped whole when all that is in them is too old."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa

DAY_NS = 86_400 * 10**9
AHEAD = 3
"""So many ranges beyond the present one are there already: a night without housekeeping does no harm."""

_SLICE = 1000
LOCK_WAIT = "SET LOCAL lock_timeout = '2s'"
"""A reader that holds a table for long makes retention wait for its next round, never the writer."""


@dataclass(frozen=True, slots=True)
class Partitioned:
    """A table with a default partition, which takes what no range holds: clocks that are far off."""

    table: str
    days: int

    @property
    def width_ns(self) -> int:
        return self.days * DAY_NS

    def make_ahead(self, connection: sa.Connection, now_ns: int) -> None:
        """The ranges around now and ahead of it; rows that wait in the default partition move into theirs."""
        there = set(self.starts(connection))
        first = now_ns // self.width_ns - 1
        for number in range(first, first + 2 + AHEAD):
            if number * self.width_ns not in there:
                self._make(connection, number * self.width_ns)

    def _make(self, connection: sa.Connection, start_ns: int) -> None:
        name, end_ns = self._name(start_ns), start_ns + self.width_ns
        inside = f"time_ns >= {start_ns} AND time_ns < {end_ns}"
        for statement in (
            f"CREATE TABLE {name} (LIKE {self.table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)",
            f"WITH moved AS (DELETE FROM {self.table}_default WHERE {inside} RETURNING *)"
            f" INSERT INTO {name} SELECT * FROM moved",
            f"ALTER TABLE {self.table} ATTACH PARTITION {name} FOR VALUES FROM ({start_ns}) TO ({end_ns})",
        ):
            connection.exec_driver_sql(statement)

    def _name(self, start_ns: int) -> str:
        return f"{self.table}_{start_ns // DAY_NS}"

    def starts(self, connection: sa.Connection) -> list[int]:
        """Where the ranges begin, ns UTC, ascending; the name of a partition ends with its first day since 1970."""
        statement = (
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            f" WHERE i.inhparent = to_regclass('{self.table}')"
        )
        ends = (row[0].rpartition("_")[2] for row in connection.exec_driver_sql(statement))
        return sorted(int(end) * DAY_NS for end in ends if end.isdigit())

    def old(self, starts: list[int], cutoff_ns: int) -> Iterator[partial[bool]]:
        """Slices of retention: every range that ends before the cutoff, then single rows of the default partition."""
        for start_ns in starts:
            if start_ns + self.width_ns <= cutoff_ns:
                yield partial(self._drop, start_ns)
        yield partial(self._clear_default, cutoff_ns)

    def _drop(self, start_ns: int, connection: sa.Connection) -> bool:
        connection.exec_driver_sql(LOCK_WAIT)
        connection.exec_driver_sql(f"DROP TABLE {self._name(start_ns)}")
        return True

    def _clear_default(self, cutoff_ns: int, connection: sa.Connection) -> bool:
        default = f"{self.table}_default"
        old = f"SELECT ctid FROM {default} WHERE time_ns < {cutoff_ns} AND arrival_ns < {cutoff_ns} LIMIT {_SLICE}"
        return connection.exec_driver_sql(f"DELETE FROM {default} WHERE ctid IN ({old})").rowcount < _SLICE
