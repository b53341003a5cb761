"""The event list through the data interface: newest, of a time, as it grows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from models.alarm import Category, Event, Severity
from models.wire.messages import Code
from protocols.exchange.client import RequestError
from substation.exchange.access import Right
from substation.exchange.variables import Route
from substation.variables import events as events_module
from substation.variables import past
from substation.variables.events import EventVariables
from tests.substation.history.places import PageLimit
from tests.substation.parts import START_NS, Core, core
from tests.substation.variables.door import Clients, door


def run(folder: Path, work: Callable[[Core, Clients], Awaitable[None]]) -> None:
    async def main() -> None:
        async with core(folder) as made:
            provider = EventVariables("OBR", made.events, made.history)
            async with door(folder, [Route("Events", "OBR", provider, write=Right.OPERATE)]) as clients:
                await work(made, clients)

    asyncio.run(main())


def line(made: Core, time_ns: int, text: str = "x", location: str = "OBR") -> None:
    made.events.record(Event(time_ns, time_ns, Category.PROCESS, Severity.HIGH, location, text))


async def texts(clients: Clients, condition: str = "", **options: object) -> list[object]:
    found = await clients.viewer.query("Events", "OBR", condition, **options)  # type: ignore[arg-type]
    return [each.value["text"] for each in found if isinstance(each.value, dict)]


def test_a_line_has_everything_that_people_read(tmp_path: Path) -> None:
    async def work(made: Core, clients: Clients) -> None:
        made.events.record(Event(5, 9, Category.COMMAND, Severity.LOW, "OBR1/K1", "Ada: closed"))
        (found,) = await clients.viewer.query("Events", "OBR")
        assert found.time_ns == 5
        assert found.value == {
            "sequence": 1, "time_ns": 5, "arrival_ns": 9, "category": "command", "severity": 1, "location": "OBR1/K1",
            "text": "Ada: closed",
        }  # fmt: skip

    run(tmp_path, work)


def test_the_newest_and_all_that_fit_a_condition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events_module, "PRESENT", 3)

    async def work(made: Core, clients: Clients) -> None:
        for number in range(6):
            line(made, number, str(number), "odd" if number % 2 else "even")
        assert await texts(clients) == ["3", "4", "5"]
        assert await texts(clients, 'value.location == "even"') == ["0", "2", "4"]
        assert await texts(clients, function="last", count=2) == ["4", "5"]
        found = await clients.viewer.query("Events", "OBR", function="count")
        assert found[0].value == 6

    run(tmp_path, work)


def test_lines_of_a_time_come_from_all_of_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("substation.event_list.NEWEST", 5)  # memory forgets what history keeps

    async def work(made: Core, clients: Clients) -> None:
        for number in range(40):
            line(made, START_NS + number, str(number))
        line(made, START_NS + 3, "3 late")
        assert len(made.events.newest) == 5
        await made.history.flush()
        condition = f"time >= {START_NS + 2} and time < {START_NS + 5}"
        assert await texts(clients, condition) == ["2", "3", "3 late", "4"]
        assert await texts(clients, f"time == {START_NS + 39}") == ["39"]
        assert await texts(clients, f"time < {START_NS}") == []
        assert await texts(clients, f'time >= {START_NS} and value.text like "*late"') == ["3 late"]

    run(tmp_path, work)


def test_lines_that_wait_for_a_full_disk_are_there_too(tmp_path: Path) -> None:
    async def work(made: Core, clients: Clients) -> None:
        line(made, 10, "stored")
        await made.history.flush()
        disk = PageLimit(made.history)
        disk.full()
        line(made, 11, "waits")
        assert await texts(clients, "time >= 10") == ["stored", "waits"]
        disk.free()

    run(tmp_path, work)


def test_more_than_can_be_told_is_refused_not_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past, "MOST_TOLD", 10)

    async def work(made: Core, clients: Clients) -> None:
        for number in range(11):
            line(made, number)
        assert len(await texts(clients, "time < 10")) == 10
        with pytest.raises(RequestError, match="more than 10 instances: narrow the time range"):
            await texts(clients, "time < 11")

    run(tmp_path, work)


def test_every_new_line_is_told_in_order(tmp_path: Path) -> None:
    async def work(made: Core, clients: Clients) -> None:
        line(made, 1, "old")
        async with await clients.viewer.event("Events", "OBR") as lines:
            assert [each.value["text"] for each in (await anext(lines)).instances] == ["old"]  # type: ignore[index,call-overload]
            for number in range(50):
                line(made, 100 - number, str(number))
            told: list[object] = []
            while len(told) < 50:
                notice = await anext(lines)
                assert notice.missed == 0
                told += [each.value["sequence"] for each in notice.instances]  # type: ignore[index,call-overload]
            assert told == list(range(2, 52))

    run(tmp_path, work)


def test_lines_cannot_be_written(tmp_path: Path) -> None:
    async def work(made: Core, clients: Clients) -> None:
        assert (await clients.operator.write("Events", "OBR", "x")).code is Code.NOT_ALLOWED

    run(tmp_path, work)
