"""Trips of feeders that nobody has explained (SAFETY S10): nobody closes onto them until somebody has.

A trip is explained by an order that located its fault, by the breaker closing again (its recloser, or somebody who was
allowed to), or by a person who has examined the protection and says so. Kept on disk, so that a restart forgets none.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import BigInteger, Boolean, Column, Connection, String, Table, delete, insert, select

from models.command import Originator
from models.driver import Clock
from models.errors import StorageError
from models.network.elements import Feeder
from models.point import Dbpos, Handle, PointName, Sample
from substation.control.database import METADATA, Database
from substation.control.request import is_automatic
from substation.register import PointRegister

log = logging.getLogger(__name__)

TRIP = "PTRC1.Tr"
RETRY_S = 10.0

TRIPS = Table(
    "unexplained_trips",
    METADATA,
    Column("feeder", String, primary_key=True),
    Column("tripped_ns", BigInteger, nullable=False),
    Column("opened", Boolean, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Trip:
    """opened: the breaker has been seen open since."""

    feeder: str
    tripped_ns: int
    opened: bool = False

    def __str__(self) -> str:
        moment = datetime.fromtimestamp(self.tripped_ns // 1_000_000_000, UTC)
        return f"{self.feeder} tripped at {moment:%Y-%m-%d %H:%M:%S} UTC and nobody has found out why"


class TripBoard:
    """Subscribe `take` to the image, and let `run` write. `changed` is called after every change."""

    def __init__(self, database: Database, feeders: Collection[Feeder], register: PointRegister, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self.changed: Callable[[], None] = lambda: None
        self._trips: dict[str, Trip] = {}
        self._breakers = {each.breaker: each.id for each in feeders}
        self._trip_of = _handles({each.id: PointName(each.id, TRIP) for each in feeders}, register)
        positions = {each.id: register.position_of(each.breaker) for each in feeders}
        breaker_of = _handles({bay: name for bay, name in positions.items() if name is not None}, register)
        self._bay_of = breaker_of | self._trip_of
        self._raised: dict[str, bool] = {}
        self._closed: dict[str, bool] = {}
        self._unwritten = asyncio.Event()

    @classmethod
    async def open(
        cls, database: Database, feeders: Collection[Feeder], register: PointRegister, clock: Clock
    ) -> TripBoard:
        board = cls(database, feeders, register, clock)
        await database.make_tables()
        board._trips = {trip.feeder: trip for trip in await database.run(_load)}
        return board

    @property
    def trips(self) -> tuple[Trip, ...]:
        return tuple(self._trips.values())

    def unexplained(self, located: Collection[str]) -> Mapping[str, str]:
        """By feeder, in words. located: breakers whose trip an order with a located fault explains."""
        breakers = {bay: breaker for breaker, bay in self._breakers.items()}
        return {bay: str(trip) for bay, trip in self._trips.items() if breakers.get(bay) not in located}

    def take(self, samples: list[Sample]) -> None:
        """Listener of the image: trips come, breakers open and close. Doubtful positions explain nothing."""
        for sample in samples:
            bay = self._bay_of.get(sample.handle)
            if bay is None:
                continue
            if sample.handle in self._trip_of:
                self._trip(bay, bool(sample.value), sample)
            else:
                self._position(bay, sample)

    def _trip(self, bay: str, raised: bool, sample: Sample) -> None:
        """A rising edge; the first reading after a start is one while the breaker is not seen closed."""
        before = self._raised.get(bay, self._closed.get(bay, False))
        self._raised[bay] = raised
        if raised and not before:
            self._keep(Trip(bay, sample.source_time_ns or self._clock(), self._closed.get(bay) is False))

    def _position(self, bay: str, sample: Sample) -> None:
        if sample.quality or sample.value not in (Dbpos.ON, Dbpos.OFF):
            return
        closed = self._closed[bay] = sample.value == Dbpos.ON
        trip = self._trips.get(bay)
        if trip is None:
            return
        if closed and trip.opened:
            self._forget([bay])
        elif not closed and not trip.opened:
            self._keep(Trip(bay, trip.tripped_ns, True))

    def explained(self, breakers: Collection[str]) -> None:
        """The faults that made these breakers trip have been found and repaired."""
        self._forget([self._breakers[each] for each in breakers if each in self._breakers])

    async def examined(self, feeder: str, who: Originator) -> str:
        """A person has examined the trip; '' when done and on disk, else why not."""
        if is_automatic(who):
            return "S10: only a person examines a trip"
        if feeder not in self._trips:
            return f"{feeder} has no trip that is to be explained"
        rest = tuple(trip for trip in self.trips if trip.feeder != feeder)
        await self._database.run(partial(_replace, trips=rest))
        self._forget([feeder])
        return ""

    def _keep(self, trip: Trip) -> None:
        self._trips[trip.feeder] = trip
        self._unwritten.set()
        self.changed()

    def _forget(self, feeders: Collection[str]) -> None:
        known = [each for each in feeders if self._trips.pop(each, None) is not None]
        if known:
            self._unwritten.set()
            self.changed()

    async def run(self) -> None:
        """Writes what has changed, until cancelled; what the disk refuses is tried again and holds in memory."""
        while True:
            await self._unwritten.wait()
            self._unwritten.clear()
            try:
                await self._database.run(partial(_replace, trips=self.trips))
            except StorageError as error:
                log.error("S10: unexplained trips are not on the disk: %s; tried again", error)
                self._unwritten.set()
                await asyncio.sleep(RETRY_S)


def _handles(names: Mapping[str, PointName], register: PointRegister) -> dict[Handle, str]:
    found = {register.handle(name): bay for bay, name in names.items()}
    return {handle: bay for handle, bay in found.items() if handle is not None}


def _load(connection: Connection) -> list[Trip]:
    return [Trip(row.feeder, row.tripped_ns, row.opened) for row in connection.execute(select(TRIPS))]


def _replace(connection: Connection, trips: tuple[Trip, ...]) -> None:
    connection.execute(delete(TRIPS)).close()
    if trips:
        rows = [{"feeder": each.feeder, "tripped_ns": each.tripped_ns, "opened": each.opened} for each in trips]
        connection.execute(insert(TRIPS), rows).close()
