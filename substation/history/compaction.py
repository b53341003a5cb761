"""Stored roll-ups of measurands: made a quarter of an hour at a time, and corrected by what comes in late."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import cast

import sqlalchemy as sa

from models.bucket import Bucket, coarser, combined
from models.point import Handle
from models.quality import Quality
from substation.history.engine import Engine, Row
from substation.history.rollup import MINUTE_S, QUARTER_S, S_NS, of_rollups, of_samples, row_of
from substation.history.schema import MEASURANDS, counters, points, rollups, samples

ROLLED = "rolled up to"
"""Counter: roll-ups are complete for samples before this time, ns UTC."""

LAG_NS = 600 * S_NS
"""What comes later than this after its source time is merged into the roll-ups one by one."""

SLICE_S = 0.01
"""How long a slice may keep the writer's thread; the number of points in it follows."""

_WINDOW_NS = QUARTER_S * S_NS
_WIDTHS = (MINUTE_S, QUARTER_S)


class Compaction:
    """Everything here runs in the writer's thread: a sample is either in the roll-up's query or merged, never both."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._rolled_ns: int | None = None
        self.measurands: set[Handle] = set()
        self._done: set[Handle] = set()
        self._at_once, self._empty = 8, True

    @property
    def rolled_ns(self) -> int | None:
        """Roll-ups are complete before this time; None: there are none yet."""
        return self._rolled_ns

    def begin(self) -> None:
        """Where the last run ended. A window that was not finished is made again, from all samples."""
        self._find_measurands()
        with self._engine.reading() as connection:
            kept = sa.select(counters.c.number).where(counters.c.name == ROLLED)
            self._rolled_ns = connection.execute(kept).scalar()

    def look(self, now_ns: int, oldest_ns: int) -> None:
        """Where to begin when nothing is rolled up yet: not before oldest_ns."""
        if self._rolled_ns is None:
            with self._engine.reading() as connection:
                self._rolled_ns = _next_sample_ns(connection, oldest_ns, now_ns) // _WINDOW_NS * _WINDOW_NS

    def due(self, now_ns: int) -> bool:
        """Whether `slice` has work."""
        return self._rolled_ns is not None and bool(self.measurands) and self._rolled_ns + _WINDOW_NS <= now_ns - LAG_NS

    def _find_measurands(self) -> None:
        with self._engine.reading() as connection:
            rows = connection.execute(sa.select(points.c.handle).where(points.c.cdc.in_(MEASURANDS)))
            self.measurands |= {Handle(row.handle) for row in rows}

    def slice(self, now_ns: int) -> None:
        """Some points of the present window; after one that is empty, on to the next sample."""
        start_ns = self._rolled_ns or 0
        waiting = sorted(self.measurands - self._done)[: self._at_once]
        began_s = time.monotonic()
        complete = len(self._done) + len(waiting) >= len(self.measurands)
        with self._engine.writing(durable=False) as connection:
            found = of_samples(connection, waiting, start_ns, start_ns + _WINDOW_NS, MINUTE_S * S_NS)
            rows = [
                row_of(bucket, handle, width_s)
                for handle, minutes in found.items()
                for width_s in _WIDTHS
                for bucket in (minutes if width_s == MINUTE_S else coarser(minutes, start_ns, _WINDOW_NS))
            ]
            self._engine.replace(connection, rollups, rows)
            self._empty = self._empty and not rows
            if complete:
                end_ns = start_ns + _WINDOW_NS
                if self._empty:
                    last_ns = now_ns - LAG_NS
                    end_ns = max(end_ns, _next_sample_ns(connection, end_ns, last_ns) // _WINDOW_NS * _WINDOW_NS)
                self._engine.replace(connection, counters, [(ROLLED, end_ns)])
        self._done |= set(waiting)
        if complete:
            self._rolled_ns, self._done, self._empty = end_ns, set(), True
        took_s = time.monotonic() - began_s
        self._at_once = max(1, self._at_once // 2) if took_s > SLICE_S else min(512, self._at_once * 2)

    def late(self, connection: sa.Connection, rows: Sequence[Row]) -> None:
        """Merge what belongs into roll-ups that are there already."""
        if self._rolled_ns is None:
            return
        horizon_ns = self._rolled_ns + (_WINDOW_NS if self._done else 0)
        if min(map(_time_ns, rows), default=horizon_ns) >= horizon_ns:
            return
        late: dict[tuple[Handle, int, int], list[Bucket]] = {}
        for row in rows:
            handle, time_ns = cast(Handle, row[0]), cast(int, row[1])
            if handle in self.measurands and self._has(handle, time_ns):
                for width_s in _WIDTHS:
                    start_ns = time_ns // (width_s * S_NS) * width_s * S_NS
                    late.setdefault((handle, width_s, start_ns), []).append(_bucket(row, start_ns))
        for (handle, width_s, start_ns), buckets in late.items():
            known = of_rollups(connection, handle, width_s, start_ns, start_ns + 1)
            self._engine.replace(
                connection, rollups, [row_of(each, handle, width_s) for each in combined(known + buckets)]
            )

    def _has(self, handle: Handle, time_ns: int) -> bool:
        """Whether roll-ups of that time are made for that point."""
        rolled_ns = self._rolled_ns or 0
        return time_ns < rolled_ns or (time_ns < rolled_ns + _WINDOW_NS and handle in self._done)


def _next_sample_ns(connection: sa.Connection, from_ns: int, last_ns: int) -> int:
    """The time of the first measurand at or after from_ns; last_ns when there is none before it."""
    column = samples.c
    of_point = (
        sa.select(column.time_ns)
        .where(column.handle == points.c.handle, column.time_ns >= from_ns, column.time_ns < last_ns)
        .order_by(column.time_ns)
        .limit(1)
        .scalar_subquery()
    )
    each = sa.select(of_point.label("time_ns")).where(points.c.cdc.in_(MEASURANDS)).subquery()
    found: int | None = connection.execute(sa.select(sa.func.min(each.c.time_ns))).scalar()
    return last_ns if found is None else found


_time_ns: Callable[[Row], int] = itemgetter(1)


def _bucket(row: Row, start_ns: int) -> Bucket:
    """One sample as a bucket of its own."""
    _, time_ns, _, _, _, value, quality = cast(tuple[int, int, int, bool, int, object, int], row)
    if quality & 3 == Quality.INVALID or not isinstance(value, (int, float)) or value != value:
        return Bucket(start_ns, 1, None, None, None, None, None, None, int(quality))
    number = float(value)
    return Bucket(start_ns, 1, number, number, time_ns, number, time_ns, number, int(quality))
