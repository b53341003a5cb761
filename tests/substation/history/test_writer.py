"""Group commit, and a full disk: one alarm, nothing acknowledged, nothing out of order, back when it is free."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import event

from models.errors import StorageError
from models.point import Cdc, Handle
from substation.history import writer
from substation.history.store import History
from tests.substation.history.disk import LARGE, line, opened, sample, until
from tests.substation.history.places import File, Place


def test_what_arrives_together_is_one_transaction(place: Place) -> None:
    async def main() -> None:
        commits: list[object] = []
        async with opened(place) as history:
            event.listen(history.engine.sql, "commit", commits.append)
            await asyncio.gather(*(history.append([sample(1, number)]) for number in range(500)))
            assert len(commits) == 1
            for number in range(500):
                history.append_later([sample(2, float(number))])
                history.record(line(str(number)))
            await history.flush()
            assert len(commits) == 2
            assert len(history.series(Handle(2), Cdc.MV, 0, 2**62)) == 500

    asyncio.run(main())


def test_an_event_is_committed_without_waiting_for_others(place: Place) -> None:
    async def main() -> None:
        history = History(place.engine(), group_s=60.0)
        async with asyncio.timeout(20):
            await history.append([sample(1, True)])
        history.close()

    asyncio.run(main())


def test_a_full_disk_holds_events_back_and_keeps_their_order(place: Place, quick: None) -> None:
    async def main() -> None:
        heard: list[str] = []
        lost: list[str] = []
        async with opened(place) as history:
            history.on_failure, history.on_loss = heard.append, lost.append
            disk = place.disk(history)
            await history.append([sample(1, 0, 5)])
            disk.full()
            history.record(line(LARGE))
            history.append_later([sample(2, 1.0)])
            first = history.append([sample(1, 1, 5)])
            await until(lambda: heard)
            second = history.append([sample(1, 2, 5)])
            history.append_later([sample(2, 2.0)])
            await asyncio.sleep(0.2)  # several attempts
            assert not first.done()
            assert not second.done()
            assert len(heard) == 1
            assert heard[0].startswith(f"history cannot be written: {place.full_reason}")
            disk.free()
            await asyncio.gather(first, second)
            await until(lambda: len(heard) == 2 and lost)
            assert heard[1] == ""
            assert lost == ["2 measured values and 0 lines of the event list were not kept"]
            assert [each.value for each in history.series(Handle(1), Cdc.INS, 0, 6)] == [0, 1, 2]
            assert history.newest([(Handle(1), Cdc.INS)])[Handle(1)].value == 2
            assert [each.text for _, each in history.lines()] == [LARGE]

    asyncio.run(main())


def test_a_full_disk_does_not_keep_the_unit_from_ending(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        history = History(place.engine())
        place.disk(history).full()
        event_kept = history.append([sample(1, True)])
        history.record(line(LARGE))
        with pytest.raises(StorageError, match=place.full_reason.partition(";")[0]):
            await history.flush()
        with pytest.raises(StorageError, match="the state of fdir cannot be kept"):
            await history.save_state("fdir", LARGE)
        history.close()
        assert not event_kept.done()

    asyncio.run(main())
    assert "history ends without 1 events and 1 lines" in caplog.text


def test_lines_wait_up_to_a_bound(place: Place, quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MAX_WAITING_LINES", 3)
    monkeypatch.setattr(writer, "MAX_WAITING_MEASURANDS", 4)

    async def main() -> None:
        lost: list[str] = []
        async with opened(place) as history:
            history.on_loss = lost.append
            disk = place.disk(history)
            disk.full()
            for number in range(5):
                history.record(line(LARGE, number))
            with pytest.raises(StorageError):
                await history.flush()
            disk.free()
            history.append_later([sample(1, float(number)) for number in range(6)])
            await history.flush()
            assert [each.time_ns for _, each in history.lines()] == [2, 3, 4]
            assert [each.value for each in history.series(Handle(1), Cdc.MV, 0, 2**62)] == [2.0, 3.0, 4.0, 5.0]
            assert lost == ["2 measured values and 2 lines of the event list were not kept"]

    asyncio.run(main())


@pytest.mark.parametrize("unfit", [2**70, object(), "\ud800"], ids=("too large", "no number", "no text"))
def test_a_value_that_no_database_holds_takes_no_other_along(place: Place, unfit: object) -> None:
    async def main() -> None:
        lost: list[str] = []
        async with opened(place) as history:
            history.on_loss = lost.append
            async with asyncio.timeout(20):
                await history.append([sample(1, 1), sample(2, unfit), sample(3, 3)])  # type: ignore[arg-type]
            assert set(history.newest([(Handle(number), Cdc.INS) for number in (1, 2, 3)])) == {1, 3}
            assert len(lost) == 1
            assert lost[0].startswith("history cannot hold (2, ")

    asyncio.run(main())


def test_a_locked_file_is_waited_for(tmp_path: Path, quick: None) -> None:
    async def main() -> None:
        async with opened(File(tmp_path / "h")) as history:
            other = sqlite3.connect(tmp_path / "h", isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            stored = history.append([sample(1, 1)])
            await asyncio.sleep(0.1)
            assert not stored.done()
            other.execute("COMMIT")
            other.close()
            await asyncio.wait_for(stored, 20)

    asyncio.run(main())


def test_a_state_that_cannot_be_kept_later_is_logged(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with opened(place) as history:
            history.save_state_later("x", object())  # type: ignore[arg-type]

    asyncio.run(main())
    assert "a state could not be kept" in caplog.text
