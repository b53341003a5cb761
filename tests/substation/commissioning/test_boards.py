"""Inhibited alarms and substituted values: held, shown, kept over a restart, over in time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from models.alarm import Severity
from models.point import Dbpos, Sample
from models.quality import Quality
from substation.commissioning.inhibit_board import InhibitBoard
from substation.commissioning.inhibition import InhibitKind
from substation.commissioning.substitution_board import SubstitutionBoard
from substation.control.database import Database
from substation.grid.positions import position_of
from substation.image import Missing
from tests.substation.parts import BAY, FLAG, POSITION, POWER, TRIP, Core, core, until

Work = Callable[[Core, InhibitBoard, SubstitutionBoard], Awaitable[None]]


@asynccontextmanager
async def boards(folder: Path, made: Core) -> AsyncIterator[tuple[InhibitBoard, SubstitutionBoard, list[Sample]]]:
    database = await Database.open(folder / "control.sqlite")
    stored: list[Sample] = []
    try:
        inhibitions = await InhibitBoard.open(database, made.clock)
        made.events.inhibited = lambda name: str(inhibitions.of(name) or "")
        yield inhibitions, await SubstitutionBoard.open(database, made.image, made.clock, stored.extend), stored
    finally:
        await database.close()


def run(folder: Path, work: Work) -> None:
    async def main() -> None:
        async with core(folder) as made, boards(folder, made) as (inhibitions, substitutions, _):
            made.first_picture()
            await work(made, inhibitions, substitutions)

    asyncio.run(main())


def test_an_inhibited_alarm_is_an_event_that_says_so_and_others_stay_alarms(tmp_path: Path) -> None:
    async def work(made: Core, inhibitions: InhibitBoard, _: SubstitutionBoard) -> None:
        assert await inhibitions.place(BAY, InhibitKind.SUPPRESSED, "Ada", "test of the relay", 60) == ""
        made.put(TRIP, True)
        made.put(FLAG, True)
        quiet, loud = made.told[-2:]
        assert (quiet.severity, quiet.text) == (
            Severity.INFORMATION,
            f"PTRC1: protection trip (alarm inhibited: {BAY} suppressed by Ada: test of the relay)",
        )
        assert loud.severity is Severity.MEDIUM

    run(tmp_path, work)


def test_an_inhibition_ends_with_its_time(tmp_path: Path) -> None:
    async def work(made: Core, inhibitions: InhibitBoard, _: SubstitutionBoard) -> None:
        told: list[str] = []
        inhibitions.told = lambda place, text: told.append(text)
        await inhibitions.place(str(TRIP), InhibitKind.OUT_OF_SERVICE, "Ada", "repair", 60)
        made.clock.now_ns += 61 * 10**9
        assert inhibitions.of(TRIP) is None
        task = asyncio.create_task(inhibitions.run())
        await until(lambda: len(told) == 2)
        task.cancel()
        assert told[1] == "alarms are back, the time of Ada is over (repair)"
        made.put(TRIP, True)
        assert made.told[-1].severity is Severity.HIGH

    run(tmp_path, work)


@pytest.mark.parametrize(("reason", "for_s"), [("", 60.0), ("  ", 60.0), ("work", 0.0), ("work", 8 * 86_400.0)])
def test_nothing_is_inhibited_without_reason_or_end(tmp_path: Path, reason: str, for_s: float) -> None:
    async def work(_: Core, inhibitions: InhibitBoard, __: SubstitutionBoard) -> None:
        assert await inhibitions.place(BAY, InhibitKind.SUPPRESSED, "Ada", reason, for_s) != ""
        assert inhibitions.present == ()

    run(tmp_path, work)


def test_what_is_lifted_alarms_again(tmp_path: Path) -> None:
    async def work(made: Core, inhibitions: InhibitBoard, _: SubstitutionBoard) -> None:
        await inhibitions.place(BAY, InhibitKind.SUPPRESSED, "Ada", "work", 60)
        (placed,) = inhibitions.present
        assert await inhibitions.lift(placed.id + 1, BAY, "Bo") == f"{BAY} has no inhibition number {placed.id + 1}"
        assert await inhibitions.lift(placed.id, BAY, "Bo") == ""
        made.put(TRIP, True)
        assert made.told[-1].severity is Severity.HIGH

    run(tmp_path, work)


def test_s14_a_substituted_position_is_shown_and_is_no_position_to_act_on(tmp_path: Path) -> None:
    async def work(made: Core, _: InhibitBoard, substitutions: SubstitutionBoard) -> None:
        assert await substitutions.set(POSITION, int(Dbpos.OFF), "Ada", "indication is broken") == ""
        frozen = made.image.freeze(made.clock())
        shown = frozen.raw(POSITION)
        assert shown is not None
        assert (shown.value, shown.quality) == (Dbpos.OFF, int(Quality.SUBSTITUTED))
        assert isinstance(frozen.read(POSITION), Missing)
        assert isinstance(position_of(frozen, POSITION.location), str)
        made.put(POSITION, Dbpos.ON)  # the field goes on talking
        assert made.image.freeze(0).raw(POSITION) == shown
        assert await substitutions.remove(POSITION, "Ada") == ""
        back = made.image.freeze(made.clock()).read(POSITION)
        assert not isinstance(back, Missing)
        assert back.value is Dbpos.ON

    run(tmp_path, work)


def test_a_link_that_is_lost_meanwhile_leaves_no_good_value_behind(tmp_path: Path) -> None:
    async def work(made: Core, _: InhibitBoard, substitutions: SubstitutionBoard) -> None:
        await substitutions.set(POSITION, int(Dbpos.OFF), "Ada", "indication is broken")
        made.image.invalidate_link("OBR1E03", made.clock())
        await substitutions.remove(POSITION, "Ada")
        assert isinstance(made.image.freeze(made.clock()).read(POSITION), Missing)

    run(tmp_path, work)


@pytest.mark.parametrize(("plain", "reason"), [(0, "r"), (True, "r"), ("on", "r"), (1.5, "r"), (1, " ")])
def test_what_is_no_value_or_has_no_reason_is_not_set(tmp_path: Path, plain: object, reason: str) -> None:
    async def work(_: Core, __: InhibitBoard, substitutions: SubstitutionBoard) -> None:
        assert await substitutions.set(POSITION, plain, "Ada", reason) != ""
        assert substitutions.present == ()

    run(tmp_path, work)


def test_both_hold_over_a_restart(tmp_path: Path) -> None:
    async def work(_: Core, inhibitions: InhibitBoard, substitutions: SubstitutionBoard) -> None:
        await inhibitions.place(BAY, InhibitKind.SUPPRESSED, "Ada", "work", 60)
        await substitutions.set(POWER, 5, "Bo", "transducer is broken")

    async def again(made: Core, inhibitions: InhibitBoard, substitutions: SubstitutionBoard) -> None:
        (held,), (substituted,) = inhibitions.present, substitutions.present
        assert (held.place, held.holder, held.reason) == (BAY, "Ada", "work")
        assert (substituted.value, substituted.holder) == (5.0, "Bo")
        shown = made.image.freeze(0).raw(POWER)
        assert shown is not None
        assert (shown.value, shown.quality) == (5.0, int(Quality.SUBSTITUTED))  # the first picture does not show

    run(tmp_path, work)
    run(tmp_path, again)
