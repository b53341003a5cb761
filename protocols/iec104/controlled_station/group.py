"""A redundancy group: one control centre with one connection or several, and what it has not received yet.

What is sent first: events of status in the order in which they came, then frozen totals, then states that it was told
to be invalid when the station had just started, then measurands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Protocol

from models.quality import CLOCK_BITS
from protocols.iec104.application.asdu import ElementValue
from protocols.iec104.application.cp56 import Unsynchronised
from protocols.iec104.application.types import static_type
from protocols.iec104.controlled_station.events.buffer import BufferLimits, EventBuffer, EventStore
from protocols.iec104.controlled_station.events.event import Event
from protocols.iec104.controlled_station.events.measurands import Measurands
from protocols.iec104.controlled_station.events.records import is_total, pack
from protocols.iec104.controlled_station.events.states import States
from protocols.iec104.controlled_station.events.told import Told
from protocols.iec104.controlled_station.image import Slot
from protocols.iec104.controlled_station.services.provision import Ground, Provision
from protocols.iec104.controlled_station.settings import GroupSettings

_CLOCK = int(CLOCK_BITS)


class EventClass(IntEnum):
    """Each has a buffer of its own. A control centre reads one sequence of events: whatever tells a state is STATUS."""

    STATUS = 0
    TOTALS = 1  # frozen: they come in bulk, and neither delay nor displace a status
    EARLIER = 2  # left by a version that had other classes; sent before all others, and never added to


class DurableStore(EventStore, Protocol):
    """A store that also knows what the control centre was told before this start."""

    last: Mapping[bytes, bytes]
    since_ns: int

    def picture(self, record: bytes) -> None:
        """How a point was when it was first seen: remembered, not sent."""


Stores = Mapping[tuple[str, EventClass], DurableStore]
"""By name of the group; a class without store is kept in memory."""


class ActiveLink(Protocol):
    """The connection that transfers data for a group."""

    name: str

    def wake(self) -> None:
        """There is something to send."""

    def replace(self, reason: str) -> None:
        """Another connection has taken over: close."""


class Group:
    def __init__(
        self,
        settings: GroupSettings,
        ground: Ground,
        stores: Stores | None = None,
        provision: Provision | None = None,
    ) -> None:
        self.name, self.settings = settings.name, settings
        limits = BufferLimits(settings.events, settings.event_octets)
        durable = {number: store for (name, number), store in (stores or {}).items() if name == settings.name}
        self._status = EventBuffer(limits, durable.get(EventClass.STATUS))
        self._totals = EventBuffer(limits, durable.get(EventClass.TOTALS))
        self.queues = [self._status, self._totals]
        if EventClass.EARLIER in durable:
            self.queues.insert(0, EventBuffer(limits, durable[EventClass.EARLIER]))
        for queue in self.queues:
            queue.on_delivery = self.wake
        self._store = durable.get(EventClass.STATUS)
        self._told = None if self._store is None else Told(self._store.last, self._store.since_ns)
        self.measurands, self.states = Measurands(ground.agenda, ground.monotonic), States()
        self.active: ActiveLink | None = None
        self.initialised = False  # end of initialisation has been told
        self.has_interrogated = False  # since the station started
        self.provision = provision or Provision(settings.name, settings.services, ground, self, self.measurands)
        self._positions = self.provision.positions
        self._untagged = settings.tag_style.unsynchronised is Unsynchronised.UNTAGGED
        if self._untagged:
            self.measurands.shape = self._agreed

    def known(self) -> Iterator[tuple[tuple[int, int], ElementValue]]:
        """Common and object address of the points that this group was told of before the start, and their values."""
        return iter(()) if self._told is None else self._told.values()

    @property
    def lost(self) -> int:
        """Events ever dropped."""
        return sum(queue.lost for queue in self.queues)

    def __len__(self) -> int:
        """Events that are not acknowledged."""
        return sum(map(len, self.queues))

    @property
    def is_loading(self) -> bool:
        """The next event is being read: nothing of lower priority may pass it."""
        return any(queue.is_loading for queue in self.queues)

    def take_unit(self) -> tuple[EventBuffer, list[bytes]] | None:
        """The next ASDU of events, and the buffer that is told its acknowledgement; None where none can be sent now."""
        for queue in self.queues:
            if unit := queue.take_unit():
                return queue, unit
            if queue.is_loading:
                return None
        return None

    @property
    def is_active(self) -> bool:
        """Whether a connection transfers data."""
        return self.active is not None

    def measure(self, slot: Slot) -> None:
        """A measurand or a running total has changed."""
        if not slot.is_total or self.settings.services.counters.running:
            self.measurands.put(slot)

    def take(self, slot: Slot, event: Event, record: bytes) -> None:
        """An event, packed as `record`, into the buffer, unless it is an intermediate state that waits."""
        if self._positions is not None and self._positions.holds(slot, event):
            return
        if self._untagged and event.quality & _CLOCK:
            record = pack(self._agreed(event))
        self._status.append(record)

    def _agreed(self, event: Event) -> Event:
        """Without time tag where its clock was not synchronised and that is what the control centre wants."""
        if not self._untagged or not event.quality & _CLOCK or event.time_ns is None:
            return event
        return event._replace(type_id=static_type(event.type_id), time_ns=None)

    def send(self, event: Event) -> None:
        """Into the buffer, past every filter."""
        queue = self._totals if is_total(event.type_id) else self._status
        queue.append(pack(self._agreed(event)))

    def clear_waiting(self) -> int:
        """Drop the events that are not on their way; how many these were."""
        return sum(queue.clear_waiting() for queue in self.queues)

    def take_first(self, slot: Slot, event: Event, record: bytes, changed: bool) -> None:
        """The first value of a point since the start: an event where it differs from what this group was told.

        changed: from what the station took for its value, which decides where nothing is remembered.
        """
        told, store = self._told, self._store
        if changed if told is None or store is None else told.is_news(record):
            self.take(slot, event, record)
            return
        if told is None or store is None:
            return
        if not told.knows(record):
            store.picture(record)
        if self.has_interrogated:  # before the field had answered, so it heard that this point is invalid
            self.states.put(slot)
            self.wake()

    def rewind(self) -> None:
        """The connection is gone."""
        for queue in self.queues:
            queue.rewind()

    def wake(self) -> None:
        """There is something to send."""
        if self.active is not None:
            self.active.wake()
