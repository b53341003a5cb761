"""Both shells over real sockets on loopback: picture, events, commands, breaks."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from models.command import Action, CommandResult, Outcome
from models.point import Dbpos
from protocols.iec104.controlled_station.commands.control import CommandRequest
from protocols.iec104.controlled_station.settings import GroupSettings
from protocols.iec104.master import Master
from protocols.iec104.server import CommandDesk, Confirm
from tests.protocols.iec104.site import PATIENCE_S, History, Site, order, with_link

ACCEPTED = CommandResult(Outcome.ACCEPTED)


def test_picture_events_and_measurands() -> None:
    async def main() -> None:
        site, clocks = Site(), list[int]()
        site.outstation.on_clock = lambda clock_ns, client: clocks.append(clock_ns)

        async def scenario(driver: Master) -> None:
            history = site.history
            assert sorted(history.stored.handles) == [1, 2, 3, 4, 5]
            assert sorted(history.measured.handles) == [11, 12, 20]
            site.update(1, Dbpos.ON, 1)
            site.update(11, 4.5, 2)
            await history.until(lambda: len(history.stored) == 6 and len(history.measured) == 4)
            assert list(history.stored)[-1][:4] == (1, Dbpos.ON, 0, 1_795_000_000_001_000_000)
            assert list(history.measured)[-1][:4] == (11, 4.5, 0, 1_795_000_000_002_000_000)

        await with_link(site, scenario, clock_sync=True)
        assert len(clocks) == 1

    asyncio.run(main())


def test_commands_and_their_handler() -> None:
    """The handler of a switch: refuses to open, forgets to answer a cancel, moves on close."""

    async def main() -> None:
        site = Site()
        seen: list[Action] = []

        async def handler(request: CommandRequest, confirm: Confirm) -> None:
            seen.append(request.action)
            if request.action is Action.CANCEL:
                return
            if request.value is Dbpos.OFF:
                confirm(CommandResult(Outcome.REFUSED, reason="local"))
                return
            confirm(ACCEPTED)
            if request.action is Action.OPERATE:
                site.update(1, Dbpos.ON, 1)

        desk = CommandDesk(site.outstation, handler)
        notices: list[str] = []
        site.outstation.on_notice = notices.append

        async def scenario(driver: Master) -> None:
            assert (await driver.execute(order(Action.SELECT))).accepted
            assert (await driver.execute(order(Action.OPERATE))).accepted
            await site.history.until(lambda: Dbpos.ON in site.history.stored.values)
            assert (await driver.execute(order(Action.SELECT, Dbpos.OFF))).outcome is Outcome.REFUSED
            assert (await driver.execute(order(Action.SELECT))).accepted
            assert (await driver.execute(order(Action.CANCEL))).outcome is Outcome.REFUSED
            unknown = await driver.execute(order(Action.OPERATE, True, 99))
            assert unknown.outcome is Outcome.REFUSED

        await with_link(site, scenario)
        await desk.close()
        assert seen == [Action.SELECT, Action.OPERATE, Action.SELECT, Action.SELECT, Action.CANCEL]
        reasons = [notice.rpartition(": ")[2] for notice in notices]
        assert reasons == [f"{why} (originator address 0)" for why in ("local", "nobody answered for the device")]

    asyncio.run(main())


def test_failing_handler_refuses_and_the_server_lives(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        site = Site()

        async def handler(request: CommandRequest, confirm: Confirm) -> None:
            raise ZeroDivisionError

        desk = CommandDesk(site.outstation, handler)

        async def scenario(driver: Master) -> None:
            for _ in range(2):
                assert (await driver.execute(order(Action.SELECT))).outcome is Outcome.REFUSED

        await with_link(site, scenario)
        await desk.close()

    asyncio.run(main())
    assert sum("handler failed" in record.getMessage() for record in caplog.records) == 2


def test_link_that_breaks_after_sending_leaves_the_outcome_unknown() -> None:
    async def main() -> None:
        site = Site()
        asked = asyncio.Event()

        async def handler(request: CommandRequest, confirm: Confirm) -> None:
            asked.set()
            await asyncio.Event().wait()

        desk = CommandDesk(site.outstation, handler)

        async def scenario(driver: Master) -> None:
            command = asyncio.create_task(driver.execute(order(Action.SELECT)))
            await asyncio.wait_for(asked.wait(), PATIENCE_S)
            assert site.server is not None
            await site.server.close()
            site.server = None
            assert (await asyncio.wait_for(command, PATIENCE_S)).outcome is Outcome.UNKNOWN
            late = await driver.execute(order(Action.SELECT))
            assert (late.outcome, late.reason) == (Outcome.REFUSED, "link is down")

        await with_link(site, scenario)
        await desk.close()

    asyncio.run(main())


def test_events_survive_broken_links_in_order() -> None:
    async def main() -> None:
        site = Site(GroupSettings(events=100_000))

        async def scenario(driver: Master) -> None:
            history = site.history
            for number in range(3000):
                site.update(3, bool(number & 1), number)
                if number % 1000 == 500:
                    before = len(history.stored)
                    await history.until(lambda before=before: len(history.stored) > before)  # type: ignore[misc]
                    connections = history.connections
                    assert site.server is not None
                    await site.server.close()
                    await site.open()
                    site.update(5, number, number)
                    await history.until(
                        lambda connections=connections: history.connections > connections  # type: ignore[misc]
                    )
            wanted = {1_795_000_000_000_000_000 + number * 1_000_000 for number in range(3000)}
            await history.until(lambda: wanted <= set(history.stored.source_times_ns))
            seen = [sample.source_time_ns for sample in history.stored if sample.handle == 3]
            firsts = list(dict.fromkeys(time for time in seen if time is not None))
            assert firsts == sorted(wanted)

        await with_link(site, scenario)
        assert site.outstation.lost() == 0
        assert len(site.failures) >= 3

    asyncio.run(main())


def test_events_that_history_has_not_stored_come_again() -> None:
    async def main() -> None:
        site = Site()

        async def scenario(driver: Master) -> None:
            history = site.history
            history.is_open.clear()
            site.update(3, True, 1)
            while site.outstation.unacknowledged() == 0:
                await asyncio.sleep(0)
            other = History()
            second = asyncio.create_task(site.master(w=1).run(other))  # takes the group over
            await other.until(lambda: 1_795_000_000_001_000_000 in other.stored.source_times_ns)
            second.cancel()
            with suppress(asyncio.CancelledError):
                await second
            history.is_open.set()
            await history.until(lambda: bool(site.failures) and history.connections > 1)

        await with_link(site, scenario)
        assert any("closed by the peer" in failure for failure in site.failures)

    asyncio.run(main())
