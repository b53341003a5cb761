"""Lines for the event list about something that goes on and on: the first of each subject is told, repeats as totals.

A device that sends rubbish for hours must not fill the list, nor memory; and what it did must not be forgotten.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass

PERIOD_S = 3600.0
_MOST_SUBJECTS = 200
_MOST_IN_TOTAL = 5


@dataclass(slots=True)
class _Subject:
    text: str
    repeats: int = 0


class Notices:
    """Times are monotonic seconds of the caller. most: subjects that get a line of their own."""

    def __init__(self, tell: Callable[[str], None], most: int = _MOST_SUBJECTS, period_s: float = PERIOD_S) -> None:
        self.tell, self._most, self._period_s = tell, most, period_s
        self._subjects: dict[Hashable, _Subject] = {}
        self._others = 0
        self.deadline_s = math.inf

    def take(self, subject: Hashable, text: str, now_s: float) -> None:
        """Tell it if it is new, else count it for the total that is due at `deadline_s`."""
        known = self._subjects.get(subject)
        if known is None and len(self._subjects) < self._most:
            self._subjects[subject] = _Subject(text)
            self.tell(text)
            return
        if known is None:
            self._others += 1
        else:
            known.repeats += 1
        self.deadline_s = min(self.deadline_s, now_s + self._period_s)

    def tick(self, now_s: float) -> None:
        """Tell the total if it is due."""
        if now_s >= self.deadline_s:
            self.total()

    def total(self) -> None:
        """Tell now what was repeated since the last total, if anything was: at the end of a link, or of a period."""
        self.deadline_s = math.inf
        repeated = sorted((each for each in self._subjects.values() if each.repeats), key=lambda each: -each.repeats)
        others = self._others + sum(each.repeats for each in repeated[_MOST_IN_TOTAL:])
        parts = [f"{each.text} ({each.repeats:,} times)" for each in repeated[:_MOST_IN_TOTAL]]
        if others:
            parts.append(f"{others:,} others")
        self._others = 0
        for each in repeated:
            each.repeats = 0
        if parts:
            self.tell(f"again: {'; '.join(parts)}")
