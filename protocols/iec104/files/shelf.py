"""The files that a controlled station offers to one group of control centres."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from protocols.iec104.application.asdu import Asdu
from protocols.iec104.application.cause import Cause
from protocols.iec104.application.files import DirectoryEntry
from protocols.iec104.files.units import LARGEST_FILE, LAST_OF_DIRECTORY, FileKey, OfferedFile, directory

ENTRIES = 18
"""Directory entries in one ASDU of 249 octets."""

Deliver = Callable[[bytes | None], None]
Load = Callable[[OfferedFile, Deliver], None]
"""Reads a file's content, now or later: `deliver` is called once, with None where it is gone."""


class Shelf:
    """delete: what a control centre's request to delete a file calls; None refuses it.

    changed: told when a file has appeared. news: files that no connection of the group has been told yet.
    """

    def __init__(self, load: Load, delete: Callable[[OfferedFile], None] | None = None) -> None:
        self.load, self.delete = load, delete
        self.changed: Callable[[], None] = lambda: None
        self.news: dict[FileKey, OfferedFile] = {}
        self._files: dict[FileKey, OfferedFile] = {}
        self._taken: set[FileKey] = set()

    def __len__(self) -> int:
        return len(self._files)

    def find(self, key: FileKey) -> OfferedFile | None:
        return self._files.get(key)

    def put(self, file: OfferedFile) -> None:
        """Offer a file in place of one of the same key. What cannot be sent (LOF, empty) is not offered."""
        if not 0 < file.length <= LARGEST_FILE:
            return
        self._taken.discard(file.key)
        self._files[file.key] = self.news[file.key] = file
        self.changed()

    def drop(self, key: FileKey) -> None:
        """The file is gone; one that is being transferred still reaches its end."""
        self._files.pop(key, None)
        self.news.pop(key, None)
        self._taken.discard(key)

    def taken(self, key: FileKey) -> None:
        """The group has this file: it is not announced again."""
        if key in self._files:
            self._taken.add(key)

    def recall(self) -> None:
        """A connection was started: what the group has not fetched is announced to it."""
        self.news = {key: file for key, file in self._files.items() if key not in self._taken}

    def directory(self, common_address: int) -> list[Asdu]:
        """Everything of a station, paged; an empty directory is one entry with NOF 0, which means 'not used'."""
        found = [file for key, file in self._files.items() if key.common_address == common_address]
        return pages(found, Cause.REQUEST) or [_empty(common_address)]

    def announcements(self) -> list[Asdu]:
        """Directory entries of what is new, once."""
        news, self.news = self.news, {}
        return pages(news.values(), Cause.SPONTANEOUS)


def pages(files: Iterable[OfferedFile], cause: Cause) -> list[Asdu]:
    """Runs of consecutive object addresses, since SQ = 1 counts them up; the last of each station says so."""
    runs: list[list[OfferedFile]] = []
    for file in sorted(files):
        before = runs[-1][-1].key if runs and len(runs[-1]) < ENTRIES else None
        if before is not None and file.key[:2] == (before.common_address, before.address + 1):
            runs[-1].append(file)
        else:
            runs.append([file])
    ends = {run[-1].key.common_address: run[-1].key for run in runs}
    return [directory(run[0].key.common_address, [_entry(file, ends) for file in run], cause) for run in runs]


def _entry(file: OfferedFile, ends: dict[int, FileKey]) -> DirectoryEntry:
    is_last = ends[file.key.common_address] == file.key
    sof = LAST_OF_DIRECTORY if is_last else 0
    return DirectoryEntry(file.key.address, file.key.name, file.length, sof, file.time_ns)


def _empty(common_address: int) -> Asdu:
    return directory(common_address, [DirectoryEntry(0, 0, 0, LAST_OF_DIRECTORY, 0)], Cause.REQUEST)
