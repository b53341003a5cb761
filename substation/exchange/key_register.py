"""Admitted keys and their sequence numbers, in `keys.sqlite` of the unit's data directory.

`ringmain enrol` writes it while the unit runs; the unit sees a change at its next look, without restart. Numbers are
reserved in blocks, one for each connection, committed to disk before the connection may use them: no number is ever
accepted twice for a key, whatever restarts or how many connections the key has at once.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from models.errors import RingmainError
from models.wire.keys import KeyId, VerifyKey
from substation.exchange.access import EVERYWHERE, Identity, Role

FILE_NAME = "keys.sqlite"
BLOCK = 2**32
"""Numbers in one connection's block."""

_BUSY_TIMEOUT_S = 5.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS keys (
    key_id BLOB PRIMARY KEY, public BLOB NOT NULL, name TEXT NOT NULL UNIQUE, role TEXT NOT NULL,
    enrolled_ns INTEGER NOT NULL, approves INTEGER NOT NULL DEFAULT 0, areas TEXT NOT NULL DEFAULT '["*"]'
) STRICT;
CREATE TABLE IF NOT EXISTS sequences (key_id BLOB PRIMARY KEY, next INTEGER NOT NULL) STRICT;
"""


class RegisterError(RingmainError):
    """The key register cannot be read or written, or an entry contradicts another."""


class KeyRegister:
    """One per process; made for the loop's thread, except `reserve`, which any thread may call."""

    def __init__(self, data: Path) -> None:
        self._file = data / FILE_NAME
        with _told(self._file):
            data.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(self._file, timeout=_BUSY_TIMEOUT_S)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.executescript(_SCHEMA)
            _migrate(self._database)
        self._file.chmod(0o600)
        self._version: int | None = None
        self._known: dict[KeyId, tuple[VerifyKey, Identity]] = {}

    def close(self) -> None:
        self._database.close()

    def find(self, key_id: KeyId) -> VerifyKey | None:
        """The public key of an admitted key id."""
        entry = self._entries().get(key_id)
        return None if entry is None else entry[0]

    def identity(self, key_id: KeyId) -> Identity | None:
        """Who holds the key now; None when it has been removed."""
        entry = self._entries().get(key_id)
        return None if entry is None else entry[1]

    def identities(self) -> list[Identity]:
        return [identity for _, identity in self._entries().values()]

    def enrol(
        self,
        key: VerifyKey,
        name: str,
        role: Role,
        now_ns: int,
        *,
        approves: bool = False,
        areas: tuple[str, ...] = EVERYWHERE,
    ) -> Identity:
        """Admit a key, or change its name and role. RegisterError when another key has the name."""
        row = (bytes(key.key_id), key.raw, name, role.value, now_ns, approves, json.dumps(areas))
        with _told(self._file), self._database:
            taken = self._database.execute("SELECT key_id FROM keys WHERE name = ?", (name,)).fetchone()
            if taken is not None and taken[0] != key.key_id:
                raise RegisterError(f"{self._file}: the name {name!r} belongs to another key; choose another --name")
            self._database.execute(
                "INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key_id) DO UPDATE"
                " SET name = excluded.name, role = excluded.role, approves = excluded.approves, areas = excluded.areas",
                row,
            )
        self._version = None
        return Identity(key.key_id, name, role, approves=approves, areas=areas)

    def remove(self, key_id: KeyId) -> bool:
        """Withdraw a key; its sequence numbers stay used. False when it was not there."""
        with _told(self._file), self._database:
            removed = self._database.execute("DELETE FROM keys WHERE key_id = ?", (bytes(key_id),)).rowcount
        self._version = None
        return removed > 0

    def reserve(self, key_id: KeyId) -> int:
        """First number of a block that this key has never used; on disk when it returns. From any thread."""
        with _told(self._file), closing(sqlite3.connect(self._file, timeout=_BUSY_TIMEOUT_S)) as database, database:
            database.execute("PRAGMA synchronous = FULL")
            row = database.execute(
                "INSERT INTO sequences VALUES (?, ?) ON CONFLICT (key_id) DO UPDATE SET next = next + ? RETURNING next",
                (bytes(key_id), 2 * BLOCK, BLOCK),
            ).fetchone()
        return int(row[0]) - BLOCK

    def _entries(self) -> dict[KeyId, tuple[VerifyKey, Identity]]:
        """Read again only when another connection or process has changed the file."""
        with _told(self._file):
            version = int(self._database.execute("PRAGMA data_version").fetchone()[0])
            if version != self._version:
                rows = self._database.execute("SELECT key_id, public, name, role, approves, areas FROM keys").fetchall()
                self._known = {KeyId(row[0]): _entry(*row) for row in rows}
                self._version = version
        return self._known


def _entry(key_id: bytes, public: bytes, name: str, role: str, approves: int, areas: str) -> tuple[VerifyKey, Identity]:
    identity = Identity(KeyId(key_id), name, Role(role), approves=bool(approves), areas=tuple(json.loads(areas)))
    return VerifyKey(public), identity


def _migrate(database: sqlite3.Connection) -> None:
    """Registers of before approval was a right of its own: their operators had it, and keep it."""
    columns = {row[1] for row in database.execute("PRAGMA table_info(keys)")}
    if "approves" in columns:
        return
    with database:
        database.execute("ALTER TABLE keys ADD COLUMN approves INTEGER NOT NULL DEFAULT 0")
        database.execute("ALTER TABLE keys ADD COLUMN areas TEXT NOT NULL DEFAULT '[\"*\"]'")
        database.execute("UPDATE keys SET approves = 1 WHERE role = ?", (Role.OPERATOR.value,))


@contextmanager
def _told(file: Path) -> Iterator[None]:
    """Errors of the database and the file system as one clear line."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise RegisterError(f"{file}: the key register fails: {error}; check the data directory") from error
