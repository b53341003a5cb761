"""Where a device keeps its records: its folders, and how their entries are called.

IEC 61850-8-1 puts COMTRADE files into a folder COMTRADE, of the root or of a logical device. Devices differ: some list
everything from the root, some show folders with a slash of either kind, some give names with their folder and some
without. What is told is asked for in the device's own spelling.
"""

from __future__ import annotations

from collections.abc import Iterable

from protocols.iec61850.files.listing import Listing
from protocols.iec61850.files.units import Entry

COMTRADE = "COMTRADE"
_MOST_FOLDERS = 20
_DEEPEST = 3


class Folders:
    """given: to be listed, and nothing else; empty: what the root shows, and COMTRADE."""

    def __init__(self, given: Iterable[str]) -> None:
        self._is_automatic = not given
        self._to_list = list(given) or ["", COMTRADE]
        self._listed: set[str] = set()
        self.files: dict[str, Entry] = {}

    def next(self) -> str | None:
        """The next folder to list; None when all have been."""
        while self._to_list and len(self._listed) < _MOST_FOLDERS:
            folder = self._to_list.pop(0)
            if _plain(folder) not in self._listed:
                self._listed.add(_plain(folder))
                return folder
        return None

    def take(self, listing: Listing) -> None:
        """The entries of a folder."""
        for entry in listing.entries.values():
            name = _path(listing.folder, entry.name)
            if ".." in _plain(name).split("/"):
                continue
            if name.endswith(("/", "\\")):
                self._found(name)
            else:
                self.files.setdefault(_plain(name), Entry(name, entry.attributes))

    def _found(self, folder: str) -> None:
        if self._is_automatic and _plain(folder).count("/") < _DEEPEST:
            self._to_list.append(folder)


def _path(folder: str, name: str) -> str:
    """With its folder, unless the device has said that already."""
    if not _plain(folder) or _plain(name).lower().startswith(_plain(folder).lower() + "/"):
        return name
    separator = "\\" if "\\" in folder else "/"
    return f"{folder.rstrip('/').rstrip(chr(92))}{separator}{name}"


def _plain(name: str) -> str:
    """One spelling of a path, to compare."""
    return name.replace("\\", "/").strip("/")
