"""What is older than it is to be kept is cleared, slice by slice."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import sqlalchemy as sa

from substation.history.engine import Engine, Slice
from substation.history.rollup import MINUTE_S, QUARTER_S, S_NS
from substation.history.schema import event_lines, newest_samples, rollups
from substation.history.settings import KeepDays

DAY_NS = 86_400 * S_NS
_QUARTER_NS = QUARTER_S * S_NS
_SLICE = 1000


def cutoff_ns(days: int, now_ns: int) -> int:
    """Whole quarters of an hour, since roll-ups take over there; 0 days: nothing is too old."""
    return (now_ns - days * DAY_NS) // _QUARTER_NS * _QUARTER_NS if days else 0


def slices(engine: Engine, keep: KeepDays, now_ns: int, rolled_ns: int) -> Iterator[Slice]:
    """Measurands are cleared only where roll-ups stand for them."""
    measurands_ns = min(cutoff_ns(keep.measurands, now_ns), rolled_ns)
    if measurands_ns > 0:
        yield from engine.old_samples(lossless=False, cutoff_ns=measurands_ns)
    if keep.events:
        yield from engine.old_samples(lossless=True, cutoff_ns=cutoff_ns(keep.events, now_ns))
    if keep.documents:
        yield from engine.old_documents(cutoff_ns(keep.documents, now_ns))
    if keep.lines:
        yield partial(_clear_lines, cutoff_ns(keep.lines, now_ns))
    for width_s, days in ((MINUTE_S, keep.minutes), (QUARTER_S, keep.quarters)):
        if days:
            yield from _old_rollups(engine, width_s, cutoff_ns(days, now_ns))


def _clear_lines(cutoff: int, connection: sa.Connection) -> bool:
    column = event_lines.c
    old = sa.select(column.sequence).where(column.time_ns < cutoff, column.arrival_ns < cutoff).limit(_SLICE)
    return connection.execute(sa.delete(event_lines).where(column.sequence.in_(old))).rowcount < _SLICE


def _old_rollups(engine: Engine, width_s: int, cutoff: int) -> Iterator[Slice]:
    with engine.reading() as connection:
        handles = [row.handle for row in connection.execute(sa.select(newest_samples.c.handle))]
    for handle in handles:
        yield partial(_clear_rollups, handle, width_s, cutoff)


def _clear_rollups(handle: int, width_s: int, cutoff: int, connection: sa.Connection) -> bool:
    column = rollups.c
    mine = (column.handle == handle, column.width_s == width_s)
    old = sa.select(column.start_ns).where(*mine, column.start_ns < cutoff).limit(_SLICE)
    return connection.execute(sa.delete(rollups).where(*mine, column.start_ns.in_(old))).rowcount < _SLICE
