"""The files of disturbance records: written aside, then renamed, so that a half one never bears a record's name."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from models.errors import StorageError
from substation.durable_names import keep_names

_PART = ".part"


class RecordFolder:
    """All calls block. StorageError says file and reason."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write_aside(self, folder: str, content: bytes) -> Path:
        """On the disk under a name of no record; `settle` gives it its own. One at a time."""
        target = self.root / folder / f"incoming{_PART}"
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise _told(target, error) from error
        return target

    def settle(self, aside: Path, file: str) -> None:
        """Rename; on the disk when it returns."""
        target = self.root / file
        try:
            os.replace(aside, target)
            keep_names(target.parent)
        except OSError as error:
            raise _told(target, error) from error

    def read(self, file: str, sha256: str) -> bytes:
        """The content, if it is still what was stored."""
        try:
            content = (self.root / file).read_bytes()
        except OSError as error:
            raise _told(self.root / file, error) from error
        if hashlib.sha256(content).hexdigest() != sha256:
            raise StorageError(
                f"{self.root / file}: is not what was stored (SHA-256 differs); restore it from a backup"
            )
        return content

    def read_part(self, file: str, offset: int, count: int) -> bytes:
        """`count` octets from `offset` on; not compared with what was stored: whoever puts the parts together does."""
        try:
            with (self.root / file).open("rb") as stream:
                stream.seek(offset)
                content = stream.read(count)
        except OSError as error:
            raise _told(self.root / file, error) from error
        if len(content) != count:
            raise StorageError(f"{self.root / file}: is shorter than what was stored; restore it from a backup")
        return content

    def remove(self, files: Iterable[str]) -> None:
        for file in files:
            try:
                (self.root / file).unlink(missing_ok=True)
            except OSError as error:
                raise _told(self.root / file, error) from error

    def missing(self, files: Iterable[str]) -> list[str]:
        """Those that are not there."""
        return [file for file in files if not (self.root / file).is_file()]

    def tidy(self, files: Iterable[str]) -> None:
        """Remove what a crash left behind: files of no record."""
        known = set(files)
        if self.root.is_dir():
            strays = (path for path in self.root.glob("*/*") if path.is_file())
            self.remove([name for path in strays if (name := str(path.relative_to(self.root))) not in known])


def _told(path: Path, error: OSError) -> StorageError:
    return StorageError(f"{path}: {error.strerror or error}; free or replace the disk, or correct the rights")
