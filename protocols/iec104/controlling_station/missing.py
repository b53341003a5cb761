"""Points that a general interrogation should have delivered and has not: read one by one, then told and invalid."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable

Key = tuple[int, int]
"""Common and object address."""

_MOST_READ = 200
"""Objects asked for one by one after an interrogation; a device that leaves out more has another list than we."""


class Missing:
    """awaited: whoever hears an address takes it out. timeout_s: how long the device may take to answer the reads.

    Times are monotonic seconds.
    """

    def __init__(self, awaited: set[Key], timeout_s: float) -> None:
        self._awaited, self._timeout_s = awaited, timeout_s
        self._to_read: deque[Key] = deque()
        self.deadline_s = math.inf

    def read(self, keys: Iterable[Key], now_s: float, ask: bool) -> None:
        """These have not come. ask: for each of them, in order of address; else they are given up at once."""
        wanted = sorted(keys)
        if not wanted:
            return
        self._awaited.update(wanted)
        if ask:
            self._to_read.extend(wanted[:_MOST_READ])
        self.deadline_s = now_s + self._timeout_s if ask else now_s

    def next(self) -> Key | None:
        """What to send C_RD_NA_1 for now."""
        while self._to_read:
            key = self._to_read.popleft()
            if key in self._awaited:
                return key
        return None

    def stop_reading(self) -> None:
        """Nothing more is asked for; what was asked may still come."""
        self._to_read.clear()

    def is_due(self, now_s: float) -> bool:
        """Time is up, or nothing is awaited any more."""
        return self.deadline_s <= now_s or (not self._awaited and self.deadline_s < math.inf)

    def given_up(self) -> list[Key]:
        """What has not come at all; nothing is awaited afterwards."""
        keys = sorted(self._awaited)
        self._to_read.clear()
        self._awaited.clear()
        self.deadline_s = math.inf
        return keys
