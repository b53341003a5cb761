"""The history file: handles for ever, every event kept, questions about the past answered in order."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest

from models.errors import StorageError
from models.point import Cdc, Dbpos, Handle, PointName, PointSpec
from models.quality import Quality
from substation.history.store import History
from tests.substation.history.disk import is_nan, line, opened, sample
from tests.substation.history.places import Place


def spec(variable: str, cdc: Cdc = Cdc.SPS) -> PointSpec:
    return PointSpec(PointName("ST1", variable), cdc, "ST1")


def test_handles_persist_and_are_never_reused(place: Place) -> None:
    history = History(place.engine())
    assert [handle for handle, _ in history.handles([spec("a"), spec("b"), spec("c")])] == [1, 2, 3]
    history.close()
    history = History(place.engine())
    assert [handle for handle, _ in history.handles([spec("c"), spec("d")])] == [3, 4]
    with history.engine.writing() as connection:  # somebody clears what is not in the SCD any more
        connection.exec_driver_sql("DELETE FROM point WHERE variable = 'd'")
    history.close()
    history = History(place.engine())
    assert [handle for handle, _ in history.handles([spec("a"), spec("e")])] == [1, 5]
    history.close()


def test_two_events_of_one_millisecond_are_both_kept_in_order(place: Place) -> None:
    async def main() -> None:
        async with opened(place) as history:
            await history.append([sample(1, True, 5), sample(1, False, 5), sample(2, True, 5)])
            await history.append([sample(1, True, 5)])
            values = [each.value for each in history.series(Handle(1), Cdc.SPS, 0, 6)]
            assert values == [True, False, True]
        async with opened(place) as history:
            await history.append([sample(1, False, 5)])
            values = [each.value for each in history.series(Handle(1), Cdc.SPS, 0, 6)]
            assert values == [True, False, True, False]

    asyncio.run(main())


def test_a_series_is_ordered_by_source_time_and_cut_by_its_bounds(place: Place) -> None:
    async def main() -> None:
        async with opened(place) as history:
            await history.append([sample(1, 3, 30), sample(1, 1, 10), sample(1, 2, 20), sample(1, 4, None, 40)])
            found = history.series(Handle(1), Cdc.INS, 10, 30)
            assert [each.value for each in found] == [1, 2]
            assert [each.value for each in history.series(Handle(1), Cdc.INS, 0, 100, limit=3)] == [1, 2, 3]
            last = history.series(Handle(1), Cdc.INS, 40, 41)
            assert [(each.source_time_ns, each.arrival_time_ns) for each in last] == [(None, 40)]
            assert history.series(Handle(1), Cdc.INS, -(10**30), 10**30)[0].value == 1
            assert history.series(Handle(2), Cdc.INS, 0, 100) == []

    asyncio.run(main())


def test_newest_is_what_arrived_last_whatever_its_clock_says(place: Place) -> None:
    points = [(Handle(1), Cdc.DPC), (Handle(2), Cdc.SPS), (Handle(3), Cdc.SPS)]

    async def main() -> None:
        async with opened(place) as history:
            ahead = sample(1, Dbpos.ON, source_ns=4 * 10**18)
            await history.append([ahead, sample(1, Dbpos.OFF, source_ns=None, arrival_ns=10**18), sample(2, True)])
            history.append_later([sample(1, Dbpos.BAD)])
        async with opened(place) as history:
            newest = history.newest(points)
            assert newest[Handle(1)].value is Dbpos.BAD
            assert newest[Handle(2)].value is True
            assert Handle(3) not in newest
            await history.append([sample(1, Dbpos.OFF)])
            assert history.newest(points[:1])[Handle(1)].value is Dbpos.OFF

    asyncio.run(main())


def test_every_kind_of_value_comes_back_as_it_was(place: Place) -> None:
    kept = {
        Cdc.SPS: True, Cdc.ACT: False, Cdc.DPC: Dbpos.INTERMEDIATE, Cdc.INS: -(2**62) - 1, Cdc.ENS: 9, Cdc.MV: 5.0,
    }  # fmt: skip

    async def main() -> None:
        async with opened(place) as history:
            await history.append([sample(number, value) for number, value in enumerate(kept.values(), 1)])
            await history.append([sample(9, float("nan")), sample(10, float("inf"))])
            for number, (cdc, value) in enumerate(kept.items(), 1):
                (found,) = history.series(Handle(number), cdc, 0, 2**62)
                assert (type(found.value), found.value) == (type(value), value)
            assert is_nan(history.series(Handle(9), Cdc.MV, 0, 2**62)[0].value)
            assert history.series(Handle(10), Cdc.MV, 0, 2**62)[0].value == float("inf")

    asyncio.run(main())


def test_what_was_stored_under_another_class_comes_back_invalid(place: Place) -> None:
    async def main() -> None:
        async with opened(place) as history:
            await history.append([sample(1, 7), sample(2, float("nan"))])
            newest = history.newest([(Handle(1), Cdc.DPC), (Handle(2), Cdc.INS)])
            assert newest[Handle(1)].value is Dbpos.BAD
            for each in newest.values():
                assert Quality(each.quality) == Quality.INVALID | Quality.INCONSISTENT

    asyncio.run(main())


def test_lines_are_numbered_for_ever_and_found_by_time(place: Place) -> None:
    async def main() -> None:
        async with opened(place) as history:
            assert [history.record(line(str(number), number)) for number in (30, 10, 20)] == [1, 2, 3]
        async with opened(place) as history:
            late = history.record(line("late", 15))
            assert late > 100_000  # lines 4 and on may have been told before a crash, and not kept
            await history.flush()
            assert [event.text for _, event in history.lines()] == ["30", "10", "20", "late"]
            assert [sequence for sequence, _ in history.lines(2)] == [3, late]
            assert [event.text for _, event in history.lines(start_ns=10, end_ns=30)] == ["10", "late", "20"]
            assert [event.text for _, event in history.lines(2, start_ns=10)] == ["20", "30"]
            assert history.lines(start_ns=31) == []
            assert history.lines(end_ns=10**40)[-1][1].text == "30"
            assert history.lines()[0][1] == line("30", 30)

    asyncio.run(main())


def test_lines_of_a_time_are_found_by_an_index(tmp_path: Path) -> None:
    path = tmp_path / "h"
    History(path).close()
    with sqlite3.connect(path) as connection:
        query = "SELECT * FROM event_line WHERE time_ns >= 1 AND time_ns < 2 ORDER BY time_ns DESC, sequence DESC"
        plan = " ".join(str(row) for row in connection.execute(f"EXPLAIN QUERY PLAN {query}"))
    connection.close()
    assert "USING INDEX" in plan
    assert "TEMP B-TREE FOR ORDER BY" not in plan


def test_a_file_of_an_earlier_version_gets_the_index(tmp_path: Path) -> None:
    path = tmp_path / "h"
    History(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("DROP INDEX ix_event_line_time_ns")
    connection.close()
    History(path).close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name LIKE 'ix_%'").fetchone() == (1,)
    connection.close()


def test_states_survive(place: Place) -> None:
    async def main() -> None:
        async with opened(place) as history:
            assert history.load_state("fdir") is None
            await history.save_state("fdir", {"a": [1, 2.5, None, True, "ü"]})
            history.save_state_later("later", 1)
            history.save_state_later("later", 2)
        async with opened(place) as history:
            assert history.load_state("fdir") == {"a": [1, 2.5, None, True, "ü"]}
            assert history.load_state("later") == 2

    asyncio.run(main())


def test_what_is_no_database_is_said_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite"
    file.write_bytes(b"this is not a database at all" * 100)
    with pytest.raises(StorageError, match=r"history\.sqlite: file is not a database; the file is damaged") as caught:
        History(file)
    assert "\n" not in str(caught.value)
    with pytest.raises(StorageError, match="check the disk and the file's rights"):
        History(file / "below")


def test_questions_of_people_keep_nobody_else_waiting(place: Place) -> None:
    release = threading.Event()

    async def main() -> None:
        async with opened(place) as history:
            questions = [asyncio.ensure_future(history.ask(release.wait, 10)) for _ in range(10)]
            async with asyncio.timeout(20):
                await history.append([sample(1, True)])
                await asyncio.gather(*(asyncio.to_thread(int) for _ in range(4)))
            release.set()
            assert await asyncio.gather(*questions) == [True] * 10

    asyncio.run(main())
