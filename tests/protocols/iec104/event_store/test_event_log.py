"""The buffer on disk over several lives: order, acknowledgements, segments, bounds, a disk that refuses."""

from __future__ import annotations

import asyncio
import errno
import os
import tracemalloc
from pathlib import Path

import pytest

from models.errors import StorageError
from protocols.iec104.controlled_station.events.buffer import MOST_IN_MEMORY, BufferLimits
from protocols.iec104.event_store import event_log
from protocols.iec104.event_store.event_log import EventLog
from tests.protocols.iec104.event_store.feed import Disk, lives


def test_events_wait_over_a_restart_in_order_and_those_in_flight_come_again(tmp_path: Path) -> None:
    async def main(disk: Disk) -> None:
        store = await disk.open()
        store.feed(0, 500)
        await store.stored()
        assert await store.take(200) == list(range(220))  # ten units of 22
        store.buffer.acknowledge(100)
        await store.log.close()
        again = await disk.open()
        assert len(again.buffer) == 400
        again.feed(500, 510)
        assert await again.drain() == list(range(100, 510))
        await again.log.close()
        assert len((await disk.open()).buffer) == 0

    lives(tmp_path, main)


def test_a_break_sends_again_what_was_not_acknowledged(tmp_path: Path) -> None:
    async def main(disk: Disk) -> None:
        store = await disk.open()
        store.feed(0, 20_000)
        sent = await store.take(15_000)
        store.buffer.acknowledge(5000)
        store.buffer.rewind()
        assert await store.drain() == list(range(5000, 20_000))
        assert sent == list(range(len(sent)))

    lives(tmp_path, main)


def test_memory_holds_the_head_alone_however_long_a_control_centre_is_away(tmp_path: Path) -> None:
    async def main(disk: Disk) -> None:
        store = await disk.open()
        tracemalloc.start()
        await store.fill(0, 50_000)
        used, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert used < 1_500_000  # 50,000 records would be 3 MB
        await store.fill(50_000, 200_000)
        assert len(store.buffer) == 200_000
        assert await store.drain() == list(range(200_000))
        await store.log.close()
        again = await disk.open()
        again.feed(0, 1)
        await again.stored()
        assert len(disk.files()) == 1  # what is acknowledged is removed

    lives(tmp_path, main)


def test_segments_go_as_they_are_acknowledged(tmp_path: Path) -> None:
    async def main(disk: Disk) -> None:
        store = await disk.open()
        await store.fill(0, 10_000, 500)
        before = len(disk.files())
        assert before >= 7
        taken = await store.take(5000)
        store.buffer.acknowledge(len(taken))
        store.feed(10_000, 10_001)
        await store.stored()
        assert len(disk.files()) <= before / 2 + 2
        store.buffer.rewind()
        await store.log.close()
        assert await (await disk.open()).drain() == list(range(len(taken), 10_001))

    lives(tmp_path, main, 20_000)


def test_an_acknowledgement_is_kept_though_no_event_follows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_log, "ACKNOWLEDGED_S", 0.01)

    async def main(disk: Disk) -> None:
        store = await disk.open()
        store.feed(0, 10)
        await store.stored()
        size = disk.files()[0].stat().st_size
        await store.drain()
        async with asyncio.timeout(20):
            while disk.files()[0].stat().st_size == size:
                await asyncio.sleep(0.005)
        assert len((await disk.open()).buffer) == 0  # no close: as after a kill

    lives(tmp_path, main)


def test_a_full_buffer_drops_the_oldest_and_remembers_how_many(tmp_path: Path) -> None:
    async def main(disk: Disk) -> None:
        limits = BufferLimits(1000)
        store = await disk.open(limits)
        store.feed(0, 1500)
        await store.stored()
        assert (len(store.buffer), store.buffer.lost) == (1000, 500)
        await store.log.close()
        again = await disk.open(limits)
        assert (len(again.buffer), again.buffer.lost) == (1000, 500)
        again.feed(1500, 1700)
        assert await again.drain() == list(range(again.buffer.lost, 1700))
        assert again.buffer.lost == 700

    lives(tmp_path, main)


def test_octets_are_bounded_too_also_of_what_is_on_disk_alone(tmp_path: Path) -> None:
    async def main(disk: Disk) -> None:
        store = await disk.open(BufferLimits(10_000_000, 18 * 12_000))
        await store.fill(0, 30_000, 500)
        assert 12_000 <= len(store.buffer) <= 12_000 + MOST_IN_MEMORY
        lost = store.buffer.lost
        assert await store.drain() == list(range(lost, 30_000))

    lives(tmp_path, main)


def test_what_is_in_flight_is_not_dropped_and_its_acknowledgement_passes_the_gap(tmp_path: Path) -> None:
    async def main(disk: Disk) -> None:
        limits = BufferLimits(100)
        store = await disk.open(limits)
        store.feed(0, 100)
        taken = await store.take(20)
        store.feed(100, 150)
        store.buffer.acknowledge(len(taken))
        rest = await store.drain()
        assert taken + rest == [*range(len(taken)), *range(len(taken) + 50, 150)]
        assert store.buffer.lost == 50
        await store.log.close()
        assert len((await disk.open(limits)).buffer) == 0

    lives(tmp_path, main)


class FullDisk:
    """While it is full, os.write takes seven octets, and then none."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.full, self._write = False, os.write
        monkeypatch.setattr(os, "write", self.write)

    def write(self, handle: int, octets: memoryview) -> int:
        if not self.full:
            return self._write(handle, octets)
        self._write(handle, octets[:7])
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_keeps_events_in_memory_and_recovers_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_log, "RETRY_S", 0.02)

    async def main(disk: Disk) -> None:
        full = FullDisk(monkeypatch)
        store = await disk.open()
        store.feed(0, 100)
        await store.stored()
        full.full = True
        store.feed(100, 200)
        waiting = store.log.stored()
        assert waiting is not None
        await _until(lambda: bool(store.troubles))
        assert "No space left" in store.troubles[0]
        assert not waiting.done()
        assert await store.take(200) == list(range(200))  # the control centre is served all the same
        store.buffer.rewind()
        full.full = False
        await asyncio.wait_for(waiting, 20)
        assert [bool(text) for text in store.troubles] == [True, False]
        await store.log.close()
        again = await disk.open()
        assert again.log.damage == ()
        assert await again.drain() == list(range(200))

    lives(tmp_path, main)


def test_a_disk_that_stays_full_costs_bounded_memory_and_a_counted_loss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_log, "RETRY_S", 0.02)
    monkeypatch.setattr(event_log, "MOST_UNWRITTEN", 10_000)

    async def main(disk: Disk) -> None:
        full = FullDisk(monkeypatch)
        store = await disk.open()
        store.feed(0, 9000)
        await store.stored()
        full.full = True
        store.feed(9000, 9001)
        await _until(lambda: bool(store.troubles))
        store.feed(9001, 30_000)
        full.full = False
        await store.stored()
        lost = store.buffer.lost
        assert 10_000 <= lost <= 13_000
        expected = [*range(9000), *range(9000 + lost, 30_000)]
        assert await store.drain() == expected
        assert store.buffer.lost == lost
        await store.log.close()
        assert (await disk.open()).buffer.lost == lost

    lives(tmp_path, main)


async def _until(condition: object) -> None:
    assert callable(condition)
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.002)


def test_a_folder_that_cannot_be_used_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="ascii")

    async def main(disk: Disk) -> None:
        with pytest.raises(StorageError, match="correct 'data'"):
            await EventLog.open(disk.folder, disk.thread, lambda: 0)

    lives(tmp_path / "file" / "folder", main)


def test_who_no_longer_waits_for_the_disk_takes_the_word_from_nobody_else(tmp_path: Path) -> None:
    """Two links had events in the same group; the one that breaks must not end what the other waits for."""

    async def main(disk: Disk) -> None:
        store = await disk.open()
        store.feed(0, 10)
        broken, other = store.log.stored(), store.log.stored()
        assert broken is not None
        assert other is not None
        broken.cancel()
        await asyncio.wait_for(other, 20)

    lives(tmp_path, main)
