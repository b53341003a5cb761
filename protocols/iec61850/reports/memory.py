"""What a link remembers from one connection to the next."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

from models.notices import Notices
from protocols.iec61850.reports.counts import Counts

PATIENCE_S = 120.0
"""How long a block with events for us is waited for while an association that may be our own old one still has it."""


@dataclass(slots=True)
class Memory:
    """resume: EntryID of the last committed entry by block. notices: to the unit's event list, across connections."""

    resume: dict[str, bytes]
    notices: Notices
    counts: Counts = field(default_factory=Counter)
    _held_since_s: dict[str, float] = field(default_factory=dict)
    _denied_s: dict[str, float] = field(default_factory=dict)

    def is_patient(self, block: str) -> bool:
        """Whether this block is still worth waiting for."""
        now_s = time.monotonic()
        return now_s - self._held_since_s.setdefault(block, now_s) < PATIENCE_S

    def deny(self, block: str) -> None:
        """The device does not let us have it, whatever it says of it: another instance is tried for a while."""
        self._denied_s[block] = time.monotonic()

    def is_denied(self, block: str) -> bool:
        return time.monotonic() - self._denied_s.get(block, -PATIENCE_S) < PATIENCE_S

    def taken(self, block: str) -> None:
        """It is ours."""
        self._held_since_s.pop(block, None)
        self._denied_s.pop(block, None)
