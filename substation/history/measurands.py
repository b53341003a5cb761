"""Measurands that wait to be written, sorted by point roughly, so that one transaction changes few pages often.

A database keeps each point's samples together. Written as they arrive, ten thousand values of ten thousand points
change ten thousand pages; the same number of five hundred points changes five hundred.
"""

from __future__ import annotations

from collections.abc import Sequence

from models.point import Sample
from substation.history.group import Samples

_SHIFT = 9
"""Points whose handles differ in the last nine bits only are written together."""

SOON_S, LATER_S = 0.5, 4.0
"""How long a round waits for company when few values arrive, and when many do."""

MANY_PER_S = 5_000


class Measurands:
    """A round collects for a while, then it is handed out in portions; meanwhile the next one collects."""

    def __init__(self) -> None:
        self._collected: dict[int, Samples] = {}
        self._leaving: list[Samples] = []
        self._count = 0
        self._began_s = self._wait_s = 0.0

    def __len__(self) -> int:
        return self._count

    @property
    def due_s(self) -> float:
        """When the next portion should be written, on the loop's clock."""
        return 0.0 if self._leaving else self._began_s + self._wait_s

    def extend(self, samples: Sequence[Sample], first: int, now_s: float) -> None:
        """first: sequence number of the first of them."""
        if not self._collected:
            self._began_s, self._wait_s = now_s, self._wait_s or SOON_S
        collected = self._collected
        for sequence, sample in enumerate(samples, first):
            part = collected.get(sample[0] >> _SHIFT)
            if part is None:
                part = collected[sample[0] >> _SHIFT] = Samples()
            part.samples.append(sample)
            part.sequences.append(sequence)
        self._count += len(samples)

    def shorten(self, most: int) -> int:
        """Forget the oldest of the points that have most, until no more than that are left; how many were forgotten."""
        before = self._count
        while self._count > most:
            largest = max((*self._collected.values(), *self._leaving), key=len)
            self._count -= len(largest.taken(self._count - most))
        return before - self._count

    def portion(self, most: int, now_s: float, all_of_them: bool) -> Samples:
        """About so many, when they are due, or all_of_them: also those that have not waited long enough."""
        if self._collected and (all_of_them or (not self._leaving and now_s >= self._began_s + self._wait_s)):
            self._close_round(now_s)
        portion = Samples()
        while self._leaving and len(portion) < most:
            part = self._leaving.pop()
            portion.samples += part.samples
            portion.sequences += part.sequences
        self._count -= len(portion)
        return portion

    def _close_round(self, now_s: float) -> None:
        collected = sum(map(len, self._collected.values()))
        rate = collected / max(now_s - self._began_s, SOON_S)
        self._wait_s = LATER_S if rate > MANY_PER_S else SOON_S
        self._leaving += self._collected.values()
        self._collected = {}
