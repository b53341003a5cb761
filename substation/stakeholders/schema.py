"""The file of the register: its tables, how it is opened, and how files of earlier versions are brought up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from models.errors import RingmainError
from substation.exchange.access import Role
from substation.exchange.key_files import STAKEHOLDERS

FILE_NAME = STAKEHOLDERS
VERSION = 2
"""user_version of the file. 0: one table `keys` with name and role of each key."""

_BUSY_TIMEOUT_S = 5.0
_TABLES = """
CREATE TABLE stakeholders (
    name TEXT PRIMARY KEY, role TEXT NOT NULL, kind TEXT NOT NULL, approves INTEGER NOT NULL, areas TEXT NOT NULL,
    valid_until_ns INTEGER, subject TEXT NOT NULL, password TEXT NOT NULL, failed INTEGER NOT NULL,
    locked_until_ns INTEGER NOT NULL, enrolled_ns INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX subjects ON stakeholders (subject) WHERE subject <> '';
CREATE TABLE admitted_keys (
    key_id BLOB PRIMARY KEY, public BLOB NOT NULL,
    name TEXT NOT NULL REFERENCES stakeholders (name) ON DELETE CASCADE ON UPDATE CASCADE
) STRICT;
CREATE TABLE IF NOT EXISTS sequences (key_id BLOB PRIMARY KEY, next INTEGER NOT NULL) STRICT;
CREATE TABLE changes (
    number INTEGER PRIMARY KEY AUTOINCREMENT, time_ns INTEGER NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL
) STRICT;
"""


class RegisterError(RingmainError):
    """The register of stakeholders cannot be read or written, or an entry contradicts another."""


def prepare(file: Path) -> sqlite3.Connection:
    """Make the file or bring it up to date; a connection to read with. RegisterError when it cannot be used."""
    with told(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(file, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
        try:
            database.execute("PRAGMA journal_mode = WAL")
            _update(file, database)
            file.chmod(0o600)
        except BaseException:
            database.close()
            raise
        return database


@contextmanager
def changing(file: Path) -> Iterator[sqlite3.Connection]:
    """One transaction, from any thread; on the disk when it ends. RegisterError when the disk refuses."""
    with told(file), closing(sqlite3.connect(file, timeout=_BUSY_TIMEOUT_S, isolation_level=None)) as database:
        database.execute("PRAGMA synchronous = FULL")
        database.execute("PRAGMA foreign_keys = ON")
        with _transaction(database):
            yield database


@contextmanager
def told(file: Path) -> Iterator[None]:
    """Errors of the database and the file system as one clear line."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise RegisterError(f"{file}: the key register fails: {error}; check the data directory") from error


@contextmanager
def _transaction(database: sqlite3.Connection) -> Iterator[None]:
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


def _update(file: Path, database: sqlite3.Connection) -> None:
    """Two processes may find an old file at once: the second one finds nothing left to do."""
    if _version(database) == VERSION:
        return
    with _transaction(database):
        found = _version(database)
        if found == VERSION:
            return
        if found > VERSION:
            raise RegisterError(f"{file}: made by a later version of Ringmain; install that version")
        for statement in _TABLES.split(";\n"):
            database.execute(statement)
        if database.execute("SELECT 1 FROM sqlite_schema WHERE name = 'keys'").fetchone():
            _take_over(database)
        database.execute(f"PRAGMA user_version = {VERSION}")


def _version(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def _take_over(database: sqlite3.Connection) -> None:
    """Each key was a stakeholder. Operators could approve before that was a right of its own: they keep it."""
    columns = {row[1] for row in database.execute("PRAGMA table_info(keys)")}
    stored = "approves, areas" if "approves" in columns else "role = ?1, '[\"*\"]'"
    parameters = () if "approves" in columns else (Role.OPERATOR.value,)
    database.execute(
        "INSERT INTO stakeholders (name, role, kind, approves, areas, subject, password, failed, locked_until_ns,"
        f" enrolled_ns) SELECT name, role, 'person', {stored}, '', '', 0, 0, enrolled_ns FROM keys",  # noqa: S608
        parameters,
    )
    database.execute("INSERT INTO admitted_keys SELECT key_id, public, name FROM keys")
    database.execute("DROP TABLE keys")
