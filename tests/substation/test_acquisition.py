"""From the field into the unit: image at once, history before the acknowledgement, one line per link."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path

from models.alarm import Category, Severity
from models.point import Cdc, Dbpos, PointName, SampleBatch, Value
from models.quality import Quality, is_stale
from substation.acquisition import Acquisition
from substation.link_board import LinkBoard, LinkHealth
from tests.substation.parts import FLAG, LINKS, POSITION, POWER, START_NS, Core, core, no_records, run


def acquisition(core: Core) -> tuple[Acquisition, LinkBoard, list[LinkHealth]]:
    shown: list[LinkHealth] = []
    board = LinkBoard(LINKS, core.clock, shown.append)
    return Acquisition(core.image, core.history, core.events, board, core.clock, no_records), board, shown


def batch(core: Core, *rows: tuple[PointName, Value]) -> SampleBatch:
    made = SampleBatch()
    for name, value in rows:
        made.append(core.sample(name, value))
    return made


def test_events_are_in_the_image_at_once_and_in_history_when_acknowledged(tmp_path: Path) -> None:
    async def main() -> None:
        async with core(tmp_path) as made:
            taken, _, _ = acquisition(made)
            stored = taken.events(batch(made, (POSITION, Dbpos.OFF), (FLAG, True)))
            assert made.image.get(made.handle(POSITION)) is not None
            await stored
            assert [each.value for each in made.history.series(made.handle(FLAG), Cdc.SPS, 0, 2**62)] == [True]
            taken.measurands(batch(made, (POWER, 2.0)))
            await made.history.flush()
            assert [each.value for each in made.history.series(made.handle(POWER), Cdc.MV, 0, 2**62)] == [2.0]

    asyncio.run(main())


def test_history_ends_with_what_the_image_ends_with(tmp_path: Path) -> None:
    """An event and the loss of its link in one turn of the loop, before anybody has waited for the event's commit."""

    async def main() -> None:
        async with core(tmp_path) as made:
            taken, _, _ = acquisition(made)
            stored = taken.events(batch(made, (POSITION, Dbpos.OFF)))
            taken.link("OBR1E03", False, "reset")
            await stored
            await made.history.flush()
            newest = made.history.newest([(made.handle(POSITION), Cdc.DPC)])[made.handle(POSITION)]
            assert is_stale(newest.quality)
            assert newest == made.image.get(made.handle(POSITION))

    asyncio.run(main())


def test_a_number_that_is_none_is_never_good(tmp_path: Path) -> None:
    async def main() -> None:
        async with core(tmp_path) as made:
            taken, _, _ = acquisition(made)
            for value in (math.nan, math.inf, -math.inf):
                taken.measurands(batch(made, (POWER, value)))
                sample = made.image.get(made.handle(POWER))
                assert sample is not None
                assert Quality(sample.quality).validity is Quality.INVALID
            await made.history.flush()

    asyncio.run(main())


def test_a_link_is_told_when_it_changes_and_once_when_it_never_opens(tmp_path: Path) -> None:
    def test(core: Core) -> None:
        taken, board, shown = acquisition(core)
        taken.link("ST1", False, "refused")
        taken.link("ST1", False, "no route")
        assert core.texts() == ["link cannot be opened: refused"]
        core.clock.now_ns += 5
        taken.link("ST1", True, "")
        taken.link("ST1", True, "")
        core.clock.now_ns += 5
        taken.link("ST1", False, "reset")
        taken.link("ST1", False, "refused")
        assert core.texts()[1:] == ["link is up, complete picture received", "link lost: reset"]
        assert [(event.category, event.location) for event in core.told] == [(Category.LINK, "ST1")] * 3
        assert [event.severity for event in core.told] == [Severity.MEDIUM, Severity.INFORMATION, Severity.MEDIUM]
        assert (board.up, len(board.links)) == (0, 2)
        assert [(health.up, health.reason, health.since_ns - START_NS) for health in shown] == [
            (False, "refused", 0),
            (False, "no route", 0),
            (True, "", 5),
            (False, "reset", 10),
            (False, "refused", 10),
        ]

    run(tmp_path, test)


def test_what_is_odd_about_a_device_is_told_once_and_what_it_counts_is_kept(tmp_path: Path) -> None:
    def test(core: Core) -> None:
        taken, board, _ = acquisition(core)
        for _ in range(3):
            taken.notice("ST1", "sends type 200")
        taken.notice("OBR1E03", "sends type 200")
        for number in range(1000):
            taken.notice("ST1", f"{number} " + "x" * 1000)
        assert core.texts()[:2] == ["sends type 200"] * 2
        assert [(event.location, event.severity) for event in core.told[:2]] == [
            ("ST1", Severity.LOW),
            ("OBR1E03", Severity.LOW),
        ]
        assert len(core.told) == 301
        assert max(map(len, core.texts())) == 500
        taken.counters("ST1", {"frames": 7})
        assert board.counters == {"ST1": {"frames": 7}}

    run(tmp_path, test)


def test_resume_points_survive_a_restart(tmp_path: Path) -> None:
    async def main() -> None:
        async with core(tmp_path) as made:
            taken, _, _ = acquisition(made)
            assert taken.resume_settings("ST1") == {}
            taken.resume_points("ST1", {"entry": "01"})
            taken.resume_points("OBR1E03", {"entry": "02"})
            taken.resume_points("ST1", {"entry": "03"})
        async with core(tmp_path) as made:
            again, _, _ = acquisition(made)
            assert again.resume_settings("ST1") == {"entry": "03"}
            assert again.resume_settings("OBR1E03") == {"entry": "02"}

    asyncio.run(main())
