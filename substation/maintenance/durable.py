"""The few ways in which maintenance changes the disk. Each is on the disk when it returns; all of them block."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from substation.durable_names import keep_names
from substation.maintenance.errors import ReleaseError
from substation.maintenance.file_list import Sink


def write_file(path: Path, feed: Callable[[Sink], object], mode: int = 0o644) -> None:
    """A new file with what `feed` hands over. The folder's own entry is not yet on the disk: `settle` sees to that."""
    with told(path):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as stream:
            feed(stream.write)
            stream.flush()
            os.fsync(stream.fileno())


def forget_cached(path: Path) -> None:
    """Have the kernel drop its copy, so that the next read asks the disk."""
    with told(path):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)


def settle(folder: Path) -> None:
    """The names in a folder are on the disk."""
    with told(folder):
        keep_names(folder)


def rename(old: Path, new: Path) -> None:
    """The one step that makes something valid: after a power cut it has happened, or it has not."""
    with told(new):
        os.replace(old, new)
    settle(new.parent)


def remove_tree(folder: Path) -> None:
    """What is no longer, or not yet, valid."""
    with told(folder):
        if folder.exists():
            shutil.rmtree(folder)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Errors of the file system as one clear line."""
    try:
        yield
    except OSError as error:
        raise ReleaseError(f"{path}: {error.strerror}; check the disk and the rights, then try again") from error
