"""What an earlier version kept in `urgent` and `other` is sent, remembered, and then gone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from protocols.iec104.application.asdu import CounterReading
from protocols.iec104.controlled_station.events.buffer import BufferLimits, EventBuffer
from protocols.iec104.controlled_station.events.event import Event
from protocols.iec104.controlled_station.events.records import pack
from protocols.iec104.controlled_station.group import EventClass
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.controlled_station.points import monitored
from protocols.iec104.controlled_station.settings import MAIN, GroupSettings
from protocols.iec104.event_store.event_log import EventLog
from substation.northbound.buffers import FOLDER, Buffers
from substation.storage_threads import StorageThreads
from tests.protocols.iec104.pair import SPECS, START_NS, STATION, Centre, Device, Time

STEP, FLAG = 5, 3
Life = Callable[[Device, Buffers], Awaitable[None]]


def at_ms(number: int) -> int:
    return START_NS + number * 1_000_000


async def left_behind(folder: Path, threads: StorageThreads, events: list[Event]) -> None:
    """A buffer as an earlier version ended: nothing of it is acknowledged."""
    log = await EventLog.open(folder, threads.strand(), lambda: START_NS)
    buffer = EventBuffer(BufferLimits(), log)
    for each in events:
        buffer.append(pack(each))
    await log.close()


async def earlier_version(data: Path, threads: StorageThreads) -> None:
    folder = data / FOLDER / MAIN
    await left_behind(folder / "urgent", threads, [Event(30, STATION, FLAG, True, 0, at_ms(2))])
    total = Event(37, STATION, 40, CounterReading(9), 0, at_ms(1))
    steps = [Event(35, STATION, STEP, value, 0, at_ms(value)) for value in (1, 3)]
    await left_behind(folder / "other", threads, [steps[0], total, steps[1]])


def lives(data: Path, *scenarios: Life) -> None:
    async def main() -> None:
        threads = StorageThreads(1, 1)
        await earlier_version(data, threads)
        for scenario in scenarios:
            buffers = await Buffers.open(data, [MAIN], SPECS, threads, lambda: START_NS)
            device = Device(Time())
            device.outstation = Outstation(
                monitored(SPECS), clock=device.time.utc_ns, groups=[GroupSettings()], stores=buffers.stores
            )
            try:
                await scenario(device, buffers)
            finally:
                await buffers.close()
        threads.close()

    asyncio.run(main())


async def told(device: Device, acknowledges: bool = True) -> list[tuple[int, object]]:
    """Events that a control centre hears, those that are still on the disk too."""
    waiting, centre = device.outstation.unacknowledged(), Centre(device)
    found: list[tuple[int, object]] = []
    async with asyncio.timeout(20):
        while True:
            units = [unit for unit in centre.heard if unit.cause == 3]
            found = [(item.address, item.value) for unit in units for item in unit.observations()]
            if len(found) >= waiting:
                break
            await asyncio.sleep(0.001)
            centre.exchange()
    if acknowledges:
        centre.confirm()
    centre.break_off()
    return found


def test_what_waits_is_sent_before_what_happens_from_now_on(tmp_path: Path) -> None:
    before = [(STEP, 1), (40, CounterReading(9)), (STEP, 3), (FLAG, True)]

    async def life(device: Device, buffers: Buffers) -> None:
        assert set(buffers.stores) == {(MAIN, EventClass.STATUS), (MAIN, EventClass.EARLIER)}
        device.update(STEP, 4, at_ms(4))
        assert await told(device, acknowledges=False) == [*before, (STEP, 4)]

    async def again(device: Device, buffers: Buffers) -> None:
        device.update(STEP, 4, at_ms(4))
        assert await told(device) == [*before, (STEP, 4)]

    async def last(device: Device, buffers: Buffers) -> None:
        assert set(buffers.stores) == {(MAIN, EventClass.STATUS)}
        assert [each.name for each in (tmp_path / FOLDER / MAIN).iterdir()] == ["status"]
        device.update(STEP, 4, at_ms(4))
        device.update(FLAG, True, at_ms(2))
        assert await told(device) == []

    lives(tmp_path, life, again, last)


def test_states_that_were_told_before_are_no_news_once_the_old_buffer_is_gone(tmp_path: Path) -> None:
    async def life(device: Device, buffers: Buffers) -> None:
        assert len(await told(device)) == 4

    async def unchanged(device: Device, buffers: Buffers) -> None:
        device.update(STEP, 3, at_ms(3))
        assert await told(device) == []

    async def changed(device: Device, buffers: Buffers) -> None:
        device.update(STEP, 7)
        assert await told(device) == [(STEP, 7)]

    lives(tmp_path, life, unchanged, unchanged, changed)
