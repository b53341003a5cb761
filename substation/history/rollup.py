"""Buckets from the database: of samples, and of stored roll-ups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import sqlalchemy as sa

from models.bucket import Bucket, combined
from models.point import Handle
from models.quality import Quality
from substation.history.engine import Row
from substation.history.schema import rollups, samples

MINUTE_S, QUARTER_S = 60, 900
"""Widths of the stored roll-ups."""
S_NS = 10**9


def row_of(bucket: Bucket, handle: Handle, width_s: int) -> Row:
    """Of the table `rollup`."""
    numbers = (bucket.count, bucket.least, bucket.greatest, bucket.first_ns, bucket.first, bucket.last_ns, bucket.last)
    return (handle, width_s, bucket.start_ns, *numbers, bucket.quality)


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
