"""Which directories of a device a controlling station calls: each once per connection, and not without bound."""

from __future__ import annotations

from collections import deque

from protocols.iec104.files.units import FileKey

MOST_DIRECTORIES = 100


class Directories:
    """First in, first out; false when there is none."""

    def __init__(self) -> None:
        self._waiting: deque[FileKey] = deque()
        self._wanted: set[FileKey] = set()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def want(self, key: FileKey) -> None:
        if key not in self._wanted and len(self._wanted) < MOST_DIRECTORIES:
            self._wanted.add(key)
            self._waiting.append(key)

    @property
    def first(self) -> FileKey:
        """The one that is called, or will be next."""
        return self._waiting[0]

    def ended(self) -> None:
        """The first has been listed, or cannot be."""
        self._waiting.popleft()
