"""One folder of a device being listed, page by page; a directory without end, or without progress, is cut off."""

from __future__ import annotations

from models.errors import RemoteProtocolError
from protocols.iec61850.files.units import Entry, Page, directory_request

MOST_ENTRIES = 10_000
MOST_PAGES = 2_000


class Listing:
    """`request` goes out, its answer to `take`, until that says there is no more. folder: '' for the root."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.entries: dict[str, Entry] = {}
        self._after = ""
        self._pages = 0

    @property
    def request(self) -> bytes:
        return directory_request(self.folder, self._after)

    def take(self, page: Page) -> bool:
        """True when another page is to be asked for. RemoteProtocolError for a directory that has no end."""
        self._pages += 1
        before = len(self.entries)
        self.entries.update((entry.name, entry) for entry in page.entries)
        if not page.more:
            return False
        if len(self.entries) == before:
            raise RemoteProtocolError(f"the directory '{self.folder}' goes on without another file")
        if self._pages >= MOST_PAGES or before + len(page.entries) > MOST_ENTRIES:
            raise RemoteProtocolError(f"the directory '{self.folder}' has more than {MOST_ENTRIES} files")
        self._after = page.entries[-1].name
        return True
