"""The event buffer of one group of control centres: an event stays until the frame it was in is acknowledged.

Events are numbered for ever. In memory are the oldest ones, up to MOST_IN_MEMORY; what comes after them waits in the
store, and is fetched in blocks as the peer acknowledges. Without a store everything is in memory.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from models.errors import LocalProtocolError
from protocols.iec104.controlled_station.events.records import fitting

MOST_IN_MEMORY = 8192
_FETCH_BELOW = MOST_IN_MEMORY // 2


@dataclass(frozen=True, slots=True)
class BufferLimits:
    """events, octets: beyond them the oldest event that waits is dropped. Octets of records, headers not counted."""

    events: int = 10_000
    octets: int = 1 << 62


@dataclass(frozen=True, slots=True)
class Contents:
    """What a store holds when it is opened: events from number `begin` to before `end`; how many were ever lost."""

    begin: int = 0
    end: int = 0
    octets: int = 0
    lost: int = 0


class Deliver(Protocol):
    """Takes what was fetched: records numbered from `begin` on, or none and a later number than asked for.

    Numbers that are left out are gone; `lost` of them were not known to be.
    """

    def __call__(self, begin: int, records: list[bytes], lost: int) -> None: ...


class EventStore(Protocol):
    """Where events are durable. Nothing here waits for a disk."""

    contents: Contents

    def attach(self, deliver: Deliver, dropped: Callable[[int, int], None]) -> None:
        """dropped(begin, count): events that were neither stored nor kept, since the disk refused for too long."""

    def append(self, record: bytes) -> None:
        """The event with the next number."""

    def fetch(self, begin: int) -> None:
        """Deliver the events from this number on, as many as are convenient; later, and once."""

    def acknowledge(self, begin: int, lost: int) -> None:
        """Events before this number are needed no longer; `lost` is to be remembered with it."""


class EventBuffer:
    """First in, first out, bounded. When it is full the oldest event that waits is dropped and counted in `lost`."""

    def __init__(self, limits: BufferLimits, store: EventStore | None = None) -> None:
        contents = Contents() if store is None else store.contents
        self._limits, self._store = limits, store
        self._waiting: deque[bytes] = deque()
        self._in_flight: deque[bytes] = deque()
        self._begin = contents.begin  # number of the oldest event that is not acknowledged; never too high
        self._read = contents.begin  # memory holds what comes before this number
        self._end = contents.end
        self._holes: deque[tuple[int, int]] = deque()  # first number and size of what is missing in memory
        self._dropped = 0  # behind what is in flight
        self._count, self._octets = contents.end - contents.begin, contents.octets
        self._fetching = False
        self.lost = contents.lost
        self.on_delivery: Callable[[], None] = lambda: None
        self.on_loss: Callable[[], None] = lambda: None
        if store is not None:
            store.attach(self._deliver, self._gone)

    def __len__(self) -> int:
        """Events that no peer has acknowledged."""
        return self._count

    @property
    def waiting(self) -> int:
        """Events that are not on their way."""
        return self._count - len(self._in_flight)

    @property
    def is_loading(self) -> bool:
        """Events wait, and the next of them is being read."""
        return self._fetching and not self._waiting

    def append(self, record: bytes) -> None:
        size = len(record)
        self._make_room(1, size)
        if self._read == self._end and (self._store is None or len(self._waiting) < MOST_IN_MEMORY):
            self._waiting.append(record)
            self._read += 1
        self._end += 1
        self._count += 1
        self._octets += size
        if self._store is not None:
            self._store.append(record)

    def _make_room(self, events: int, octets: int) -> None:
        """Where the oldest are still to be read, the bounds are passed for as long as that takes."""
        limits, waiting = self._limits, self._waiting
        while self._count + events > limits.events or self._octets + octets > limits.octets:
            if not waiting:
                self._refill()
                return
            self._octets -= len(waiting.popleft())
            self._count -= 1
            self._lose(1)
            if self._in_flight:
                self._dropped += 1
            else:
                self._advance(1)

    def take_unit(self) -> list[bytes]:
        """The next records that fit into one ASDU; they are then in flight."""
        waiting = self._waiting
        unit = fitting(waiting)
        for _ in unit:
            waiting.popleft()
        self._in_flight += unit
        self._refill()
        return unit

    def acknowledge(self, count: int) -> None:
        """The oldest `count` events in flight are safe with the peer."""
        if count > len(self._in_flight):
            raise LocalProtocolError(f"{count} events acknowledged, {len(self._in_flight)} are in flight")
        for _ in range(count):
            self._octets -= len(self._in_flight.popleft())
        self._count -= count
        self._advance(count)

    def rewind(self) -> None:
        """The link is gone: what was in flight waits again, in front and in order."""
        if self._in_flight and self._dropped:  # numbers may be passed too late, never too early
            self._holes.appendleft((self._begin + len(self._in_flight), self._dropped))
            self._dropped = 0
        self._waiting.extendleft(reversed(self._in_flight))
        self._in_flight.clear()

    def clear_waiting(self) -> int:
        """Forget on purpose what is not on its way, in the store too; how many events these were. They are not lost."""
        count = self.waiting
        self._octets -= sum(map(len, self._waiting))
        self._waiting.clear()
        position, left, inside = self._begin, len(self._in_flight), deque[tuple[int, int]]()
        for first, size in self._holes:
            if first - position >= left:
                break
            left -= first - position
            position = first + size
            inside.append((first, size))
        self._holes, self._dropped = inside, self._end - position - left
        self._count, self._read = len(self._in_flight), self._end
        self._advance(0)
        return count

    def _advance(self, count: int) -> None:
        self._begin += count
        while self._holes and self._begin >= self._holes[0][0]:
            self._begin += self._holes.popleft()[1]
        if not self._in_flight:
            self._begin += self._dropped
            self._dropped = 0
        if not self._count:
            self._octets = 0  # what is gone from the store was counted, and nobody knows its size
        if self._store is not None:
            self._store.acknowledge(self._begin, self.lost)

    def _refill(self) -> None:
        if self._store is None or self._fetching or self._read == self._end or len(self._waiting) >= _FETCH_BELOW:
            return
        self._fetching = True
        self._store.fetch(self._read)

    def _deliver(self, begin: int, records: list[bytes], lost: int) -> None:
        self._fetching = False
        if begin < self._read:  # was cleared meanwhile
            begin, records = self._read, records[self._read - begin :]
        missing = begin - self._read
        if missing:
            self._holes.append((self._read, missing))
            self._count -= missing
            self._lose(lost)
        self._waiting += records
        self._read = begin + len(records)
        if missing:
            self._advance(0)
        self._make_room(0, 0)
        self._refill()
        self.on_delivery()

    def _gone(self, begin: int, count: int) -> None:
        """Counted here unless memory holds them; the store skips them when it is read."""
        self._lose(max(0, begin + count - max(begin, self._read)))

    def _lose(self, count: int) -> None:
        self.lost += count
        self.on_loss()
