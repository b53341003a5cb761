"""What came while a link was down is told afterwards: once, in order, from memory or from history."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from models.alarm import Category, Event, Severity
from models.errors import StorageError
from models.point import Dbpos
from models.wire.condition import And
from models.wire.instance import Instance
from models.wire.messages import MISSED_UNKNOWN
from protocols.exchange.client import Client
from protocols.exchange.subscription import Notice, Subscription
from substation.exchange.variables import Route, Selection
from substation.variables import points as points_module
from substation.variables.events import EventVariables
from substation.variables.points import PointVariables
from tests.substation.parts import POSITION, POWER, START_NS, TRIP, Core, core
from tests.substation.variables.door import Clients, door

ALL = Selection("*", "*", And(()))


def run(folder: Path, work: Callable[[Core, Clients], Awaitable[None]]) -> None:
    async def main() -> None:
        async with core(folder) as made:
            events = EventVariables("OBR", made.events, made.history, made.clock)
            points = PointVariables(made.image, made.history, made.clock)
            async with door(folder, [Route("Events", "OBR", events), Route("*", "*", points)]) as clients:
                await work(made, clients)

    asyncio.run(main())


async def cut(client: Client, meanwhile: Callable[[], None]) -> None:
    """Break the link; it is made again after `meanwhile`."""
    assert client._socket is not None  # noqa: SLF001
    client._socket.transport.abort()  # noqa: SLF001
    async with asyncio.timeout(20):
        while client.connected:
            await asyncio.sleep(0)
        meanwhile()
        while not client.connected:
            await asyncio.sleep(0.005)


async def values(subscription: Subscription, count: int) -> list[object]:
    async with asyncio.timeout(20):
        found: list[Instance] = []
        while len(found) < count:
            notice: Notice = await anext(subscription)
            assert notice.missed == 0
            found += notice.instances
    return [each.value for each in found]


def test_events_between_two_links_come_once_and_in_order(tmp_path: Path) -> None:
    async def work(made: Core, clients: Clients) -> None:
        subscription = await clients.viewer.event("*", "OBR1/*", "value != 3", initial=False)
        for value in (1, 2):
            made.put(POSITION, Dbpos(value))
        assert await values(subscription, 2) == [1, 2]

        def meanwhile() -> None:
            for value in (2, 1, 3, 2):  # 3: the condition does not want it
                made.put(POSITION, Dbpos(value))
            made.put(TRIP, True)
            made.put(POWER, 5.0)  # a measurand: only what is present counts

        await cut(clients.viewer, meanwhile)
        made.put(POSITION, Dbpos.INTERMEDIATE)
        assert await values(subscription, 5) == [2, 1, 2, True, 0]

    run(tmp_path, work)


def test_nothing_is_told_twice_when_nothing_was_missed(tmp_path: Path) -> None:
    async def work(made: Core, clients: Clients) -> None:
        made.put(POSITION, Dbpos.ON)  # before the subscription: not its business
        subscription = await clients.viewer.event("CSWI1.Pos", "*", initial=False)
        for value in (1, 2, 0):
            await cut(clients.viewer, lambda: None)
            made.put(POSITION, Dbpos(value))
            assert await values(subscription, 1) == [value]

    run(tmp_path, work)


def test_the_event_list_goes_on_too(tmp_path: Path) -> None:
    def line(made: Core, text: str) -> None:
        made.events.record(Event(START_NS, START_NS, Category.PROCESS, Severity.LOW, "OBR", text))

    async def work(made: Core, clients: Clients) -> None:
        subscription = await clients.viewer.event("Events", "OBR", initial=False)
        line(made, "a")
        await values(subscription, 1)

        def meanwhile() -> None:
            for text in "bc":
                line(made, text)

        await cut(clients.viewer, meanwhile)
        found = await values(subscription, 2)
        assert [each["text"] for each in found if isinstance(each, dict)] == ["b", "c"]

    run(tmp_path, work)


def test_more_than_memory_holds_comes_from_history_and_the_rest_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(points_module, "MOST_REPEATED", 3)

    async def work(made: Core, clients: Clients) -> None:
        points = PointVariables(made.image, made.history, made.clock)
        points._recent.__init__(made.clock(), 3)  # type: ignore[misc]  # noqa: SLF001
        start = points.position()
        for index in range(6):
            made.clock.now_ns += 1000
            sample = made.sample(POSITION, Dbpos(index % 3), source_ns=made.clock() - 10)
            await made.history.append([sample])
            made.image.apply([sample])
        missed = await points.since(ALL, start, points.position())
        assert ([each.value for each in missed.instances], missed.count) == ([0, 1, 2], 3)
        recent = await points.since(ALL, points.position() - 2000, points.position())
        assert ([each.value for each in recent.instances], recent.count) == ([1, 2], 0)

    run(tmp_path, work)


def test_after_a_restart_history_tells_and_some_seconds_may_come_again(tmp_path: Path) -> None:
    async def before(made: Core, clients: Clients) -> None:
        for seconds in range(20):
            made.clock.now_ns = START_NS + seconds * 10**9
            await made.history.append([made.sample(POSITION, Dbpos.ON), made.sample(POWER, 1.0)])
            made.events.record(Event(made.clock(), made.clock(), Category.PROCESS, Severity.LOW, "OBR", str(seconds)))

    run(tmp_path, before)

    async def after(made: Core, clients: Clients) -> None:
        made.clock.now_ns = START_NS + 60 * 10**9
        points = PointVariables(made.image, made.history, made.clock)
        told = await points.since(ALL, START_NS + 15 * 10**9, points.position())
        assert [(each.time_ns - START_NS) // 10**9 for each in told.instances] == list(range(11, 20))
        events = EventVariables("OBR", made.events, made.history, made.clock)
        lines = await events.since(ALL, START_NS + 15 * 10**9, events.position())
        assert len(lines.instances) == 9

    run(tmp_path, after)


def test_a_history_that_cannot_be_read_leaves_it_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: object) -> None:
        raise StorageError("the disk is gone")

    async def work(made: Core, clients: Clients) -> None:
        monkeypatch.setattr(made.history, "ask", fails)
        points = PointVariables(made.image, made.history, made.clock)
        assert (await points.since(ALL, START_NS - 1, points.position())).count == MISSED_UNKNOWN

    run(tmp_path, work)
