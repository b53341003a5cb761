"""Points through the data interface: present values, past ones, changes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from models.point import Dbpos
from models.quality import Quality
from models.wire.messages import Code
from protocols.exchange.client import RequestError
from substation.exchange.access import Right
from substation.exchange.variables import Route
from substation.variables import past
from substation.variables.points import PointVariables
from tests.substation.parts import BAY, POSITION, POWER, TRIP, Core, core
from tests.substation.variables.door import Clients, door


def run(folder: Path, work: Callable[[Core, Clients], Awaitable[None]]) -> None:
    async def main() -> None:
        async with core(folder) as made:
            routes = [Route("*", "*", PointVariables(made.image, made.history), write=Right.OPERATE)]
            async with door(folder, routes) as clients:
                await work(made, clients)

    asyncio.run(main())


def test_present_values_by_name_and_pattern(tmp_path: Path) -> None:
    async def work(made: Core, clients: Clients) -> None:
        made.put(POSITION, Dbpos.OFF, Quality.TEST, source_ns=77)
        made.clock.now_ns += 5
        made.put(POWER, 1.5)
        (found,) = await clients.viewer.query("CSWI1.Pos", f"{BAY}/Q0")
        assert (found.value, found.time_ns, found.quality) == (1, 77, int(Quality.TEST))
        found_all = await clients.viewer.query("*", f"{BAY}*")
        assert [each.variable for each in found_all] == ["CSWI1.Pos", "MMXU1.TotW"]  # by rising time
        assert found_all[1].time_ns == made.clock()
        assert await clients.viewer.query("PTRC1.Tr", BAY) == []  # known, never received
        assert [each.value for each in await clients.viewer.query("*", "*", "value > 1.2")] == [1.5]
        with pytest.raises(RequestError, match="no device has the point OBR1/K1/E03/PTRC9.Tr"):
            await clients.viewer.query("PTRC9.Tr", BAY)

    run(tmp_path, work)


def test_past_values_from_history(tmp_path: Path) -> None:
    async def work(made: Core, clients: Clients) -> None:
        await made.history.append([made.sample(POWER, float(value), source_ns=value) for value in range(10)])
        await made.history.append([made.sample(TRIP, True, source_ns=4)])
        found = await clients.viewer.query("*", BAY, "time >= 3 and time < 6")
        assert [(each.time_ns, each.value) for each in found] == [(3, 3.0), (4, True), (4, 4.0), (5, 5.0)]
        found = await clients.viewer.query("MMXU1.TotW", BAY, "time <= 9223372036854775807", "max")
        assert [each.value for each in found] == [9.0]
        found = await clients.viewer.query("MMXU1.TotW", BAY, "time > 2", "first", 2)
        assert [each.value for each in found] == [3.0, 4.0]
        assert await clients.viewer.query("MMXU1.TotW", BAY, "time < -5") == []

    run(tmp_path, work)


def test_more_than_can_be_told_is_refused_not_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past, "MOST_TOLD", 10)

    async def work(made: Core, clients: Clients) -> None:
        await made.history.append([made.sample(POWER, float(value), source_ns=value) for value in range(6)])
        await made.history.append([made.sample(TRIP, True, source_ns=value) for value in range(6)])
        assert len(await clients.viewer.query("*", BAY, "time < 5")) == 10
        with pytest.raises(RequestError, match="more than 10 instances: narrow the time range") as caught:
            await clients.viewer.query("*", BAY, "time < 6")
        assert caught.value.code is Code.OVERLOADED

    run(tmp_path, work)


def test_changes_are_told_events_each_and_measurands_the_latest(tmp_path: Path) -> None:
    async def work(made: Core, clients: Clients) -> None:
        made.put(TRIP, False)
        trips = await clients.viewer.event("PTRC1.Tr", "*")
        powers = await clients.viewer.event("MMXU1.TotW", "*", initial=False)
        good = await clients.viewer.event("CSWI1.Pos", "*", "quality == good", initial=False)
        assert [each.value for each in (await anext(trips)).instances] == [False]
        for value in (True, False, True):
            made.put(TRIP, value)
            made.put(POWER, float(value))
        values: list[object] = []
        while len(values) < 3:
            values += [each.value for each in (await anext(trips)).instances]
        assert values == [True, False, True]
        assert [each.value for each in (await anext(powers)).instances] == [1.0]
        made.put(POSITION, Dbpos.OFF, Quality.INVALID)
        made.put(POSITION, Dbpos.ON)
        assert [each.value for each in (await anext(good)).instances] == [2]
        await trips.close()
        made.put(TRIP, False)

    run(tmp_path, work)


def test_a_lost_link_is_told_to_subscribers(tmp_path: Path) -> None:
    async def work(made: Core, clients: Clients) -> None:
        made.put(POSITION, Dbpos.ON)
        lost = await clients.viewer.event("*", "*", "quality == invalid and quality.old_data", initial=False)
        made.image.invalidate_link("OBR1E03", made.clock())
        assert [each.variable for each in (await anext(lost)).instances] == ["CSWI1.Pos"]

    run(tmp_path, work)


def test_measured_points_cannot_be_written(tmp_path: Path) -> None:
    async def work(made: Core, clients: Clients) -> None:
        answer = await clients.operator.write("PTRC1.Tr", BAY, True)
        assert (answer.code, "is measured" in answer.text) == (Code.NOT_ALLOWED, True)

    run(tmp_path, work)
