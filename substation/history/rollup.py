"""Down-sampling: what happened between two instants in one row, from samples or from rows of that kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import cast

import sqlalchemy as sa

from models.point import Handle
from models.quality import Quality
from substation.history.engine import Row
from substation.history.schema import rollups, samples

MINUTE_S, QUARTER_S = 60, 900
"""Widths of the stored roll-ups."""
S_NS = 10**9


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

    def row(self, handle: Handle, width_s: int) -> Row:
        """Of the table `rollup`."""
        numbers = (self.count, self.least, self.greatest, self.first_ns, self.first, self.last_ns, self.last)
        return (handle, width_s, self.start_ns, *numbers, self.quality)


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


def of_samples(
    connection: sa.Connection,
    handles: Sequence[Handle],
    start_ns: int,
    end_ns: int,
    width_ns: int,
    origin_ns: int | None = None,
) -> dict[Handle, list[Bucket]]:
    """Samples of [start_ns, end_ns) in buckets of width_ns, counted from origin_ns (start_ns where none is given).

    The database groups by quality as well, since it cannot join those bits: most buckets have one quality.
    """
    column, origin_ns = samples.c, start_ns if origin_ns is None else origin_ns
    number = (column.time_ns - origin_ns) // width_ns
    grouped = (
        sa.select(
            column.handle,
            number.label("number"),
            column.quality,
            sa.func.count().label("count"),
            sa.func.min(column.value).label("least"),
            sa.func.max(column.value).label("greatest"),
            sa.func.min(column.time_ns).label("first_ns"),
            sa.func.max(column.time_ns).label("last_ns"),
        )
        .where(column.handle.in_(handles), column.time_ns >= start_ns, column.time_ns < end_ns)
        .group_by(column.handle, number, column.quality)
        .subquery("grouped")
    )
    statement = sa.select(grouped, _value_at(grouped, "first_ns"), _value_at(grouped, "last_ns"))
    found: dict[Handle, list[Bucket]] = {handle: [] for handle in handles}
    for handle, place, quality, count, least, greatest, first_ns, last_ns, first, last in connection.execute(statement):
        bucket = Bucket(origin_ns + place * width_ns, count, None, None, None, None, None, None, int(quality))
        if quality & 3 != Quality.INVALID and first is not None and last is not None:
            numbers = [float(each) for each in (least, greatest, first, last)]
            bucket = replace(
                bucket, least=numbers[0], greatest=numbers[1], first=numbers[2], last=numbers[3],
                first_ns=first_ns, last_ns=last_ns,
            )  # fmt: skip
        found[Handle(handle)].append(bucket)
    return {handle: combined(parts) for handle, parts in found.items()}


def _value_at(grouped: sa.Subquery, when: str) -> sa.ScalarSelect[float]:
    """The value of the first or last sample of a group."""
    column = samples.c
    order = column.sequence.asc() if when == "first_ns" else column.sequence.desc()
    return (
        sa.select(column.value)
        .where(column.handle == grouped.c.handle, column.time_ns == grouped.c[when])
        .where(column.quality == grouped.c.quality)
        .order_by(order)
        .limit(1)
        .scalar_subquery()
    )


def of_rollups(connection: sa.Connection, handle: Handle, width_s: int, start_ns: int, end_ns: int) -> list[Bucket]:
    """Stored roll-ups that start in [start_ns, end_ns)."""
    column = rollups.c
    statement = (
        sa.select(rollups)
        .where(column.handle == handle, column.width_s == width_s)
        .where(column.start_ns >= start_ns, column.start_ns < end_ns)
        .order_by(column.start_ns)
    )
    return [bucket_of(row) for row in connection.execute(statement)]


def bucket_of(row: sa.Row[tuple[object, ...]]) -> Bucket:
    """Of a row of the table `rollup`."""
    _, _, start_ns, count, least, greatest, first_ns, first, last_ns, last, quality = cast(_RollupRow, tuple(row))
    return Bucket(
        start_ns, count, _float(least), _float(greatest), first_ns, _float(first), last_ns, _float(last), quality
    )


_Number = float | None
_RollupRow = tuple[int, int, int, int, _Number, _Number, int | None, _Number, int | None, _Number, int]


def _float(stored: float | None) -> float | None:
    return None if stored is None else float(stored)
