"""SQLite files whose commits survive a kill and a power cut: the one place that says how they are opened."""

from __future__ import annotations

import importlib
import sqlite3
from pathlib import Path
from types import ModuleType
from typing import Protocol

from sqlalchemy import Engine, create_engine, event

from models.errors import StorageError
from substation.cipher_key import CipherKey

_DURABLE = ("journal_mode=WAL", "synchronous=FULL")
"""What is committed is on the disk."""
SILENT = "PRAGMA cipher_log = off"
"""SQLCipher writes to standard error itself; what goes wrong is told by our own line."""


class _Cursor(Protocol):
    def execute(self, statement: str, /) -> object: ...
    def close(self) -> None: ...


class _Driver(Protocol):
    def cursor(self) -> _Cursor: ...


def durable_engine(path: Path, *pragmas: str, connections: int = 5, key: CipherKey | None = None) -> Engine:
    """An engine for the file; nothing is opened yet. pragmas: further ones for each connection ('busy_timeout=2000').

    connections: as many are kept open; 1 allows no other (`kept_engine` does). key: the file is encrypted with it.
    """
    overflow = 0 if connections == 1 else 10
    return kept_engine(path, *pragmas, kept=connections, overflow=overflow, key=key)


def kept_engine(path: Path, *pragmas: str, kept: int, overflow: int, key: CipherKey | None = None) -> Engine:
    """As durable_engine; `overflow` more connections may be opened, and are closed after use."""
    module = sqlite_module(key)
    engine = create_engine(f"sqlite:///{path}", pool_size=kept, max_overflow=overflow, module=module)

    def set_pragmas(connection: _Driver, _record: object) -> None:
        cursor = connection.cursor()
        if key is not None:  # before anything else touches the file
            cursor.execute(SILENT)
            cursor.execute(f"PRAGMA key = {key.literal()}")
        for pragma in (*_DURABLE, *pragmas):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(engine, "connect", set_pragmas)
    return engine


def sqlite_module(key: CipherKey | None) -> ModuleType:
    """The DB-API module: SQLCipher's where there is a key. StorageError when that is not installed."""
    if key is None:
        return sqlite3
    try:
        return importlib.import_module("sqlcipher3.dbapi2")
    except ImportError as error:
        text = "encryption at rest needs SQLCipher; install the extra 'cipher' (pip install ringmain[cipher])"
        raise StorageError(text) from error
