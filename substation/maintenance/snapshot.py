"""A picture of a unit's data while it runs: databases through SQLite's backup, everything else as it is on the disk.

Every database is consistent in itself. Left out is what belongs to a running process (locks, addresses, sockets), what
is half written, and, in a picture that will not be sealed, every private key.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from substation.cipher_key import CipherKey
from substation.durable_file import sqlite_module
from substation.maintenance.errors import BackupError

LEFT_OUT = frozenset({"lock", "listening.json"})
LEFT_OUT_SUFFIXES = (".new", ".part", "-wal", "-shm", "-journal")
DATABASE_SUFFIX = ".sqlite"
PRIVATE = b"PRIVATE KEY-----"
_PLAIN = b"SQLite format 3\0"
_PAGES = 2048
_FIRST = frozenset({"head"})
"""Taken before what it stands for: a log may be longer than its head says, never shorter."""


def take(data: Path, into: Path, with_keys: bool, key: CipherKey | None) -> None:
    """Copy; `into` is a new folder. key: of encrypted databases. BackupError names the file."""
    for name in sorted(_names(data), key=lambda name: (name.name not in _FIRST, name)):
        source, target = data / name, into / name
        try:
            if not with_keys and _is_private(source):
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.suffix == DATABASE_SUFFIX:
                _copy_database(source, target, key)
            else:
                shutil.copyfile(source, target)
        except (OSError, sqlite3.Error) as error:
            raise BackupError(f"{source}: cannot be copied: {error}; check disk and rights") from error


def _names(data: Path) -> Iterator[Path]:
    for folder, _, files in os.walk(data):
        for file in files:
            path = Path(folder) / file
            if file in LEFT_OUT or file.endswith(LEFT_OUT_SUFFIXES) or not stat.S_ISREG(path.lstat().st_mode):
                continue
            yield path.relative_to(data)


def _is_private(file: Path) -> bool:
    if file.suffix == ".key":
        return True
    with file.open("rb") as stream:
        return PRIVATE in stream.read(256)


def is_encrypted(file: Path) -> bool:
    """Whether a database is one of SQLCipher; an empty file is none."""
    with file.open("rb") as stream:
        start = stream.read(len(_PLAIN))
    return bool(start) and start != _PLAIN


def _copy_database(source: Path, target: Path, key: CipherKey | None) -> None:
    """Page by page, while the unit goes on writing; an encrypted one stays so, with the same key."""
    encrypted = is_encrypted(source)
    if encrypted and key is None:
        raise BackupError(f"{source}: is encrypted, and unit.toml names no key for it")
    module = sqlite_module(key if encrypted else None)
    try:
        with closing(module.connect(source)) as old, closing(module.connect(target)) as new:
            for connection in (old, new):
                if encrypted and key is not None:
                    connection.execute(f"PRAGMA key = {key.literal()}")
            old.execute("PRAGMA busy_timeout = 5000")
            old.backup(new, pages=_PAGES)
    except module.Error as error:
        raise BackupError(f"{source}: cannot be copied: {error}") from error
