"""Refused commands that repeat themselves: the first are told and audited, the others as a number."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from models.point import Dbpos, PointName
from substation.control import refusal_tally
from substation.control.operation import AnyRequest
from substation.control.request import Ending, GateResult, Request
from tests.substation.control.asking import CENTRE
from tests.substation.control.bench import PERSON, Bench, bench
from tests.substation.control.world import World, pos

SWITCH, OTHER_SWITCH = "ST1/K1/E02/Q0", "ST2/K1/E02/Q0"
FLOOD = 500


def run(folder: Path, work: Callable[[Bench, list[GateResult]], Awaitable[None]]) -> None:
    async def main() -> None:
        async with bench(folder, World()) as made:
            audited: list[GateResult] = []

            def commanded(request: AnyRequest, result: GateResult) -> None:
                audited.append(result)

            made.gate.commanded = commanded
            await work(made, audited)

    asyncio.run(main())


def opens(element: str = SWITCH, who=CENTRE) -> Request:  # noqa: ANN001
    return Request(pos(element), Dbpos.OFF, who, why="test")


async def flood(made: Bench, request: Request, count: int = FLOOD) -> None:
    """`operate` without a selection: refused as S21."""
    for _ in range(count):
        assert (await made.gate.operate(request)).ending is Ending.REFUSED


def test_a_flood_is_told_as_a_number_to_people_and_to_the_audit_log(tmp_path: Path) -> None:
    async def work(made: Bench, audited: list[GateResult]) -> None:
        await flood(made, opens())
        assert len(made.events) == len(audited) == refusal_tally.TOLD_EACH
        await flood(made, opens(OTHER_SWITCH), 1)  # something else is told at once
        await flood(made, opens(who=PERSON), 1)  # as is what somebody else wants
        assert len(audited) == refusal_tally.TOLD_EACH + 2
        made.gate.tally.total()
        assert len(audited) == refusal_tally.TOLD_EACH + 3
        reason = audited[-1].reason
        assert reason.startswith(f"{FLOOD - refusal_tally.TOLD_EACH} further times in 60 s, the last: S21")
        totals = [event.text for event in made.events if reason in event.text]
        assert len(totals) == 1
        assert totals[0].startswith("centre: open ST1/K1/E02/Q0 refused: ")
        made.gate.tally.total()
        assert len(audited) == refusal_tally.TOLD_EACH + 3  # each total once

    run(tmp_path, work)


def test_the_window_ends_by_itself_and_what_comes_later_is_told_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusal_tally, "WINDOW_S", 0.02)

    async def work(made: Bench, audited: list[GateResult]) -> None:
        await flood(made, opens(), 5)
        async with asyncio.timeout(20):
            while len(audited) < refusal_tally.TOLD_EACH + 1:
                await asyncio.sleep(0.005)
        assert audited[-1].reason.startswith("2 further times")
        await flood(made, opens(), 1)
        assert len(audited) == refusal_tally.TOLD_EACH + 2

    run(tmp_path, work)


def test_many_kinds_are_counted_together(tmp_path: Path) -> None:
    async def work(made: Bench, audited: list[GateResult]) -> None:
        for number in range(100):
            await flood(made, replace(opens(), point=PointName(f"ST{number}/K1/E02/Q0", "CSWI1.Pos")), 1)
        bound = refusal_tally.MOST_KINDS + refusal_tally.TOLD_EACH
        assert len(audited) == bound
        made.gate.tally.total()
        assert len(audited) == bound + 1
        assert f"{100 - bound} further times in 60 s, commands of other kinds" in audited[-1].reason

    run(tmp_path, work)


def test_what_has_moved_is_always_told(tmp_path: Path) -> None:
    async def work(made: Bench, audited: list[GateResult]) -> None:
        for value in (Dbpos.OFF, Dbpos.ON) * 5:
            request = Request(pos(SWITCH), value, PERSON)
            await made.gate.select(request)
            await made.gate.cancel(request)
        assert len([each for each in audited if each.ending is not Ending.REFUSED]) >= 10

    run(tmp_path, work)


def test_a_centres_flood_of_commands_in_test_is_a_number_too_and_people_are_told_all_of_theirs(tmp_path: Path) -> None:
    async def work(made: Bench, audited: list[GateResult]) -> None:
        for _ in range(FLOOD):
            assert made.gate.examine(opens()).ending is Ending.ACCEPTED
        assert len(audited) == refusal_tally.TOLD_EACH
        for _ in range(5):
            made.gate.examine(opens(who=PERSON))
        assert len(audited) == refusal_tally.TOLD_EACH + 5
        made.gate.tally.total()
        assert audited[-1].reason.startswith(f"{FLOOD - refusal_tally.TOLD_EACH} further times in 60 s")

    run(tmp_path, work)
