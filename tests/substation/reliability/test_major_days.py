"""Major event days: the threshold by hand, and what is left without them."""

from __future__ import annotations

import math

import pytest

from substation.reliability.indices import Period
from substation.reliability.interruption import Cause, Interruption, LoadOutage, Span
from substation.reliability.major_days import DAY_NS, major_days, threshold_min

MINUTE_NS = 60_000_000_000


def on_day(day: int, minutes: float, cause: Cause = Cause.FAULT) -> Interruption:
    since_ns = day * DAY_NS
    span = Span(since_ns, since_ns + round(minutes * MINUTE_NS))
    return Interruption(f"I{day}", since_ns, cause, "", "", "", (LoadOutage("A", 100, 0, 1e3, (span,)),))


def test_threshold_by_hand() -> None:
    """Logarithms 0 and 2 ten times: mean 1, standard deviation sqrt(10/9)."""
    daily = [1.0, math.e**2] * 5
    assert threshold_min(daily) == pytest.approx(math.exp(1 + 2.5 * math.sqrt(10 / 9)))


def test_too_few_days_tell_nothing() -> None:
    assert threshold_min([1.0] * 9) is None
    found = major_days([on_day(100, 5000)], 100, Period(100 * DAY_NS, 130 * DAY_NS))
    assert (found.threshold_min, found.days) == (None, {})


def test_a_storm_is_left_out() -> None:
    usual = [on_day(day, 8 + day % 5) for day in range(50, 90)]
    storm, common, work = on_day(100, 300), on_day(101, 10), on_day(102, 400, Cause.PLANNED)
    found = major_days([*usual, storm, common, work], 100, Period(100 * DAY_NS, 130 * DAY_NS))
    assert found.known == 40
    assert found.days == {100: pytest.approx(300)}
    assert found.without([storm, common, work]) == [common, work]
