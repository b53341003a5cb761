"""Down-sampling: what happened between two instants in one row, so that a plot needs as many as it has pixels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from models.quality import Quality


@dataclass(frozen=True, slots=True)
class Bucket:
    """Samples of [start_ns, next bucket): count of all; the values are of those that are not invalid (None: none was).

    first and last are by source time, first_ns and last_ns their times. quality: the worst of all.
    """

    start_ns: int
    count: int
    least: float | None
    greatest: float | None
    first_ns: int | None
    first: float | None
    last_ns: int | None
    last: float | None
    quality: int

    def merged(self, other: Bucket) -> Bucket:
        """Both together, at the start of this one."""
        first = min((self, other), key=lambda each: (each.first_ns is None, each.first_ns))
        last = max((self, other), key=lambda each: (each.last_ns is not None, each.last_ns or 0))
        return Bucket(
            self.start_ns,
            self.count + other.count,
            min((each.least for each in (self, other) if each.least is not None), default=None),
            max((each.greatest for each in (self, other) if each.greatest is not None), default=None),
            first.first_ns,
            first.first,
            last.last_ns,
            last.last,
            _worst(self.quality, other.quality),
        )


_VALIDITIES = (Quality.INVALID, Quality.RESERVED, Quality.QUESTIONABLE)
"""From worst to best; good is 0."""


def _worst(one: int, other: int) -> int:
    """All detail bits, and the worse validity."""
    validity = next((int(bad) for bad in _VALIDITIES if bad in (one & 3, other & 3)), 0)
    return (one | other) & ~3 | validity


def combined(buckets: Iterable[Bucket]) -> list[Bucket]:
    """Those with the same start as one, in order of start."""
    found: dict[int, Bucket] = {}
    for bucket in buckets:
        known = found.get(bucket.start_ns)
        found[bucket.start_ns] = bucket if known is None else known.merged(bucket)
    return [found[start_ns] for start_ns in sorted(found)]


def coarser(buckets: Iterable[Bucket], origin_ns: int, width_ns: int) -> list[Bucket]:
    """Buckets of width_ns, counted from origin_ns, out of smaller ones; each belongs where it starts."""
    moved = (replace(each, start_ns=origin_ns + (each.start_ns - origin_ns) // width_ns * width_ns) for each in buckets)
    return combined(moved)
