"""A disturbance record and the trip that it shows find each other, whichever came first; a restart forgets nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from models.record import Record
from substation.control.database import Database
from substation.records.settings import RecordSettings
from substation.records.store import RecordStore
from substation.records.trips import RecordTrips, load
from tests.substation.parts import BAY, START_NS, TRIP, Core, core

S = 10**9


@asynccontextmanager
async def opened(parts: Core, folder: Path) -> AsyncIterator[tuple[RecordStore, RecordTrips, Database]]:
    database = await Database.open(folder / "control.sqlite")
    store = await RecordStore.open(database, folder / "records", RecordSettings(), parts.events, parts.clock)
    trips = await RecordTrips.open(database, store, parts.events, parts.image.register)
    running = asyncio.create_task(trips.run())
    try:
        yield store, trips, database
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await database.close()


def trip(parts: Core, time_ns: int) -> None:
    parts.put(TRIP, True, source_ns=time_ns)
    parts.put(TRIP, False, source_ns=time_ns + S)


async def stored(database: Database, number: int) -> None:
    """Until the reference is on disk."""
    async with asyncio.timeout(20):
        while number not in await database.run(load):
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("late", [False, True])
def test_record_and_trip_find_each_other(tmp_path: Path, late: bool) -> None:
    async def main() -> None:
        async with core(tmp_path) as parts:
            parts.first_picture()
            async with opened(parts, tmp_path) as (store, trips, database):
                if not late:
                    trip(parts, START_NS + 2 * S)
                kept = await store.keep("OBR1E03", Record("1", START_NS + S, b"one"))
                other = await store.keep("ST1", Record("1", START_NS + S, b"of another device"))
                if late:
                    trip(parts, START_NS + 2 * S)
                found = trips.of(kept.number)
                assert found is not None
                assert (found.time_ns, found.location, found.text) == (START_NS + 2 * S, BAY, "PTRC1: protection trip")
                assert [e.text for s, e in parts.events.newest if s == found.event] == ["PTRC1: protection trip"]
                assert trips.of(other.number) is None
                await stored(database, kept.number)
        async with core(tmp_path) as parts, opened(parts, tmp_path) as (store, trips, _):
            assert trips.of(kept.number) == found

    asyncio.run(main())


def test_the_nearest_trip_counts_and_far_ones_do_not(tmp_path: Path) -> None:
    async def main() -> None:
        async with core(tmp_path) as parts:
            parts.first_picture()
            async with opened(parts, tmp_path) as (store, trips, _):
                for at_s in (1, 6, 60):
                    trip(parts, START_NS + at_s * S)
                near = await store.keep("OBR1E03", Record("1", START_NS + 5 * S, b"one"))
                far = await store.keep("OBR1E03", Record("2", START_NS + 30 * S, b"two"))
                found = trips.of(near.number)
                assert found is not None
                assert found.time_ns == START_NS + 6 * S
                assert trips.of(far.number) is None
                parts.clock.now_ns = START_NS + 90 * S
                undated = await store.keep("OBR1E03", Record("3", None, b"three"))
                last = trips.of(undated.number)
                assert last is not None
                assert last.time_ns == START_NS + 60 * S

    asyncio.run(main())
