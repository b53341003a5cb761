"""Both shells over real sockets on loopback."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import time_ns

import pytest

from models.command import Action, Command, CommandResult, Originator, OriginatorCategory, Outcome
from models.driver import LinkConfig
from models.errors import LinkError
from models.point import Dbpos, Handle, SampleBatch, Value
from protocols.iec104 import apci, info
from protocols.iec104.apci import Function
from protocols.iec104.control import CommandRequest
from protocols.iec104.master import Master, create
from protocols.iec104.outstation import MAIN, Outstation, OutstationSettings
from protocols.iec104.points import controllable, monitored
from protocols.iec104.server import CommandDesk, Confirm, Server, serve
from protocols.iec104.session import Parameters
from tests.protocols.iec104.pair import POINTS, SPECS, STATION

ACCEPTED = CommandResult(Outcome.ACCEPTED)
PATIENCE_S = 5.0


class History:
    """A sink that stores at once, or when it is told to."""

    def __init__(self) -> None:
        self.stored, self.measured = SampleBatch(), SampleBatch()
        self.is_open = asyncio.Event()
        self.is_open.set()
        self.connections = 0
        self._news = asyncio.Event()

    async def events(self, batch: SampleBatch) -> None:
        await self.is_open.wait()
        self.stored.extend(batch)
        self._news.set()

    def measurands(self, batch: SampleBatch) -> None:
        self.measured.extend(batch)
        self._news.set()

    def connected(self) -> None:
        self.connections += 1
        self._news.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                self._news.clear()
                await self._news.wait()


class Site:
    """One outstation behind a socket and one master, whose link is kept up as the front end does."""

    def __init__(self, settings: OutstationSettings | None = None) -> None:
        self.outstation = Outstation(monitored(SPECS), controllable(SPECS), clock=time_ns, settings=settings)
        self.history = History()
        self.failures: list[str] = []
        self.server: Server | None = None
        self.port = 0

    async def open(self, group: str | None = MAIN) -> None:
        self.server = await serve(self.outstation, "127.0.0.1", self.port, group)
        self.port = self.server.port

    def master(self, **settings: str | int | float | bool) -> Master:
        link = LinkConfig("ST103", info.name, "ST103", "localhost", self.port, settings)
        driver = create(link, POINTS, time_ns)
        assert isinstance(driver, Master)
        return driver

    async def keep(self, driver: Master) -> None:
        """Try again for ever."""
        while True:
            try:
                await driver.run(self.history)
            except LinkError as error:
                self.failures.append(str(error))
                await asyncio.sleep(0.01)

    def update(self, address: int, value: Value, number: int) -> None:
        self.outstation.update([(STATION, address, value, 0, 1_795_000_000_000_000_000 + number * 1_000_000)])


async def with_link(site: Site, scenario: Callable[[Master], Awaitable[None]], **settings: str | float | bool) -> None:
    """Run the scenario while a master is connected, then close everything."""
    await site.open()
    driver = site.master(**settings)
    link = asyncio.create_task(site.keep(driver))
    try:
        await site.history.until(lambda: site.history.connections == 1)
        await scenario(driver)
    finally:
        link.cancel()
        with suppress(asyncio.CancelledError):
            await link
        if site.server is not None:
            await site.server.close()


def order(action: Action, value: Value = Dbpos.ON, number: int = 1) -> Command:
    return Command(1, Handle(number), action, value, Originator(OriginatorCategory.REMOTE_CONTROL, "test"), time_ns())


def test_picture_events_and_measurands() -> None:
    async def scenario(driver: Master) -> None:
        history = site.history
        assert sorted(history.stored.handles) == [1, 2, 3, 4, 5]
        assert sorted(history.measured.handles) == [11, 12, 20]
        site.update(1, Dbpos.ON, 1)
        site.update(11, 4.5, 2)
        await history.until(lambda: len(history.stored) == 6 and len(history.measured) == 4)
        assert list(history.stored)[-1][:4] == (1, Dbpos.ON, 0, 1_795_000_000_001_000_000)
        assert list(history.measured)[-1][:4] == (11, 4.5, 0, 1_795_000_000_002_000_000)

    async def run() -> None:
        await with_link(site, scenario, clock_sync=True)

    clocks: list[int] = []

    async def prepare() -> None:
        nonlocal site
        site = Site()
        site.outstation.on_clock = lambda clock_ns, client: clocks.append(clock_ns)
        await run()

    site: Site
    asyncio.run(prepare())
    assert len(clocks) == 1


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
        assert [notice.rpartition(": ")[2] for notice in notices] == ["local", "nobody answered for the device"]

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
        site = Site(OutstationSettings(events=100_000))

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


def test_two_groups_on_two_ports_and_observers() -> None:
    async def main() -> None:
        outstation = Outstation(monitored(SPECS), clock=time_ns, groups=("north", "south"))
        servers = [await serve(outstation, "127.0.0.1", 0, group) for group in ("north", "south", None)]
        histories = [History() for _ in range(4)]
        links = []
        for history, server in zip(histories, [*servers, servers[2]], strict=True):
            link = LinkConfig("x", "iec104", "x", "127.0.0.1", server.port)
            links.append(asyncio.create_task(create(link, POINTS, time_ns).run(history)))
            await history.until(lambda history=history: history.connections == 1)  # type: ignore[misc]
        outstation.update([(STATION, 3, True, 0, time_ns())])
        for history in histories:
            await history.until(lambda history=history: history.stored.values[-1] is True)  # type: ignore[misc]
        for link_task in links:
            link_task.cancel()
        await asyncio.gather(*links, return_exceptions=True)
        for server in servers:
            await server.close()

    asyncio.run(main())


def test_many_outstations_in_one_process() -> None:
    async def main() -> None:
        outstations = [Outstation(monitored(SPECS), clock=time_ns) for _ in range(160)]
        servers = [await serve(outstation, "127.0.0.1", 0) for outstation in outstations]
        tasks_before = len(asyncio.all_tasks())
        histories = [History() for _ in servers]
        links = [
            asyncio.create_task(
                create(LinkConfig(str(server.port), "iec104", "x", "127.0.0.1", server.port), POINTS, time_ns).run(
                    history
                )
            )
            for server, history in zip(servers, histories, strict=True)
        ]
        for history in histories:
            await history.until(lambda history=history: history.connections == 1)  # type: ignore[misc]
        assert len(asyncio.all_tasks()) == tasks_before + 160  # the masters' own; connections cost none
        for link in links:
            link.cancel()
        await asyncio.gather(*links, return_exceptions=True)
        for server in servers:
            await server.close()

    asyncio.run(main())


def test_nobody_listens_or_answers() -> None:
    async def main() -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            link = LinkConfig("ST9", "iec104", "ST9", "127.0.0.1", port, {"t1_s": 0.2, "t2_s": 0.1})
            with pytest.raises(LinkError, match=r"ST9 .*STARTDT_CON within t1"):
                await create(link, POINTS, time_ns).run(History())
        with pytest.raises(LinkError, match="ST9"):
            await create(link, POINTS, time_ns).run(History())

    asyncio.run(main())


def test_address_in_use_is_a_clear_error() -> None:
    async def main() -> None:
        outstation = Outstation([], clock=time_ns)
        server = await serve(outstation, "127.0.0.1", 0)
        with pytest.raises(LinkError, match="choose another address"):
            await serve(outstation, "127.0.0.1", server.port)
        await server.close()
        with pytest.raises(LinkError):
            _ = server.port

    asyncio.run(main())


async def raw_link(port: int, octets: bytes) -> bytes:
    """Send octets, read until the peer closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(octets)
    answer = await asyncio.wait_for(reader.read(-1), PATIENCE_S)
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    return answer


def test_malformed_frame_closes_its_connection_alone() -> None:
    async def main() -> None:
        site = Site()

        async def scenario(driver: Master) -> None:
            start = apci.unnumbered(Function.STARTDT_ACT)
            for killer in ("680a00000000670106000100", "680a00000000018203000100", "00"):
                answer = await raw_link(observers.port, start + bytes.fromhex(killer))
                assert answer in (b"", apci.unnumbered(Function.STARTDT_CON))
            site.update(3, True, 1)
            await site.history.until(lambda: site.history.stored.values[-1] is True)

        observers = await serve(site.outstation, "127.0.0.1", 0, None)
        await with_link(site, scenario)
        await observers.close()
        assert site.failures == []

    asyncio.run(main())


def test_too_many_connections_are_closed() -> None:
    async def main() -> None:
        outstation = Outstation([], clock=time_ns)
        server = await serve(outstation, "127.0.0.1", 0, None, most_connections=1)
        _, first = await asyncio.open_connection("127.0.0.1", server.port)
        assert await raw_link(server.port, b"") == b""
        assert server.connections == 1
        first.close()
        await first.wait_closed()
        await server.close()

    asyncio.run(main())


def test_reader_that_never_reads_is_closed_by_t1() -> None:
    async def main() -> None:
        settings = OutstationSettings(parameters=Parameters(t1_s=0.3, t2_s=0.1))
        outstation = Outstation(monitored(SPECS), clock=time_ns, settings=settings)
        server = await serve(outstation, "127.0.0.1", 0)
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(apci.unnumbered(Function.STARTDT_ACT))
        async with asyncio.timeout(PATIENCE_S):
            while server.connections == 0:
                await asyncio.sleep(0.01)
            while server.connections:
                await asyncio.sleep(0.01)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        await server.close()

    asyncio.run(main())


def test_segments_leave_without_delay() -> None:
    async def main() -> None:
        site = Site()

        async def scenario(driver: Master) -> None:
            connection = driver._connection  # noqa: SLF001
            assert connection is not None
            assert connection._transport is not None  # noqa: SLF001
            endpoint = connection._transport.get_extra_info("socket")  # noqa: SLF001
            assert endpoint.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

        await with_link(site, scenario)

    asyncio.run(main())
