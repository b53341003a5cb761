"""Putting a unit's database files under a key, or under another one: a new file takes the place of the old one."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

from models.errors import StorageError
from substation.cipher_key import CipherKey
from substation.durable_file import SILENT, sqlite_module


def opens(file: Path, key: CipherKey | None) -> bool:
    """Whether the file is a database under that key (None: a plain one)."""
    module = sqlite_module(key)
    with closing(module.connect(str(file))) as database:
        try:
            if key is not None:
                database.execute(SILENT)
                database.execute(f"PRAGMA key = {key.literal()}")
            database.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except module.DatabaseError:
            return False
    return True


def reencrypt(file: Path, old: CipherKey | None, new: CipherKey) -> bool:
    """Write the file anew under the new key; False: it has that key already.

    Either the old or the new file is there, whatever happens meanwhile. StorageError when the old key does not fit.
    Nobody may have the file open.
    """
    if opens(file, new):
        return False
    if not opens(file, old):
        raise StorageError(f"{file}: neither the old nor the new key opens it; nothing was changed")
    half = file.with_name(f"{file.name}.new")
    half.unlink(missing_ok=True)
    try:
        _copy(file, old, half, new)
        os.chmod(half, file.stat().st_mode & 0o777)
        _on_disk(half)
        for suffix in ("-wal", "-shm"):  # all of the log has been copied into the file before
            file.with_name(file.name + suffix).unlink(missing_ok=True)
        half.replace(file)
        _on_disk(file.parent)
    finally:
        half.unlink(missing_ok=True)
    return True


def _copy(file: Path, old: CipherKey | None, target: Path, new: CipherKey) -> None:
    module = sqlite_module(new)
    with closing(module.connect(str(file), isolation_level=None)) as database:
        try:
            if old is not None:
                database.execute(f"PRAGMA key = {old.literal()}")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            database.execute(f"ATTACH DATABASE ? AS new KEY {new.literal()}", (str(target),))
            database.execute("SELECT sqlcipher_export('new')")
            database.execute("DETACH DATABASE new")
        except module.Error as error:
            raise StorageError(f"{file}: cannot be written anew: {error}; nothing was changed") from error


def _on_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
