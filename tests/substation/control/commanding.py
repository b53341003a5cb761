"""What the tests of the gate command, and how they run: a bench of their own each, and a field that kept the rules."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from models.command import Action
from models.point import Dbpos
from substation.control.operation import GateTimers
from substation.control.request import Request
from tests.substation.control.bench import PERSON, TIMERS, Bench, bench
from tests.substation.control.world import World, pos

SWITCH = "ST1/K1/E02/Q0"

Work = Callable[[Bench], Awaitable[None]]


def run(directory: Path, work: Work, world: World | None = None, timers: GateTimers = TIMERS) -> None:
    async def main() -> None:
        async with bench(directory, world or World(), timers) as made:
            await work(made)
            assert made.field.flaws == []

    asyncio.run(main())


def opens(element: str = SWITCH, who=PERSON) -> Request:  # noqa: ANN001
    return Request(pos(element), Dbpos.OFF, who, why="test")


def closes(element: str, who=PERSON) -> Request:  # noqa: ANN001
    return Request(pos(element), Dbpos.ON, who, why="test")


def actions(made: Bench) -> list[Action]:
    return [command.action for command in made.field.commands]
