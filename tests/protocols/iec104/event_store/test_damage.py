"""Files after a power cut and after damage: everything that is readable comes back, the rest is told and counted."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from protocols.iec104.event_store.event_log import EventLog
from protocols.iec104.event_store.frames import frames
from protocols.iec104.event_store.recovery import recover
from protocols.iec104.event_store.segment_writer import Batch, SegmentWriter
from tests.protocols.iec104.event_store.feed import NO_LIMIT, START_NS, Disk, Store, lives, record

BATCH = 10


def written(folder: Path, batches: int, segment_octets: int = 1 << 20) -> list[Path]:
    """Batches of ten numbered events each."""
    folder.mkdir(exist_ok=True)
    writer = SegmentWriter(folder, recover(folder), START_NS, segment_octets)
    for first in range(0, batches * BATCH, BATCH):
        writer.write(Batch(first, [record(number) for number in range(first, first + BATCH)]))
    writer.close()
    return sorted(folder.glob("*.events"))


def read_back(folder: Path) -> tuple[list[int], Store]:
    found: list[tuple[list[int], Store]] = []

    async def main(disk: Disk) -> None:
        store = await disk.open()
        found.append((await store.drain(), store))

    lives(folder, main)
    return found[0]


def test_a_last_record_torn_at_any_octet_costs_nothing_that_was_committed(tmp_path: Path) -> None:
    [file] = written(tmp_path / "whole", 3)
    octets = file.read_bytes()
    last = [found for found in frames(octets) if found.number == BATCH][-1]
    for size in range(last.at, len(octets), 3):
        folder = tmp_path / "torn"
        folder.mkdir()
        (folder / file.name).write_bytes(octets[:size])
        recovered = recover(folder)
        whole = 3 if size >= last.end else 2
        assert (recovered.contents.begin, recovered.contents.end) == (0, whole * BATCH)
        assert bool(recovered.damage) is (size not in (last.at, last.end))
        assert recover(folder).damage == []  # what was torn is cut off, and told once
        shutil.rmtree(folder)


def test_events_go_on_after_a_torn_record(tmp_path: Path) -> None:
    [file] = written(tmp_path, 3)
    octets = file.read_bytes()
    last = [found for found in frames(octets) if found.number == BATCH][-1]
    file.write_bytes(octets[: last.at + 40])

    async def main(disk: Disk) -> None:
        store = await disk.open()
        store.feed(20, 50)
        await store.stored()
        assert await store.drain() == list(range(50))

    lives(tmp_path, main)


def test_damage_in_the_middle_costs_one_batch_which_is_told_and_counted(tmp_path: Path) -> None:
    [file] = written(tmp_path, 20)
    octets = bytearray(file.read_bytes())
    hit = [found for found in frames(bytes(octets)) if found.number == BATCH][7]
    for at in (hit.at + 1, hit.at + 14, hit.at + 33, hit.end - 1):  # magic, head, payload
        damaged = bytearray(octets)
        damaged[at] ^= 0x40
        file.write_bytes(damaged)
        numbers, store = read_back(tmp_path)
        assert numbers == [*range(70), *range(80, 200)]
        assert store.buffer.lost == BATCH
        assert any("10 events (70 to 79) are missing" in line for line in store.log.damage)
        for other in tmp_path.glob("*.events"):
            other.unlink()


def test_damage_that_comes_while_the_unit_runs_is_counted_too(tmp_path: Path) -> None:
    async def main(disk: Disk) -> None:
        store = await disk.open()
        await store.fill(0, 30_000, 500)
        file = disk.files()[0]
        octets = bytearray(file.read_bytes())
        octets[len(octets) // 2 + 1000] ^= 1
        file.write_bytes(octets)
        numbers = await store.drain()
        assert len(numbers) == 29_500
        assert numbers == sorted(numbers)
        assert store.buffer.lost == 500
        assert any("cannot be read" in text for text in store.troubles)

    lives(tmp_path, main)


def test_a_segment_that_is_gone_is_told(tmp_path: Path) -> None:
    files = written(tmp_path, 100, 3000)
    assert len(files) > 5
    files[2].unlink()
    numbers, store = read_back(tmp_path)
    assert numbers == sorted(numbers)
    assert len(numbers) + store.buffer.lost == 1000
    assert 0 < store.buffer.lost < 300
    assert any("are missing" in line for line in store.log.damage)


def test_a_truncated_segment_in_the_middle_and_an_empty_last_one(tmp_path: Path) -> None:
    files = written(tmp_path, 100, 3000)
    files[1].write_bytes(files[1].read_bytes()[:1500])
    (tmp_path / f"{len(files) + 1:010}.events").write_bytes(b"")
    numbers, store = read_back(tmp_path)
    assert numbers == sorted(numbers)
    assert len(numbers) + store.buffer.lost == 1000


def as_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def as_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def as_loop(file: Path) -> None:
    file.unlink()
    file.symlink_to(file)


@pytest.mark.parametrize("spoil", [as_folder, as_pipe, as_loop])
@pytest.mark.parametrize("which", [2, -1])
def test_what_cannot_be_read_is_set_aside_and_costs_its_own_events_alone(
    tmp_path: Path, spoil: Callable[[Path], None], which: int
) -> None:
    files = written(tmp_path, 100, 3000)
    spoil(files[which])

    async def main(disk: Disk) -> None:
        store = await disk.open()
        before = len(store.buffer)
        store.feed(1000, 1050)
        await store.stored()
        numbers = await store.drain()
        assert numbers[-50:] == list(range(1000, 1050))
        assert numbers == sorted(numbers)
        assert len(numbers) + store.buffer.lost == before + 50 > 800
        assert "cannot be read" in store.log.damage[0]
        assert f"{files[which].name} cannot be read" in store.log.damage[0]

    lives(tmp_path, main)
    [aside] = tmp_path.glob("*.unreadable")
    assert aside.name.startswith(files[which].stem)


def test_a_file_that_the_disk_cannot_read_is_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = written(tmp_path, 100, 3000)
    whole = Path.read_bytes

    def read_bytes(file: Path) -> bytes:
        if file == files[2]:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return whole(file)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    numbers, store = read_back(tmp_path)
    assert len(numbers) + store.buffer.lost == 1000
    assert "cannot be read (Input/output error)" in store.log.damage[0]


def test_an_empty_newest_file_is_told_once(tmp_path: Path) -> None:
    files = written(tmp_path, 100, 3000)
    files[-1].write_bytes(b"")
    assert recover(tmp_path).damage == [f"{files[-1].name} is empty (unfinished or damaged)"]
    assert recover(tmp_path).damage == []


def test_damage_in_many_places_is_told_in_two_lines(tmp_path: Path) -> None:
    [file] = written(tmp_path, 20)
    octets = bytearray(file.read_bytes())
    for found in [found for found in frames(bytes(octets)) if found.number == BATCH][2:18:3]:
        octets[found.end - 1] ^= 1
    file.write_bytes(octets)
    numbers, store = read_back(tmp_path)
    assert len(numbers) == 200 - 6 * BATCH == 200 - store.buffer.lost
    assert len(store.log.damage) == 2
    assert "in 6 places" in store.log.damage[0]
    assert store.log.damage[1] == "60 events (20 to 179, 6 gaps) are missing"
    assert store.troubles == []


def test_a_file_with_a_number_that_no_segment_has_is_not_ours(tmp_path: Path) -> None:
    [file] = written(tmp_path, 3)
    for name in ("9999999999999999.events", "4294967295.events"):
        shutil.copy(file, tmp_path / name)

    async def main(disk: Disk) -> None:
        store = await disk.open()
        store.feed(30, 40)
        await store.stored()
        assert await store.drain() == list(range(40))

    lives(tmp_path, main)


def test_rubbish_is_no_event(tmp_path: Path) -> None:
    tmp_path.joinpath("0000000001.events").write_bytes(bytes(range(256)) * 40 + b"\xa5EvB" * 30)
    numbers, store = read_back(tmp_path)
    assert numbers == []
    assert len(store.log.damage) == 1


def test_the_last_state_of_every_point_is_known_after_segments_are_gone(tmp_path: Path) -> None:
    async def main() -> None:
        thread = ThreadPoolExecutor(1)
        log = await EventLog.open(tmp_path, thread, lambda: START_NS, 2000)
        store = Store(log, NO_LIMIT)
        for first in range(0, 1000, 50):
            store.feed(first, first + 50)
            await store.stored()
            await store.drain()
        await log.close()
        again = await EventLog.open(tmp_path, thread, lambda: 7, 2000)
        assert sorted(again.last.values()) == sorted(record(number) for number in range(950, 1000))
        assert again.since_ns == START_NS
        await again.close()
        thread.shutdown()

    asyncio.run(main())
