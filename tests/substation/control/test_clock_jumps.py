"""The time of day jumps by an hour: nothing is fired again, nothing expires, nothing is extended (SAFETY S21)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from models.command import Action
from models.point import Dbpos
from substation.control.request import Ending, Request
from tests.substation.control.bench import PERSON, TIMERS, bench
from tests.substation.control.world import World, pos

SWITCH = "ST1/K1/E02/Q0"
HOUR_NS = 3_600_000_000_000


@pytest.mark.parametrize("jump_ns", [HOUR_NS, -HOUR_NS])
def test_s21_a_selection_lasts_as_long_as_it_should_whatever_the_time_of_day_says(jump_ns: int, tmp_path: Path) -> None:
    async def main() -> None:
        async with bench(tmp_path, World()) as made:
            usual = made.gate._clock  # noqa: SLF001 - the unit's clock
            opens = Request(pos(SWITCH), Dbpos.OFF, PERSON, why="test")
            assert (await made.gate.select(opens)).ending is Ending.ACCEPTED
            for part in (made.gate, made.gate._wire):  # noqa: SLF001
                part._clock = lambda: usual() + jump_ns  # noqa: SLF001
            assert (await made.gate.operate(opens)).confirmed
            assert [command.action for command in made.field.commands] == [Action.SELECT, Action.OPERATE]
            closes = Request(pos(SWITCH), Dbpos.ON, PERSON, why="test")
            assert (await made.gate.select(closes)).ending is Ending.ACCEPTED
            for part in (made.gate, made.gate._wire):  # noqa: SLF001
                part._clock = usual  # noqa: SLF001
            await asyncio.sleep(TIMERS.select_timeout_s + 0.02)
            late = await made.gate.operate(closes)
            assert late.ending is Ending.REFUSED
            assert made.field.operated() == [SWITCH]

    asyncio.run(main())
