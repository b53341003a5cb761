"""The event list: changes make lines, over a restart too; what turned stale makes none."""

from __future__ import annotations

import asyncio
from pathlib import Path

from models.alarm import Category, Event, Severity
from models.point import Dbpos
from models.quality import STALE, Quality
from tests.substation.parts import POSITION, POWER, TRIP, Core, core, run


def test_changes_make_lines_and_repetitions_none(tmp_path: Path) -> None:
    def test(core: Core) -> None:
        core.first_picture()
        assert core.texts() == []
        for value in (True, True, False, True):
            core.put(TRIP, value)
        core.put(POWER, 5.0)
        assert core.texts() == ["PTRC1: protection trip", "PTRC1: protection trip reset", "PTRC1: protection trip"]

    run(tmp_path, test)


def test_a_lost_link_makes_no_line_per_point_and_what_changed_meanwhile_makes_one(tmp_path: Path) -> None:
    def test(core: Core) -> None:
        core.first_picture()
        core.image.invalidate_link("OBR1E03", core.clock())
        core.put(POSITION, Dbpos.OFF, STALE)
        assert core.texts() == []
        core.put(POSITION, Dbpos.ON)
        core.put(TRIP, True)
        assert core.texts() == ["PTRC1: protection trip"]

    run(tmp_path, test)


def test_what_a_device_sends_as_not_topical_is_told(tmp_path: Path) -> None:
    def test(core: Core) -> None:
        core.first_picture()
        core.put(TRIP, True, Quality.QUESTIONABLE | Quality.OLD_DATA)
        assert core.texts() == ["PTRC1: protection trip (questionable, old data)"]

    run(tmp_path, test)


def test_a_change_that_happened_while_the_unit_was_away_is_told(tmp_path: Path) -> None:
    async def main() -> None:
        async with core(tmp_path) as before:
            before.first_picture()
            position = before.sample(POSITION, Dbpos.ON, source_ns=4 * 10**18)  # a device whose clock is ahead
            await before.history.append([position, before.sample(TRIP, False)])
            await before.history.append([before.sample(POSITION, Dbpos.OFF)])
        async with core(tmp_path) as after:
            after.put(POSITION, Dbpos.OFF)  # as it was left: no event
            after.put(TRIP, True)
            assert after.texts() == ["PTRC1: protection trip"]

    asyncio.run(main())


def test_numbers_go_on_over_a_restart_and_old_lines_are_there(tmp_path: Path) -> None:
    async def main() -> None:
        async with core(tmp_path) as before:
            before.events.tell(Category.SYSTEM, Severity.LOW, "OBR", "one")
            before.events.tell(Category.SYSTEM, Severity.LOW, "OBR", "two")
            last = before.events.newest[-1][0]
        async with core(tmp_path) as after:
            after.events.tell(Category.SYSTEM, Severity.LOW, "OBR", "three")
            assert [event.text for _, event in after.events.newest] == ["one", "two", "three"]
            assert after.events.newest[-1][0] > last

    asyncio.run(main())


def test_a_subscription_ends(tmp_path: Path) -> None:
    def test(core: Core) -> None:
        heard: list[Event] = []
        end = core.events.subscribe(lambda sequence, event: heard.append(event))
        core.events.tell(Category.SYSTEM, Severity.LOW, "OBR", "one")
        end()
        core.events.tell(Category.SYSTEM, Severity.LOW, "OBR", "two")
        assert [(event.text, event.time_ns) for event in heard] == [("one", core.clock())]

    run(tmp_path, test)
