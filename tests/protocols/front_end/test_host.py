"""The front end from inside: its Host on a real socket, drivers that misbehave, a server played by hand."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest

from models.command import Action, Command, CommandResult, Originator, OriginatorCategory, Outcome
from models.driver import Sink
from models.errors import ConfigError, LinkError
from models.front_end import (
    Committed,
    Events,
    Execute,
    Executed,
    LinkCounters,
    LinkNotice,
    LinkState,
    Measurands,
    ResumePoints,
)
from models.point import Handle
from protocols.front_end import host, keeper
from tests.protocols.front_end.unit_server import Peer, TestDriver, batch, configure, forever, hosted

ADA = Originator(OriginatorCategory.STATION_CONTROL, "Ada")


def order(handle: int, number: int = 1) -> Execute:
    return Execute(Command(number, Handle(handle), Action.OPERATE, True, ADA, 1))


async def until(peer: Peer, wanted: Callable[[object], bool]) -> list[object]:
    """Everything up to the message that is wanted."""
    seen: list[object] = []
    while not seen or not wanted(seen[-1]):
        seen.append(await peer.next())
    return seen


def test_links_come_up_and_commands_reach_their_driver(tmp_path: Path) -> None:
    drivers = {"A": TestDriver(forever), "B": TestDriver(forever)}
    drivers["B"].answer = lambda command: CommandResult(Outcome.REFUSED, reason="B says no")

    async def main() -> None:
        async with hosted(tmp_path, dict(drivers)) as (peer, _):
            peer.send(configure("A", "B"))
            assert {await peer.next(), await peer.next()} == {LinkState("A", True, ""), LinkState("B", True, "")}
            peer.send(order(1, 7))
            assert await peer.next() == Executed(7, Action.OPERATE, CommandResult(Outcome.ACCEPTED))
            peer.send(order(11, 8), order(99, 9))
            answers = [await peer.next(), await peer.next()]
            assert [answer.result.reason for answer in answers] == [
                "B says no",
                "this front end has no point with handle 99",
            ]

    asyncio.run(main())


def test_a_link_that_cannot_be_built_leaves_the_others_alone(tmp_path: Path) -> None:
    drivers = {
        "A": ConfigError("scd.xml", 5, "k is 'x'", "write a number"),
        "B": ZeroDivisionError("oops"),
        "C": TestDriver(forever),
    }

    async def main() -> None:
        async with hosted(tmp_path, drivers) as (peer, _):
            peer.send(configure("A", "B", "C"))
            states = [await peer.next() for _ in range(3)]
            assert LinkState("A", False, "scd.xml:5: k is 'x'; write a number") in states
            assert LinkState("B", False, "defect in the driver: ZeroDivisionError: oops") in states
            assert LinkState("C", True, "") in states

    asyncio.run(main())


def test_a_driver_that_breaks_over_a_command_leaves_its_outcome_unknown(tmp_path: Path) -> None:
    driver = TestDriver(forever)

    def break_down(command: Command) -> CommandResult:
        raise KeyError("oops")

    driver.answer = break_down

    async def main() -> None:
        async with hosted(tmp_path, {"A": driver}) as (peer, running):
            peer.send(configure("A"))
            await peer.next()
            peer.send(order(1))
            answer = await peer.next()
            assert isinstance(answer, Executed)
            assert answer.result.outcome is Outcome.UNKNOWN
            assert "defect in the driver: KeyError" in answer.result.reason
            assert not running.done()

    asyncio.run(main())


def test_a_link_that_breaks_is_told_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "FIRST_PAUSE_S", 0.01)
    lives = iter((LinkError("no route"), LinkError("no route"), ZeroDivisionError("defect"), None))

    async def work(sink: Sink) -> None:
        error = next(lives)
        if error is not None:
            raise error
        await forever(sink)

    async def main() -> None:
        async with hosted(tmp_path, {"A": TestDriver(work)}) as (peer, _):
            peer.send(configure("A"))
            seen = await until(peer, lambda message: message == LinkState("A", True, ""))
            assert seen[:-1] == [  # the same reason is not told twice
                LinkState("A", False, "no route"),
                LinkState("A", False, "defect in the driver: ZeroDivisionError: defect"),
            ]

    asyncio.run(main())


def test_notices_and_counters_of_a_link_are_told_under_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "COUNTER_BEATS", 1)
    monkeypatch.setattr(host, "HEARTBEAT_S", 0.01)

    async def work(sink: Sink) -> None:
        sink.notice("sends type 200")
        await forever(sink)

    async def main() -> None:
        driver = TestDriver(work)
        async with hosted(tmp_path, {"A": driver}) as (peer, _):
            peer.send(configure("A"))
            assert await peer.next() == LinkNotice("A", "sends type 200")
            assert await peer.next() == LinkState("A", True, "")
            driver.counted = {"frames": 1}
            assert await peer.next() == LinkCounters("A", {"frames": 1})
            driver.counted = {"frames": 2}
            assert await peer.next() == LinkCounters("A", {"frames": 2})  # and nothing while nothing changed

    asyncio.run(main())


def test_no_measurand_arrives_after_its_link_was_lost(tmp_path: Path) -> None:
    """They wait for others; the server has invalidated them by then, and a late one would look valid for ever."""

    async def work(sink: Sink) -> None:
        sink.connected()
        sink.measurands(batch((2, 1.0)))
        sink.measurands(batch((2, 2.0)))
        raise LinkError("lost")

    async def main() -> None:
        async with hosted(tmp_path, {"A": TestDriver(work)}) as (peer, _):
            peer.send(configure("A"))
            lost = LinkState("A", False, "lost")
            seen = await until(peer, lambda message: message == lost)
            assert seen == [LinkState("A", True, ""), Measurands(batch((2, 2.0))), lost]

    asyncio.run(main())


def test_the_first_picture_is_complete_when_the_link_is_told_up(tmp_path: Path) -> None:
    async def work(sink: Sink) -> None:
        sink.measurands(batch((2, 5.0)))
        await forever(sink)

    async def main() -> None:
        async with hosted(tmp_path, {"A": TestDriver(work)}) as (peer, _):
            peer.send(configure("A"))
            assert await peer.next() == Measurands(batch((2, 5.0)))
            assert await peer.next() == LinkState("A", True, "")

    asyncio.run(main())


def test_events_wait_for_credit_and_end_with_their_commit(tmp_path: Path) -> None:
    stored: list[int] = []

    async def work(sink: Sink) -> None:
        async def one(number: int) -> None:
            await sink.events(batch((1, number)))
            stored.append(number)

        await asyncio.gather(*(one(number) for number in range(5)))
        await forever(sink)

    async def main() -> None:
        async with hosted(tmp_path, {"A": TestDriver(work)}) as (peer, _):
            peer.send(configure("A", credit=2))
            first, second = await peer.next(), await peer.next()
            assert isinstance(first, Events)
            assert isinstance(second, Events)
            assert (first.number, second.number) == (1, 2)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await peer.next()
            assert stored == []
            peer.send(Committed(2), Committed(2), Committed(77))
            third = await peer.next()
            assert isinstance(third, Events)
            assert stored == [1]
            peer.send(Committed(1), Committed(3))
            rest = [await peer.next(), await peer.next()]
            peer.send(*(Committed(each.number) for each in rest if isinstance(each, Events)))
            assert await peer.next() == LinkState("A", True, "")
            assert sorted(stored) == [0, 1, 2, 3, 4]

    asyncio.run(main())


def test_who_no_longer_waits_for_a_commit_holds_its_credit_until_it_comes(tmp_path: Path) -> None:
    async def work(sink: Sink) -> None:
        for number in range(5):  # a link that is lost again and again while the disk is full
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.02):
                    await sink.events(batch((1, number)))
        await sink.events(batch((1, 5)))
        await forever(sink)

    async def main() -> None:
        async with hosted(tmp_path, {"A": TestDriver(work)}) as (peer, _):
            peer.send(configure("A", credit=2))
            assert [await peer.next() for _ in range(2)] == [Events(1, batch((1, 0))), Events(2, batch((1, 1)))]
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await peer.next()
            peer.send(Committed(1))
            assert await peer.next() == Events(3, batch((1, 5)))
            peer.send(Committed(3))
            assert await peer.next() == LinkState("A", True, "")

    asyncio.run(main())


def test_resume_points_are_told_when_they_have_moved_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("protocols.front_end.host.HEARTBEAT_S", 0.01)
    driver = TestDriver(forever)

    async def main() -> None:
        async with hosted(tmp_path, {"A": driver}) as (peer, _):
            peer.send(configure("A"))
            await peer.next()
            driver.resume = {"entry": "01"}
            assert await peer.next() == ResumePoints("A", {"entry": "01"})
            driver.resume = {"entry": "02"}
            assert await peer.next() == ResumePoints("A", {"entry": "02"})

    asyncio.run(main())


def test_a_server_that_goes_before_it_has_configured_is_no_error(tmp_path: Path) -> None:
    async def main() -> None:
        async with hosted(tmp_path, {}) as (peer, running):
            peer.writer.close()
            await asyncio.wait_for(asyncio.shield(running), 20)

    asyncio.run(main())
