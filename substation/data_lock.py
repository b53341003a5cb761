"""The data directory belongs to one unit at a time: two would number their events alike and both command."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from models.errors import StorageError


@contextlib.contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Make and hold it; the kernel lets go when the process ends, however it ends. StorageError when it is held."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock = (directory / "lock").open("a", encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{directory}: {error}; correct 'data' in unit.toml, or the rights") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            text = f"{directory} is in use by a unit that runs; stop it, or give this one a 'data' of its own"
            raise StorageError(text) from error
        yield
