"""Where the files of a new bundle come from: a folder, or a wheel (which is a zip file)."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from substation.maintenance.errors import BundleError
from substation.maintenance.file_list import BLOCK_OCTETS, FileEntry, Sink

LEFT_OUT = frozenset({"__pycache__"})


class Source(Protocol):
    """Files by relative name."""

    def names(self) -> list[str]: ...

    def feed(self, entry: FileEntry, sink: Sink) -> None: ...

    def __str__(self) -> str: ...


def source_of(path: Path) -> Source:
    """BundleError when the path is neither a folder nor a wheel."""
    if path.is_dir():
        return _Folder(path)
    if path.suffix == ".whl" and zipfile.is_zipfile(path):
        return _Wheel(path)
    raise BundleError(f"{path}: give a folder, or a wheel (.whl)")


def entries_of(source: Source) -> tuple[FileEntry, ...]:
    """All files by name, measured and hashed."""
    return tuple(_measured(source, name) for name in sorted(source.names()))


def _measured(source: Source, name: str) -> FileEntry:
    digest, size = sha256(), 0

    def take(block: bytes) -> None:
        nonlocal size
        digest.update(block)
        size += len(block)

    source.feed(FileEntry(name, 0, b""), take)
    return FileEntry(name, size, digest.digest())


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __str__(self) -> str:
        return str(self._folder)

    def names(self) -> list[str]:
        return [file.relative_to(self._folder).as_posix() for file in self._files(self._folder)]

    def _files(self, folder: Path) -> Iterator[Path]:
        """Regular files alone: a link means something else on the machine of the unit."""
        for path in sorted(folder.iterdir()):
            mode = path.lstat().st_mode
            if path.name in LEFT_OUT or path.suffix == ".pyc":
                continue
            if stat.S_ISDIR(mode):
                yield from self._files(path)
            elif stat.S_ISREG(mode):
                yield path
            else:
                raise BundleError(f"{path}: is neither a file nor a folder; a bundle holds no links")

    def feed(self, entry: FileEntry, sink: Sink) -> None:
        try:
            with (self._folder / entry.name).open("rb") as stream:
                while block := stream.read(BLOCK_OCTETS):
                    sink(block)
        except OSError as error:
            raise BundleError(f"{self._folder / entry.name}: cannot be read: {error.strerror}") from error


class _Wheel:
    def __init__(self, file: Path) -> None:
        self._file = file

    def __str__(self) -> str:
        return str(self._file)

    def names(self) -> list[str]:
        with zipfile.ZipFile(self._file) as archive:
            return [info.filename for info in archive.infolist() if not info.is_dir()]

    def feed(self, entry: FileEntry, sink: Sink) -> None:
        with zipfile.ZipFile(self._file) as archive, archive.open(entry.name) as stream:
            while block := stream.read(BLOCK_OCTETS):
                sink(block)
