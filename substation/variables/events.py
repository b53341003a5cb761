"""The event list as a variable: `Events` at the unit's name."""

from __future__ import annotations

import time

from models.alarm import Category, Event
from models.driver import Clock
from models.policy import ANYONE, Access, Grant, Policy
from models.wire.cbor import WireValue
from models.wire.condition import ALWAYS, And
from models.wire.instance import Instance
from models.wire.messages import MISSED_UNKNOWN, Code
from substation.event_list import NEWEST, EventList
from substation.exchange.access import SECURITY_OFFICERS, Identity
from substation.exchange.variables import Cancel, Missed, RefusedError, Selection, Subscriber, WriteResult
from substation.history.store import History
from substation.variables import past
from substation.variables.recent import OVERLAP_NS, Recent

VARIABLE = "Events"
PRESENT = 1000
"""Lines that a query without condition gives, and a subscription at its start."""

FOR_OFFICERS = Policy((Grant(SECURITY_OFFICERS, ANYONE, Access.READ),))
"""Lines about security name people and addresses: for the operator's own people and those who look after security."""

_Lines = list[tuple[int, Event]]


class EventVariables:
    """The newest lines from memory; with a time in the condition, also what history has of that time.

    Lines can be told afterwards (Replays).
    """

    def __init__(self, unit: str, events: EventList, history: History, clock: Clock = time.time_ns) -> None:
        self._unit, self._events, self._history = unit, events, history
        self._recent: Recent[tuple[int, Event]] = Recent(clock(), NEWEST)
        events.subscribe(lambda sequence, event: self._recent.add([(event.arrival_time_ns, (sequence, event))]))

    def _instance(self, sequence: int, event: Event) -> Instance:
        value: dict[str, WireValue] = {
            "sequence": sequence,
            "time_ns": event.time_ns,
            "arrival_ns": event.arrival_time_ns,
            "category": event.category.value,
            "severity": int(event.severity),
            "location": event.location,
            "text": event.text,
        }
        policy = FOR_OFFICERS if event.category is Category.SECURITY else None
        return Instance(VARIABLE, self._unit, value, event.time_ns, policy=policy)

    async def read(self, selection: Selection) -> list[Instance]:
        times = selection.time_range()
        if times == ALWAYS:
            plain = selection.condition == And(()) and selection.function is None
            lines = list(self._events.newest)[-PRESENT if plain else 0 :]
        else:
            lines = await self._past(*past.bounds(times))
        lines.sort(key=lambda line: (line[1].time_ns, line[0]))
        return [self._instance(sequence, event) for sequence, event in lines]

    async def _past(self, start_ns: int, end_ns: int) -> _Lines:
        """From the disk, and from memory what is not there yet."""
        stored = await self._history.ask(self._history.lines, past.MOST_TOLD + 1, start_ns, end_ns)
        known = dict(stored)
        known.update((number, line) for number, line in self._events.newest if start_ns <= line.time_ns < end_ns)
        if len(known) > past.MOST_TOLD:
            raise past.too_many()
        return list(known.items())

    def subscribe(self, selection: Selection, subscriber: Subscriber, initial: bool) -> Cancel:
        if initial:
            newest = list(self._events.newest)[-PRESENT:]
            subscriber.events([self._instance(sequence, event) for sequence, event in newest])
        return self._events.subscribe(lambda sequence, event: subscriber.events([self._instance(sequence, event)]))

    def position(self) -> int:
        return self._recent.position

    async def since(self, selection: Selection, after: int, until: int) -> Missed:
        if self._recent.reaches(after):
            lines = self._recent.since(after, until)
            return Missed(tuple(self._instance(*line) for line in lines), until)
        start_ns = after if self._recent.is_of_this_run(after) else after - OVERLAP_NS
        known = self._events.newest
        lines = [line for line in known if line[1].arrival_time_ns > start_ns]
        count = MISSED_UNKNOWN if len(lines) == len(known) == known.maxlen else 0
        return Missed(tuple(self._instance(*line) for line in lines), until, count)

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        raise RefusedError(Code.NOT_ALLOWED, "events are recorded, not written")
