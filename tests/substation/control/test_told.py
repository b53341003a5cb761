"""What people are told of a command that goes nowhere: the right reason, once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from models.command import AddCause, CommandResult, Outcome
from models.point import Dbpos, PointName
from substation.control.operation import _words
from substation.control.request import Ending, GateResult, Request
from tests.substation.control.bench import PERSON, Bench, Device, bench
from tests.substation.control.world import F1, World, pos

SWITCH = "ST1/K1/E02/Q0"


def run(directory: Path, work: Callable[[Bench], Awaitable[None]]) -> None:
    async def main() -> None:
        async with bench(directory, World()) as made:
            await work(made)

    asyncio.run(main())


def test_what_has_no_remote_control_says_so_at_every_step(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        request = Request(PointName(f"{F1}/Q8", "CSWI3.Pos"), Dbpos.ON, PERSON)
        for service in (made.gate.select, made.gate.operate, made.gate.cancel):
            assert "no remote control" in (await service(request)).reason

    run(tmp_path, work)


def test_an_unknown_outcome_is_told_once(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        made.field.devices[pos(SWITCH)] = Device.SILENT
        request = Request(pos(SWITCH), Dbpos.OFF, PERSON)
        await made.gate.select(request)
        assert (await made.gate.operate(request)).ending is Ending.UNKNOWN
        assert made.texts().splitlines()[-1].count("unknown") == 1

    run(tmp_path, work)


@pytest.mark.parametrize(("reason", "unknowns"), [("no answer", 1), ("", 2)])
def test_no_cause_is_told_where_a_reason_says_more(reason: str, unknowns: int) -> None:
    words = _words(CommandResult(Outcome.UNKNOWN, AddCause.UNKNOWN, reason))
    assert str(GateResult(Ending.UNKNOWN, words)).count("unknown") == unknowns
