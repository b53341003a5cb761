"""SQLite files whose commits survive a kill and a power cut: the one place that says how they are opened."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine, create_engine, event

_DURABLE = ("journal_mode=WAL", "synchronous=FULL")
"""What is committed is on the disk."""


class _Cursor(Protocol):
    def execute(self, statement: str, /) -> object: ...
    def close(self) -> None: ...


class _Driver(Protocol):
    def cursor(self) -> _Cursor: ...


def durable_engine(path: Path, *pragmas: str, connections: int = 5) -> Engine:
    """An engine for the file; nothing is opened yet. pragmas: further ones for each connection ('busy_timeout=2000').

    connections: as many are kept open; 1 allows no other.
    """
    overflow = 0 if connections == 1 else 10
    engine = create_engine(f"sqlite:///{path}", pool_size=connections, max_overflow=overflow)

    def set_pragmas(connection: _Driver, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in (*_DURABLE, *pragmas):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(engine, "connect", set_pragmas)
    return engine
