"""The event buffer of one group of control centres: an event stays until the frame it was in is acknowledged."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from models.errors import LocalProtocolError
from models.quality import Quality
from protocols.iec104.application.asdu import ElementValue
from protocols.iec104.application.cause import Cause
from protocols.iec104.application.codec import capacity

_TEST = int(Quality.TEST)


class Event(NamedTuple):
    """One change as it will be sent, and sent again after a break: same time tag, same order.

    cause: 3 spontaneous, 11 or 12 return information of a remote or local command, 1 periodic, 2 background scan.
    """

    type_id: int
    common_address: int
    object_address: int
    value: ElementValue
    quality: int
    time_ns: int | None
    cause: int = int(Cause.SPONTANEOUS)

    @property
    def is_test(self) -> bool:
        return bool(self.quality & _TEST)


class EventBuffer:
    """First in, first out, bounded. When it is full the oldest event that waits is dropped and counted in `lost`."""

    def __init__(self, capacity_events: int) -> None:
        self._capacity_events = capacity_events
        self._waiting: deque[Event] = deque()
        self._in_flight: deque[Event] = deque()
        self.lost = 0

    def __len__(self) -> int:
        """Events that no peer has acknowledged."""
        return len(self._waiting) + len(self._in_flight)

    @property
    def waiting(self) -> int:
        """Events that are not on their way."""
        return len(self._waiting)

    def append(self, event: Event) -> None:
        if len(self) >= self._capacity_events and self._waiting:
            self._waiting.popleft()
            self.lost += 1
        self._waiting.append(event)

    def take_unit(self) -> list[Event]:
        """The next events that fit into one ASDU (same type, common address, test bit and cause); they are then in flight."""
        if not self._waiting:
            return []
        first = self._waiting[0]
        likeness = (first.type_id, first.common_address, first.is_test, first.cause)
        unit: list[Event] = []
        for event in self._waiting:
            if len(unit) == capacity(first.type_id, False):
                break
            if (event.type_id, event.common_address, event.is_test, event.cause) != likeness:
                break
            unit.append(event)
        for _ in unit:
            self._in_flight.append(self._waiting.popleft())
        return unit

    def acknowledge(self, count: int) -> None:
        """The oldest `count` events in flight are safe with the peer."""
        if count > len(self._in_flight):
            raise LocalProtocolError(f"{count} events acknowledged, {len(self._in_flight)} are in flight")
        for _ in range(count):
            self._in_flight.popleft()

    def rewind(self) -> None:
        """The link is gone: what was in flight waits again, in front and in order."""
        self._waiting.extendleft(reversed(self._in_flight))
        self._in_flight.clear()
