"""Policies of field points [SE2]: set by the operator, attached by time of arrival, kept over a restart."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from models.policy import Policy
from models.wire import messages as m
from models.wire.messages import Code
from substation.exchange.processor import RequestProcessor
from substation.exchange.variables import RefusedError, Route
from substation.variables.points import PointVariables
from tests.substation.parts import BAY, POWER, core
from tests.substation.variables.estate import ERIK, ES3, OLGA, Clock, Estate, Heard, estate, may, someone

TARGET = ("Policy.Points", "LVGMU103")
POINT = ("MMXU1.TotW", "ST103/K1/E01")


async def let(unit: Estate, variable: str, location: str, grants: list[object] | None) -> None:
    value = {"variable": variable, "location": location, "grants": grants}
    assert (await unit.write(ERIK, *TARGET, value)).code is Code.OK  # type: ignore[arg-type]


def test_what_arrived_earlier_keeps_what_held_then(tmp_path: Path) -> None:
    clock = Clock()

    async def run() -> None:
        times = []
        async with estate(tmp_path, clock=clock) as unit:
            for grants in (None, [["ES3", "*", "r", 0]], [], None):
                if times:
                    await let(unit, "MMXU1.*", "ST103/*", grants)
                clock.go(1)
                times.append(clock())
                clock.go(1)
        async with estate(tmp_path, clock=clock) as unit:
            policies = [unit.access.ledger.of_point(*POINT, at_ns) for at_ns in times]
            assert policies == [None, may("ES3"), Policy(), None]
            assert unit.access.ledger.of_point("MMXU1.TotW", "ST104/K1", times[2]) is None
            (shown,) = await unit.read(OLGA, *TARGET)
            assert isinstance(shown.value, dict)
            assert (shown.value["location"], shown.value["set_by"]) == ("ST103/*", "Erik")

    asyncio.run(run())


def test_only_who_may_configure_there_sets_policies(tmp_path: Path) -> None:
    async def run() -> None:
        async with estate(tmp_path) as unit:
            value = {"variable": "*", "location": "ST103/*", "grants": None}
            for who in (OLGA, ES3):
                with pytest.raises(RefusedError, match="no right to configure"):
                    await unit.write(who, *TARGET, value)  # type: ignore[arg-type]
            west = someone(8, "Wim", ERIK.role, areas=("ST2*", "LVGMU103"))
            with pytest.raises(RefusedError, match=r"ST103/\* is outside the area of responsibility of Wim"):
                await unit.write(west, *TARGET, value)  # type: ignore[arg-type]
            with pytest.raises(RefusedError, match="value.grants is missing"):
                await unit.write(ERIK, *TARGET, {"variable": "*", "location": "*"})

    asyncio.run(run())


def test_points_are_told_with_the_policy_of_their_arrival(tmp_path: Path) -> None:
    async def run() -> None:
        async with core(tmp_path / "core") as made, estate(folder_of(tmp_path), clock=made.clock) as unit:  # type: ignore[arg-type]
            points = PointVariables(made.image, made.history, made.clock, unit.access.ledger.of_point)
            processor = RequestProcessor([Route("*", "*", points)], made.clock, lambda _: None, guard=unit.access.guard)
            heard = Heard()
            processor.event(ES3, m.Event(1, "MMXU1.TotW", "*"), heard, heard.notes.append)
            for value, grants in ((1.0, None), (2.0, []), (3.0, [["ES3", "*", "r", 0]])):
                await let(unit, "MMXU1.*", f"{BAY}*", grants)
                made.clock.now_ns += 10
                made.put(POWER, value)
                await made.history.append([made.sample(POWER, value)])
            assert heard.values == [1.0, 3.0]
            assert len(heard.notes) == 1
            found = await processor.query(ES3, m.Query(2, "MMXU1.TotW", BAY, "time >= 0"))
            assert [instance.value for instance in found] == [1.0, 3.0]
            found = await processor.query(OLGA, m.Query(3, "MMXU1.TotW", BAY, "time >= 0"))
            assert [instance.value for instance in found] == [1.0, 2.0, 3.0]  # it is the operator's own

    asyncio.run(run())


def folder_of(path: Path) -> Path:
    folder = path / "unit"
    folder.mkdir()
    return folder
