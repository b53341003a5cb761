"""Threads that many units share: few of them, each unit's work in order, nobody shut out."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path

import pytest

from models.point import Cdc, Handle, Sample
from substation.control.database import Database
from substation.history.sqlite_engine import SqliteEngine
from substation.history.store import History
from substation.storage_threads import StorageThreads

UNITS = 24


def test_a_strand_keeps_its_order_and_never_does_two_things_at_once() -> None:
    threads = StorageThreads(writers=4)
    strands = [threads.strand() for _ in range(3)]
    done: list[list[int]] = [[], [], []]
    busy = [threading.Lock() for _ in strands]

    def work(which: int, number: int) -> None:
        with busy[which]:
            done[which].append(number)

    for number in range(300):
        for which, strand in enumerate(strands):
            strand.submit(work, which, number)
    for strand in strands:
        strand.shutdown()
    assert done == [list(range(300))] * 3
    with pytest.raises(RuntimeError, match="closed"):
        strands[0].submit(work, 0, 0)
    threads.close()


def test_a_failure_is_handed_to_its_caller_and_a_slow_strand_holds_up_no_other() -> None:
    threads = StorageThreads(writers=2)
    slow, quick = threads.strand(), threads.strand()
    release = threading.Event()
    waiting = slow.submit(release.wait, 10)
    behind = slow.submit(int, "no number")
    assert quick.submit(int, "7").result(5) == 7
    assert not behind.done()
    cancelled = slow.submit(int, "8")
    assert cancelled.cancel()
    release.set()
    assert waiting.result(5) is True
    with pytest.raises(ValueError, match="no number"):
        behind.result(5)
    slow.shutdown()
    threads.close()


def test_many_units_share_few_threads_and_files(tmp_path: Path) -> None:
    """As a process with hundreds of customers' units has them: four threads, and six files open for each unit."""

    async def main() -> None:
        threads = StorageThreads()
        before, descriptors = threading.active_count(), len(os.listdir("/proc/self/fd"))
        histories = []
        for number in range(UNITS):
            engine = SqliteEngine(tmp_path / str(number) / "history.sqlite", cache_mb=1, kept=1)
            histories.append(History(engine, threads=threads))
        databases = [await Database.open(tmp_path / str(number) / "control", threads) for number in range(UNITS)]
        await asyncio.gather(
            *(history.append([Sample(Handle(1), n, 0, n, n)]) for n in range(20) for history in histories),
            *(database.run(lambda connection: connection.exec_driver_sql("SELECT 1")) for database in databases),
        )
        found = await asyncio.gather(
            *(history.ask(history.series, Handle(1), Cdc.INS, 0, 100) for history in histories)
        )
        assert all([each.value for each in samples] == list(range(20)) for samples in found)
        assert threading.active_count() - before <= 4
        assert len(os.listdir("/proc/self/fd")) - descriptors <= 6 * UNITS + 3
        assert len(asyncio.all_tasks()) == 1  # while nothing arrives, nothing runs
        for history, database in zip(histories, databases, strict=True):
            history.close()
            await database.close()
        threads.close()
        assert len(os.listdir("/proc/self/fd")) <= descriptors

    asyncio.run(main())
