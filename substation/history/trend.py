"""A trend: as many rows as a plot has pixels, from samples or, where those are gone or too many, from roll-ups."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import sqlalchemy as sa

from models.bucket import Bucket, coarser
from models.point import Handle
from substation.history.rollup import MINUTE_S, QUARTER_S, S_NS, of_rollups, of_samples

FINE_ENOUGH = 4
"""Roll-ups stand for samples where a pixel is at least so many of them wide."""


class Horizon(NamedTuple):
    """rolled_ns: roll-ups are complete before; samples_ns, minutes_ns: samples and 1 min roll-ups are gone before."""

    rolled_ns: int
    samples_ns: int
    minutes_ns: int


NO_ROLLUPS = Horizon(0, 0, 0)
"""Of points that are no measurands."""


class Span(NamedTuple):
    """A part of the time and what it is read from: width_s of the roll-ups, 0 for samples."""

    width_s: int
    start_ns: int
    end_ns: int


def spans(start_ns: int, end_ns: int, width_ns: int, horizon: Horizon) -> Iterator[Span]:
    """Without gap or overlap, in order of time. All bounds between sources are whole quarters of an hour."""
    wanted_s = max((each for each in (MINUTE_S, QUARTER_S) if each * S_NS * FINE_ENOUGH <= width_ns), default=0)
    rolled_ns, samples_ns, minutes_ns = horizon
    samples_from_ns = rolled_ns if wanted_s else min(samples_ns, rolled_ns)
    minutes_from_ns = min(minutes_ns, samples_from_ns) if wanted_s <= MINUTE_S else samples_from_ns
    bounds = ((QUARTER_S, start_ns, minutes_from_ns), (MINUTE_S, minutes_from_ns, samples_from_ns),
              (0, samples_from_ns, end_ns))  # fmt: skip
    for width_s, first_ns, last_ns in bounds:
        first_ns, last_ns = max(first_ns, start_ns), min(last_ns, end_ns)
        if first_ns < last_ns:
            yield Span(width_s, first_ns, last_ns)


def trend(
    connection: sa.Connection, handle: Handle, start_ns: int, end_ns: int, buckets: int, horizon: Horizon
) -> list[Bucket]:
    """At most `buckets` buckets of equal width from start_ns; those without samples are left out."""
    width_ns = -(-(end_ns - start_ns) // buckets)
    found: list[Bucket] = []
    for span in spans(start_ns, end_ns, width_ns, horizon):
        if span.width_s:
            found += of_rollups(connection, handle, span.width_s, span.start_ns, span.end_ns)
        else:
            found += of_samples(connection, [handle], span.start_ns, span.end_ns, width_ns, start_ns)[handle]
    return coarser(found, start_ns, width_ns)
