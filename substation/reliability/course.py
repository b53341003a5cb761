"""How interruptions go on from one sighting to the next: loads are lost, restored in stages, lost again, doubted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from models.network.elements import Load
from substation.grid.topology import Supply
from substation.mv.reading import bay_of
from substation.reliability.causes import Facts, Loss, find
from substation.reliability.interruption import Cause, Interruption, LoadOutage, Span
from substation.reliability.sighting import Seen, Sighting

SETTLE_NS = 180_000_000_000
"""A load that is lost again so soon, through the same bay, was never restored: it stays one interruption."""
PowerBefore = Callable[[Load, int], float]
"""Active power (W) of a load before a moment (UTC ns)."""


@dataclass(frozen=True, slots=True)
class Course:
    """Carries interruptions on. served: all loads of the network."""

    served: Mapping[str, Load]
    power_before: PowerBefore

    def follow(self, known: Sequence[Interruption], sighting: Sighting, facts: Facts) -> tuple[Interruption, ...]:
        """known: those that last or have not settled. The same, as they are now, and new ones behind."""
        going = [_carried(each, sighting) for each in known]
        dark = {outage.load for each in going for outage in each.outages if outage.lasts}
        lost: dict[tuple[str, bool], list[tuple[Load, Seen]]] = {}
        for key, seen in sighting.loads.items():
            if seen.supply is Supply.DEAD and key not in dark:
                lost.setdefault((bay_of(seen.opened), seen.above), []).append((self.served[key], seen))
        for (bay, above), loads in lost.items():
            self._lose(going, bay, above, loads, facts)
        return tuple(_explained(each, facts) for each in going)

    def _lose(
        self, going: list[Interruption], bay: str, above: bool, loads: Iterable[tuple[Load, Seen]], facts: Facts
    ) -> None:
        new: list[tuple[Load, Seen]] = []
        for load, seen in loads:
            number = _joined(going, bay, load.id, seen.since_ns, facts)
            if number is None:
                new.append((load, seen))
            else:
                going[number] = self._with(going[number], load, seen)
        if new:
            going.append(self._begun(bay, above, new, facts, {each.id for each in going}))

    def _begun(
        self, bay: str, above: bool, loads: Sequence[tuple[Load, Seen]], facts: Facts, taken: set[str]
    ) -> Interruption:
        since_ns = min(seen.since_ns for _, seen in loads)
        found = find(Loss(bay, since_ns, above), facts)
        empty = Interruption(
            _identifier(since_ns, bay, taken), since_ns, found.cause, bay, found.reference, found.explanation, ()
        )
        for load, seen in loads:
            empty = self._with(empty, load, seen)
        return empty

    def _with(self, event: Interruption, load: Load, seen: Seen) -> Interruption:
        """The load is lost in the course of the event, or lost again."""
        if any(outage.load == load.id for outage in event.outages):
            again = (each.lost_again(seen.since_ns) if each.load == load.id else each for each in event.outages)
            return replace(event, outages=tuple(again))
        power_w = self.power_before(load, seen.since_ns)
        spans = (Span(seen.since_ns),)
        outage = LoadOutage(load.id, load.customers, load.critical_customers, power_w, spans)
        return replace(event, outages=(*event.outages, outage))


def _carried(event: Interruption, sighting: Sighting) -> Interruption:
    return replace(event, outages=tuple(_seen_again(each, sighting) for each in event.outages))


def _seen_again(outage: LoadOutage, sighting: Sighting) -> LoadOutage:
    seen = sighting.loads.get(outage.load)
    if not outage.lasts:
        return outage
    if seen is None:  # the network file does not have it any more
        return outage.restored(sighting.time_ns)
    if seen.supply is Supply.LIVE:
        return outage.restored(_back_ns(seen, outage.spans[-1].since_ns, sighting.time_ns))
    return outage.doubted(sighting.time_ns) if seen.supply is Supply.UNKNOWN else outage.sure(sighting.time_ns)


def _back_ns(seen: Seen, lost_ns: int, now_ns: int) -> int:
    """When the last switch closed; where none closed since the loss, when a voltage showed it, or now."""
    return next((at_ns for at_ns in (seen.since_ns, seen.measured_ns) if at_ns > lost_ns), now_ns)


def _joined(going: Sequence[Interruption], bay: str, load: str, since_ns: int, facts: Facts) -> int | None:
    """Number of the event in whose course the load is lost: through the same bay, or by an order that belongs to it."""
    reference = find(Loss(bay, since_ns), facts).reference
    for number, event in enumerate(going):
        own = _orders_of(event, facts)
        if not (bay and bay == event.feeder) and reference not in own:
            continue
        last_ns = next((each.spans[-1].until_ns for each in event.outages if each.load == load), event.since_ns)
        if reference in own or (last_ns is not None and since_ns - last_ns <= SETTLE_NS):
            return number
    return None


def _orders_of(event: Interruption, facts: Facts) -> set[str]:
    """The case or order of the event, and the order that its case has made."""
    orders = {case.order for case in facts.cases if case.id == event.reference and case.order}
    return orders | ({event.reference} if event.reference else set())


def _explained(event: Interruption, facts: Facts) -> Interruption:
    """What tells the cause may come after the loss; what a person has stated stands."""
    if event.stated_by or (event.cause is not Cause.UNKNOWN and event.reference):
        return event
    above = event.cause is Cause.UPSTREAM
    found = find(Loss(event.feeder, event.since_ns, above), facts)
    if found.cause is Cause.UNKNOWN:
        return event
    return replace(event, cause=found.cause, reference=found.reference, explanation=found.explanation)


def has_settled(event: Interruption, now_ns: int) -> bool:
    """Nothing of it changes any more, but what a person states."""
    return event.until_ns is not None and now_ns - event.until_ns > SETTLE_NS


def _identifier(since_ns: int, bay: str, taken: set[str]) -> str:
    """`20261104T101500.250-OBR1.K1.E03`; a further one of the same moment ends in -2."""
    moment = datetime.fromtimestamp(since_ns // 1_000_000 / 1e3, UTC)
    milliseconds = since_ns // 1_000_000 % 1000
    name = "-".join([f"{moment:%Y%m%dT%H%M%S}.{milliseconds:03d}", *([bay.replace("/", ".")] if bay else [])])
    names = [name, *(f"{name}-{number}" for number in range(2, len(taken) + 2))]
    return next(each for each in names if each not in taken)
