"""Bounds of questions about the past."""

from __future__ import annotations

from models.wire.condition import TimeRange
from models.wire.messages import Code
from substation.exchange.variables import RefusedError
from substation.history.store import BEGINNING_NS, END_NS

MOST_TOLD = 100_000
"""Instances that one query over a time range gives; more are refused, since nobody would see that some are missing."""


def bounds(times: TimeRange) -> tuple[int, int]:
    """Start and end of the history to be read, UTC ns, the end not included."""
    start_ns = BEGINNING_NS if times.from_ns is None else times.from_ns
    return start_ns, END_NS if times.to_ns is None else times.to_ns + 1


def too_many() -> RefusedError:
    """More than MOST_TOLD."""
    return RefusedError(Code.OVERLOADED, f"more than {MOST_TOLD} instances: narrow the time range")
