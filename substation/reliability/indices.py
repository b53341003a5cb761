"""Reliability indices of a period after IEEE 1366: SAIFI, SAIDI, CAIDI, ASAI, MAIFI, and energy not supplied.

A customer interruption longer than `short_s` (3 minutes in EN 50160) is sustained and counts for SAIFI and SAIDI, any
other is momentary and counts for MAIFI. Whether it is sustained is judged by its whole duration in the event, also
beyond the period. It is counted in the period in which it began; its time is counted where it passed. So the figures of
adjoining periods add up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from models.errors import AlgorithmError
from substation.reliability.interruption import Cause, Interruption, LoadOutage

SHORT_S = 180.0
"""Longest short interruption (EN 50160)."""


@dataclass(frozen=True, slots=True)
class Period:
    """[start_ns, end_ns), UTC ns."""

    start_ns: int
    end_ns: int

    def __post_init__(self) -> None:
        if self.end_ns <= self.start_ns:
            raise AlgorithmError("a period ends after it begins; give an end later than its start")

    @property
    def seconds(self) -> float:
        return (self.end_ns - self.start_ns) / 1e9

    def has(self, time_ns: int) -> bool:
        return self.start_ns <= time_ns < self.end_ns


@dataclass(frozen=True, slots=True)
class Indices:
    """served: customers in all. interruptions: events that began in the period. sustained, momentary: customer
    interruptions. customer_seconds: of the sustained ones. energy_wh: not supplied, by all of them."""

    served: int
    period_s: float
    interruptions: int
    sustained: int
    momentary: int
    customer_seconds: float
    energy_wh: float

    @property
    def saifi(self) -> float:
        """Sustained interruptions per customer."""
        return self.sustained / self.served

    @property
    def saidi_min(self) -> float:
        """Minutes without supply per customer."""
        return self.customer_seconds / 60.0 / self.served

    @property
    def caidi_min(self) -> float:
        """Minutes per sustained interruption; 0 without one."""
        return self.customer_seconds / 60.0 / self.sustained if self.sustained else 0.0

    @property
    def maifi(self) -> float:
        """Momentary interruptions per customer."""
        return self.momentary / self.served

    @property
    def asai(self) -> float:
        """Share of the customers' time with supply."""
        return 1.0 - self.customer_seconds / (self.served * self.period_s)


def indices(
    interruptions: Iterable[Interruption],
    served: int,
    period: Period,
    causes: Collection[Cause] = tuple(Cause),
    short_s: float = SHORT_S,
) -> Indices:
    """Of the events with one of these causes. What lasts is taken to last to the end of the period.

    AlgorithmError when nobody is served: every index is a share of the customers.
    """
    if served <= 0:
        raise AlgorithmError("no customer is served; state customers of the loads in network.json")
    counted = [each for each in interruptions if each.cause in causes and each.since_ns < period.end_ns]
    outages = [outage for each in counted for outage in each.outages]
    long = [outage for outage in outages if _sustained(outage, period, short_s)]
    begun = [outage for outage in outages if period.has(outage.spans[0].since_ns)]
    sustained = sum(outage.customers for outage in begun if _sustained(outage, period, short_s))
    return Indices(
        served=served,
        period_s=period.seconds,
        interruptions=sum(period.has(each.since_ns) for each in counted),
        sustained=sustained,
        momentary=sum(outage.customers for outage in begun) - sustained,
        customer_seconds=sum(each.customers * each.seconds(period.start_ns, period.end_ns) for each in long),
        energy_wh=sum(each.energy_not_supplied_wh(period.start_ns, period.end_ns) for each in counted),
    )


def _sustained(outage: LoadOutage, period: Period, short_s: float) -> bool:
    ends = [span.until_ns for span in outage.spans]
    end_ns = period.end_ns if None in ends else max(end for end in ends if end is not None)
    return outage.seconds(outage.spans[0].since_ns, end_ns) > short_s
