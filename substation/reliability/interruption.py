"""One interruption of supply: an event with a cause, and what it did to each load, restored in stages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum


class Cause(Enum):
    """Why supply was lost. UPSTREAM: above the feeders, at transformer, busbar or the grid above. OPERATION: switched
    without interruption being the purpose. UNKNOWN: nothing told; a person may state it later."""

    FAULT = "fault"
    PLANNED = "planned work"
    OPERATION = "operation"
    UPSTREAM = "upstream"
    UNKNOWN = "unknown"


TRAVEL_NS = 10_000_000_000
"""A position between open and closed is no doubt for so long."""
UNPLANNED = frozenset(Cause) - {Cause.PLANNED}


@dataclass(frozen=True, slots=True)
class Span:
    """Time without supply, UTC ns. until_ns: None while it lasts. doubt_ns: how much of it nobody can vouch for,
    because the positions that say so were stale or invalid. doubted_ns: since when that is so now; None: it is not."""

    since_ns: int
    until_ns: int | None = None
    doubt_ns: int = 0
    doubted_ns: int | None = None

    def sure(self, now_ns: int) -> Span:
        """What was in doubt up to now has been; a switch on its way was none."""
        if self.doubted_ns is None:
            return self
        doubt_ns = now_ns - self.doubted_ns
        return replace(self, doubt_ns=self.doubt_ns + (doubt_ns if doubt_ns > TRAVEL_NS else 0), doubted_ns=None)

    def ended(self, until_ns: int) -> Span:
        """Never before it began; what was in doubt stays counted as such."""
        until_ns = max(until_ns, self.since_ns)
        return replace(self.sure(until_ns), until_ns=until_ns)

    def seconds(self, start_ns: int, end_ns: int) -> float:
        """Within [start_ns, end_ns); a span that lasts counts to its end."""
        until_ns = end_ns if self.until_ns is None else min(self.until_ns, end_ns)
        return max(0, until_ns - max(self.since_ns, start_ns)) / 1e9


@dataclass(frozen=True, slots=True)
class LoadOutage:
    """What the event did to one load. power_w: drawn before it. spans: oldest first, without overlap; several where the
    load came back and was lost again in the course of restoration (one interruption of its customers all the same)."""

    load: str
    customers: int
    critical_customers: int
    power_w: float
    spans: tuple[Span, ...]

    @property
    def lasts(self) -> bool:
        return self.spans[-1].until_ns is None

    def seconds(self, start_ns: int, end_ns: int) -> float:
        """Without supply within [start_ns, end_ns)."""
        return sum(span.seconds(start_ns, end_ns) for span in self.spans)

    def lost_again(self, since_ns: int) -> LoadOutage:
        return self if self.lasts else replace(self, spans=(*self.spans, Span(since_ns)))

    def restored(self, until_ns: int) -> LoadOutage:
        if not self.lasts:
            return self
        return self._with_last(self.spans[-1].ended(until_ns))

    def doubted(self, now_ns: int) -> LoadOutage:
        """Nobody can tell any more whether it lasts."""
        last = self.spans[-1]
        return self if last.doubted_ns is not None else self._with_last(replace(last, doubted_ns=now_ns))

    def sure(self, now_ns: int) -> LoadOutage:
        """It is certain again that it lasts."""
        return self if self.spans[-1].doubted_ns is None else self._with_last(self.spans[-1].sure(now_ns))

    def _with_last(self, span: Span) -> LoadOutage:
        return replace(self, spans=(*self.spans[:-1], span))


@dataclass(frozen=True, slots=True)
class Stage:
    """What came back at one moment."""

    at_ns: int
    loads: tuple[str, ...]
    customers: int
    power_w: float


@dataclass(frozen=True, slots=True)
class Interruption:
    """id: made from the moment and the feeder. feeder: bay whose breaker took the supply away, '' where none did.

    reference: the case or order it belongs to. explanation: what the cause was taken from. stated_by: the person who
    has stated another cause than was found, '' if nobody has.
    """

    id: str
    since_ns: int
    cause: Cause
    feeder: str
    reference: str
    explanation: str
    outages: tuple[LoadOutage, ...]
    stated_by: str = ""

    @property
    def lasts(self) -> bool:
        return any(outage.lasts for outage in self.outages)

    @property
    def until_ns(self) -> int | None:
        """When the last load came back; None while one is without supply."""
        ends = [outage.spans[-1].until_ns for outage in self.outages]
        return None if None in ends else max((end for end in ends if end is not None), default=self.since_ns)

    @property
    def in_doubt(self) -> bool:
        """For some of its loads nobody can tell now whether it lasts."""
        return any(outage.lasts and outage.spans[-1].doubted_ns is not None for outage in self.outages)

    @property
    def customers(self) -> int:
        return sum(outage.customers for outage in self.outages)

    @property
    def critical_customers(self) -> int:
        return sum(outage.critical_customers for outage in self.outages)

    @property
    def power_w(self) -> float:
        return sum(outage.power_w for outage in self.outages)

    def stages(self) -> tuple[Stage, ...]:
        """Restoration in the order of time: the final return of each load, those of one moment together."""
        at: dict[int, list[LoadOutage]] = {}
        for outage in self.outages:
            if (until_ns := outage.spans[-1].until_ns) is not None:
                at.setdefault(until_ns, []).append(outage)
        return tuple(_stage(at_ns, at[at_ns]) for at_ns in sorted(at))

    def energy_not_supplied_wh(self, start_ns: int, end_ns: int) -> float:
        """Load before the event times the time without it, within [start_ns, end_ns)."""
        return sum(outage.power_w * outage.seconds(start_ns, end_ns) for outage in self.outages) / 3600.0


def _stage(at_ns: int, outages: Iterable[LoadOutage]) -> Stage:
    together = sorted(outages, key=lambda outage: outage.load)
    return Stage(
        at_ns,
        tuple(outage.load for outage in together),
        sum(outage.customers for outage in together),
        sum(outage.power_w for outage in together),
    )
