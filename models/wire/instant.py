"""A moment on both clocks: time tags and signatures use UTC, time-outs the monotonic clock."""

from __future__ import annotations

from typing import NamedTuple


class Instant(NamedTuple):
    """utc_ns: `time.time_ns()`; monotonic_ns: `time.monotonic_ns()`; handed in, so that tests own the time."""

    utc_ns: int
    monotonic_ns: int
