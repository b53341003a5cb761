"""A control centre resets its pending events: what waits goes, on disk too; what is on its way and what comes stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocols.iec104.controlled_station.events.buffer import BufferLimits
from tests.protocols.iec104.event_store.feed import Disk, lives

FEW, MANY = 500, 12_000  # within memory, and beyond it
ON_THEIR_WAY = 44


@pytest.mark.parametrize("count", [FEW, MANY])
@pytest.mark.parametrize("acknowledged", [0, 22, 44])
def test_what_waits_goes_for_good(tmp_path: Path, count: int, acknowledged: int) -> None:
    async def main(disk: Disk) -> None:
        store = await disk.open()
        await store.fill(0, count)
        assert len(await store.take(ON_THEIR_WAY)) == ON_THEIR_WAY
        assert store.buffer.clear_waiting() == count - ON_THEIR_WAY
        assert (len(store.buffer), store.buffer.lost) == (ON_THEIR_WAY, 0)
        store.feed(count, count + 100)
        store.buffer.acknowledge(acknowledged)
        assert len(await store.take(100)) >= 100
        store.buffer.rewind()
        expected = [*range(acknowledged, ON_THEIR_WAY), *range(count, count + 100)]
        assert await store.drain() == expected
        await store.stored()
        await store.log.close()
        again = await disk.open()
        assert (len(again.buffer), again.buffer.lost) == (0, 0)

    lives(tmp_path, main)


def test_cleared_events_do_not_come_back_after_a_restart(tmp_path: Path) -> None:
    async def main(disk: Disk) -> None:
        store = await disk.open()
        await store.fill(0, MANY)
        assert store.buffer.clear_waiting() == MANY
        store.feed(MANY, MANY + 5)
        await store.stored()
        await store.log.close()
        again = await disk.open()
        assert await again.drain() == list(range(MANY, MANY + 5))

    lives(tmp_path, main)


def test_a_full_buffer_can_be_cleared(tmp_path: Path) -> None:
    async def main(disk: Disk) -> None:
        store = await disk.open(BufferLimits(1000))
        store.feed(0, 1500)
        await store.take(ON_THEIR_WAY)
        store.feed(1500, 2000)
        lost = store.buffer.lost
        assert lost
        store.buffer.clear_waiting()
        store.feed(2000, 2100)
        store.buffer.acknowledge(ON_THEIR_WAY)
        assert await store.drain() == list(range(2000, 2100))
        assert store.buffer.lost == lost

    lives(tmp_path, main)
