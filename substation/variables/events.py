"""The event list as a variable: `Events` at the unit's name."""

from __future__ import annotations

import asyncio

from models.alarm import Event
from models.wire.cbor import WireValue
from models.wire.condition import ALWAYS
from models.wire.instance import Instance
from models.wire.messages import Code
from substation.event_list import NEWEST, EventList
from substation.exchange.access import Identity
from substation.exchange.variables import Cancel, RefusedError, Selection, Subscriber, WriteResult
from substation.history.store import History

VARIABLE = "Events"
OLDEST_TOLD = 100_000
"""Lines that one query over a time range gives at most."""


class EventVariables:
    """The newest lines from memory; with a time in the condition, lines from history."""

    def __init__(self, unit: str, events: EventList, history: History) -> None:
        self._unit, self._events, self._history = unit, events, history

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
        return Instance(VARIABLE, self._unit, value, event.time_ns)

    async def read(self, selection: Selection) -> list[Instance]:
        if selection.time_range() == ALWAYS:
            lines = list(self._events.newest)[-(selection.count or 1000) :]
        else:
            lines = await asyncio.get_running_loop().run_in_executor(None, self._history.lines, OLDEST_TOLD)
        return [self._instance(sequence, event) for sequence, event in lines]

    def subscribe(self, selection: Selection, subscriber: Subscriber, initial: bool) -> Cancel:
        if initial:
            newest = list(self._events.newest)[-min(NEWEST, 1000) :]
            subscriber.events([self._instance(sequence, event) for sequence, event in newest])
        return self._events.subscribe(lambda sequence, event: subscriber.events([self._instance(sequence, event)]))

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        raise RefusedError(Code.NOT_ALLOWED, "events are recorded, not written")
