"""A database that fails: a table is out of reach, as on a disk that gives errors, until it is mended."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

HISTORY = ("sample", "event_line", "application_state")
JOURNAL = ("intents",)
ORDERS = ("orders",)


@contextlib.contextmanager
def failing(file: Path, tables: tuple[str, ...]) -> Iterator[None]:
    """Every statement on these tables is an OperationalError meanwhile."""
    _rename(file, tables, "{}", "{}_lost")
    try:
        yield
    finally:
        _rename(file, tables, "{}_lost", "{}")


def _rename(file: Path, tables: tuple[str, ...], before: str, after: str) -> None:
    with contextlib.closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA legacy_alter_table = ON")
        for table in tables:
            connection.execute(f"ALTER TABLE {before.format(table)} RENAME TO {after.format(table)}")
