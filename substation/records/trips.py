"""Which trip a disturbance record shows: the line of the event list, kept beside the record, found from both sides.

A record belongs to a trip of the same device, from a little before its trigger until a little after. The trip may come
later than the record (a device that buffered it), and the record later than the trip (it is fetched).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, delete, insert, select

from models.alarm import Category, Event, Severity
from models.errors import StorageError
from substation.control.database import METADATA, Database
from substation.event_list import EventList
from substation.process_events import OPERATED, TRIPPED
from substation.records.store import RecordStore
from substation.records.stored_record import StoredRecord
from substation.register import PointRegister

BEFORE_NS, AFTER_NS = 10 * 10**9, 10 * 10**9
"""A record begins before its trip, and long records are triggered again; clocks of devices are better than this."""

UNDATED_NS = 300 * 10**9
"""A record without a time of its own is looked for among the trips of the minutes before its arrival."""

TRIPS = Table(
    "disturbance_record_trips",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("event", BigInteger, nullable=False),
    Column("time_ns", BigInteger, nullable=False),
    Column("location", String, nullable=False),
    Column("text", String, nullable=False),
)
RETRY_S = 60.0
_MOST_WAITING = 1000
"""Changes that the disk has not taken; more than that many records at once have other troubles."""


class Trip(NamedTuple):
    """event: sequence in the event list. time_ns: of the field."""

    event: int
    time_ns: int
    location: str
    text: str


class RecordTrips:
    """`await open`, then `run` until cancelled. of(number): the trip of a record. changed: a record has got one."""

    def __init__(
        self, database: Database, store: RecordStore, events: EventList, register: PointRegister, known: dict[int, Trip]
    ) -> None:
        self._database, self._store, self._events = database, store, events
        self._links = _links(register)
        self._known = known
        self._waiting: deque[tuple[int, Trip | None]] = deque(maxlen=_MOST_WAITING)
        self._wake = asyncio.Event()
        self.changed: Callable[[], None] = lambda: None
        store.watch(self._stored, self._removed)
        events.subscribe(self._told)

    @classmethod
    async def open(
        cls, database: Database, store: RecordStore, events: EventList, register: PointRegister
    ) -> RecordTrips:
        """With what was known before. StorageError when the disk refuses."""
        await database.make_tables()
        trips = cls(database, store, events, register, await database.run(load))
        shown = trips._trips()
        for record in store.records if shown else ():
            if record.number not in trips._known:
                trips._find(record, shown)
        return trips

    def of(self, number: int) -> Trip | None:
        return self._known.get(number)

    async def run(self) -> None:
        """Write what was found; what the disk refuses is told, and tried again."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                try:
                    await self._write_next()
                except StorageError as error:
                    text = f"which trip a disturbance record shows cannot be stored: {error}"
                    self._events.tell(Category.SYSTEM, Severity.LOW, "records", text)
                    await asyncio.sleep(RETRY_S)

    async def _write_next(self) -> None:
        number, trip = self._waiting[0]
        await self._database.run(lambda connection: _write(connection, number, trip))
        self._waiting.popleft()

    def _trips(self) -> list[Trip]:
        return [_trip(sequence, event) for sequence, event in self._events.newest if _is_trip(event)]

    def _stored(self, record: StoredRecord) -> None:
        self._find(record, self._trips())

    def _find(self, record: StoredRecord, trips: Iterable[Trip]) -> None:
        found = [trip for trip in trips if self._fits(record, trip)]
        if found:
            self._set(record, min(found, key=lambda trip: _distance(record, trip)))

    def _told(self, sequence: int, event: Event) -> None:
        """A trip of which the record is here already."""
        if _is_trip(event):
            trip = _trip(sequence, event)
            for record in self._store.records[-_MOST_WAITING:]:
                known = self._known.get(record.number)
                if self._fits(record, trip) and (known is None or _distance(record, trip) < _distance(record, known)):
                    self._set(record, trip)

    def _fits(self, record: StoredRecord, trip: Trip) -> bool:
        if record.link not in self._links.get(trip.location, ()):
            return False
        if record.time_ns is None:
            return 0 <= record.arrival_ns - trip.time_ns <= UNDATED_NS
        return -BEFORE_NS <= trip.time_ns - record.time_ns <= AFTER_NS

    def _set(self, record: StoredRecord, trip: Trip) -> None:
        self._known[record.number] = trip
        self._later(record.number, trip)
        self.changed()

    def _removed(self, record: StoredRecord) -> None:
        if self._known.pop(record.number, None) is not None:
            self._later(record.number, None)

    def _later(self, number: int, trip: Trip | None) -> None:
        self._waiting.append((number, trip))
        self._wake.set()


def load(connection: Connection) -> dict[int, Trip]:
    """By number of the record."""
    return {number: Trip(*rest) for number, *rest in connection.execute(select(TRIPS))}


def _write(connection: Connection, number: int, trip: Trip | None) -> None:
    connection.execute(delete(TRIPS).where(TRIPS.c.number == number)).close()
    if trip is not None:
        connection.execute(insert(TRIPS).values(number=number, **trip._asdict())).close()


def _links(register: PointRegister) -> Mapping[str, frozenset[str]]:
    """Place to the links whose protection stands there."""
    found: dict[str, set[str]] = {}
    for _, spec in register.items():
        if spec.name.variable.lstrip("_").startswith("P"):
            found.setdefault(spec.name.location, set()).add(spec.link)
    return {location: frozenset(links) for location, links in found.items()}


def _is_trip(event: Event) -> bool:
    return event.category is Category.PROCESS and _says(event.text, (TRIPPED, OPERATED))


def _says(text: str, words: Iterable[str]) -> bool:
    told = text.partition(": ")[2]
    return any(told == word or told.startswith(f"{word} (") for word in words)


def _trip(sequence: int, event: Event) -> Trip:
    return Trip(sequence, event.time_ns, event.location, event.text)


def _distance(record: StoredRecord, trip: Trip) -> tuple[bool, int, int]:
    """The trip itself before the stages that led to it; then the nearest in time, the first of equal ones."""
    return not _says(trip.text, (TRIPPED,)), abs(record.made_ns - trip.time_ns), trip.event
