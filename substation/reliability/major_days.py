"""Major event days by the 2.5 beta method of IEEE 1366: days whose SAIDI lies far beyond what is usual."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from substation.reliability.indices import SHORT_S, Period, indices
from substation.reliability.interruption import UNPLANNED, Interruption

DAY_NS = 86_400_000_000_000
LOOKED_BACK_NS = 5 * 365 * DAY_NS
BETAS = 2.5
FEWEST_DAYS = 10
"""Of days with interruptions; from fewer no usual day can be told."""


@dataclass(frozen=True, slots=True)
class MajorDays:
    """threshold_min: SAIDI of a day beyond which it is one; None where too few days are known. days: day numbers since
    1970 in UTC, with their SAIDI in minutes. known: days with unplanned interruptions that the threshold was made from.
    """

    threshold_min: float | None
    days: dict[int, float]
    known: int

    def without(self, events: Iterable[Interruption]) -> list[Interruption]:
        """The events that did not begin on one of them."""
        return [event for event in events if event.since_ns // DAY_NS not in self.days]


def major_days(events: Iterable[Interruption], served: int, period: Period, short_s: float = SHORT_S) -> MajorDays:
    """events: of the period and of the five years before. A day's SAIDI is that of the interruptions that began on it,
    whole. AlgorithmError when nobody is served."""
    by_day: dict[int, list[Interruption]] = {}
    for event in events:
        if event.cause in UNPLANNED and event.since_ns < period.end_ns:
            by_day.setdefault(event.since_ns // DAY_NS, []).append(event)
    daily = {day: _saidi_min(begun, served, period.end_ns, short_s) for day, begun in by_day.items()}
    first, last = period.start_ns // DAY_NS, (period.end_ns - 1) // DAY_NS
    usual = [saidi for day, saidi in daily.items() if saidi > 0 and first - LOOKED_BACK_NS // DAY_NS <= day < first]
    beyond = threshold_min(usual)
    found = {day: saidi for day, saidi in daily.items() if first <= day <= last and beyond is not None}
    return MajorDays(beyond, {day: saidi for day, saidi in found.items() if saidi > (beyond or 0.0)}, len(usual))


def threshold_min(daily_saidi_min: Iterable[float]) -> float | None:
    """exp(alpha + 2.5 beta), alpha and beta being mean and standard deviation of the logarithms; None of too few."""
    logarithms = [math.log(each) for each in daily_saidi_min]
    if len(logarithms) < FEWEST_DAYS:
        return None
    return math.exp(statistics.fmean(logarithms) + BETAS * statistics.stdev(logarithms))


def _saidi_min(begun: list[Interruption], served: int, end_ns: int, short_s: float) -> float:
    start_ns = min(event.since_ns for event in begun)
    return indices(begun, served, Period(start_ns, max(end_ns, start_ns + 1)), short_s=short_s).saidi_min
