"""What a device answers, with every AddCause of IEC 61850-7-2, from the driver's result to the event list (S21)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from models.command import UNSENT, Action, AddCause, Command, CommandResult, Outcome
from models.control_causes import in_words
from models.point import Dbpos, PointName
from substation.control.request import Ending, Request
from tests.substation.control.bench import ACCEPTED, FDIR, Bench, bench
from tests.substation.control.world import World, pos

SWITCHES = ("ST1/K1/E02/Q0", "ST3/K1/E01/Q0")
ANSWERS = {
    "select refused": (Action.SELECT, Outcome.REFUSED, Ending.REFUSED, "the device refused"),
    "operate refused": (Action.OPERATE, Outcome.REFUSED, Ending.REFUSED, "the device refused"),
    "terminated negatively": (Action.OPERATE, Outcome.FAILED, Ending.FAILED, "the device began and failed"),
}


def answer(made: Bench, at: Action, result: CommandResult) -> None:
    """What every device says to that service; to others yes, and nothing moves."""

    async def answered(command: Command, name: PointName) -> CommandResult:
        return result if command.action is at else ACCEPTED

    made.field._answer = answered  # type: ignore[method-assign] # noqa: SLF001 - the field of a test


@pytest.mark.parametrize("name", ANSWERS)
def test_s21_every_cause_is_told_in_words_and_no_command_is_sent_twice(name: str, tmp_path: Path) -> None:
    at, outcome, ending, words = ANSWERS[name]

    async def main() -> None:
        async with bench(tmp_path, World()) as made:
            for cause in AddCause:
                made.field.commands.clear()
                made.events.clear()
                answer(made, at, CommandResult(outcome, cause, "from the wire"))
                result = await made.gate.execute(Request(pos(SWITCHES[0]), Dbpos.OFF, FDIR, why="test"))
                if outcome is Outcome.FAILED and cause is not AddCause.UNKNOWN:
                    assert result.rules == ("S21",)  # automation has failed there once: people look first
                    assert made.field.commands == []
                    continue
                assert (result.ending, result.add_cause) == (ending, cause)
                told = made.texts()
                assert words in told
                assert "from the wire" in told
                assert cause is AddCause.NONE or in_words(cause) in told
                made.gate.tally.total()  # each kind anew: floods of refusals are told as a number
                sent = [command.action for command in made.field.commands]
                assert sent.count(at) == 1
                assert sent.count(Action.OPERATE) <= 1
            assert made.field.flaws == []
            assert made.journal.open_intents == ()

    asyncio.run(main())


def test_what_never_reached_the_device_is_not_told_as_its_refusal(tmp_path: Path) -> None:
    async def main() -> None:
        async with bench(tmp_path, World()) as made:
            answer(made, Action.SELECT, CommandResult(Outcome.REFUSED, AddCause.UNKNOWN, f"the link is down; {UNSENT}"))
            await made.gate.execute(Request(pos(SWITCHES[0]), Dbpos.OFF, FDIR))
            assert f"FDIR: open {SWITCHES[0]} refused: the link is down; {UNSENT}" in made.texts()

    asyncio.run(main())


@pytest.mark.parametrize("cause", AddCause)
def test_s21_a_failure_blocks_automation_there_until_people_have_looked(cause: AddCause, tmp_path: Path) -> None:
    async def main() -> None:
        async with bench(tmp_path, World()) as made:
            answer(made, Action.OPERATE, CommandResult(Outcome.FAILED, cause, "from the wire"))
            first = await made.gate.execute(Request(pos(SWITCHES[1]), Dbpos.OFF, FDIR, why="test"))
            assert (first.ending, first.add_cause) == (Ending.FAILED, cause)
            assert cause is AddCause.NONE or in_words(cause) in made.texts()
            made.field.commands.clear()
            again = await made.gate.execute(Request(pos(SWITCHES[1]), Dbpos.OFF, FDIR, why="test"))
            assert again.rules == ("S21",)
            assert made.field.commands == []

    asyncio.run(main())
