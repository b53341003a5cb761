"""Redundancy groups on loopback: switch-over, several addresses, control centres told apart by where they come from."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_network
from time import time_ns

import pytest

from protocols.iec104.application import codec
from protocols.iec104.application.asdu import Observation
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.controlled_station.peers import best_match
from protocols.iec104.controlled_station.points import monitored
from protocols.iec104.controlled_station.settings import GroupSettings
from protocols.iec104.link import apci
from protocols.iec104.link.session import Parameters, Role, Session, State
from protocols.iec104.listener import Listener
from protocols.iec104.server import Server, serve
from tests.protocols.iec104.pair import SPECS, START_NS, STATION

PATIENCE_S = 20.0


class Link:
    """One connection of a control centre; from another address of this machine where one is named."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer, self._loop = reader, writer, asyncio.get_running_loop()
        self.session = Session(Role.CONTROLLING, Parameters(w=1), self._loop.time())
        self.heard: list[Observation] = []
        self.acknowledges = True

    @classmethod
    async def open(cls, port: int, host: str = "127.0.0.1") -> Link:
        return cls(*await asyncio.open_connection("127.0.0.1", port, local_addr=(host, 0)))

    async def start(self) -> None:
        self.session.start(self._loop.time())
        await self.until(lambda: self.session.state is State.STARTED)

    async def stop(self) -> None:
        self.session.stop(self._loop.time())
        await self.until(lambda: self.session.state is State.STOPPED)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                self._writer.write(self.session.take_output())
                if condition():
                    return
                data = await self._reader.read(65536)
                if not data:
                    raise ConnectionError("closed by the outstation")
                for frame in self.session.receive(data, self._loop.time()):
                    self.heard += codec.decode(frame.asdu).observations()
                    if self.acknowledges:
                        self.session.acknowledge(frame.number, self._loop.time())

    async def is_closed(self) -> bool:
        with suppress(ConnectionError):
            await self.until(lambda: False)
        return True

    async def answers_test(self) -> bool:
        self._writer.write(apci.unnumbered(apci.Function.TESTFR_ACT))
        async with asyncio.timeout(PATIENCE_S):
            return await self._reader.readexactly(6) == apci.unnumbered(apci.Function.TESTFR_CON)

    async def close(self) -> None:
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()


def outstation_of(*groups: GroupSettings) -> tuple[Outstation, list[str]]:
    outstation, notices = Outstation(monitored(SPECS), clock=time_ns, groups=groups), list[str]()
    outstation.on_notice = notices.append
    return outstation, notices


def feed(outstation: Outstation, numbers: range) -> None:
    outstation.update([(STATION, 3, bool(number & 1), 0, START_NS + number * 1_000_000) for number in numbers])


def numbers_of(link: Link) -> list[int]:
    return [((item.time_ns or 0) - START_NS) // 1_000_000 for item in link.heard if item.time_ns is not None]


def test_a_second_link_that_is_started_takes_over_and_hears_the_unacknowledged_events_again() -> None:
    async def main() -> None:
        outstation, _ = outstation_of(GroupSettings())
        server = await serve(outstation, "127.0.0.1", 0)
        await server.listen("127.0.0.1", 0)
        first, second = await Link.open(server.ports[0]), await Link.open(server.ports[1])
        await first.start()
        first.acknowledges = False
        feed(outstation, range(30))
        await first.until(lambda: len(first.heard) == 30)
        assert await second.answers_test()  # it is not started, and hears nothing else
        await second.start()
        await second.until(lambda: len(second.heard) == 30)
        assert numbers_of(second) == numbers_of(first) == list(range(30))
        assert await first.is_closed()
        feed(outstation, range(30, 40))
        await second.until(lambda: len(second.heard) == 40)
        await asyncio.sleep(0)
        assert numbers_of(second) == list(range(40))
        for link in (first, second):
            await link.close()
        await server.close()

    asyncio.run(main())


def test_stop_and_start_as_the_standard_has_it_keeps_both_links_and_repeats_nothing() -> None:
    async def main() -> None:
        outstation, _ = outstation_of(GroupSettings())
        server = await serve(outstation, "127.0.0.1", 0)
        links = [await Link.open(server.port) for _ in range(2)]
        for turn in range(4):
            link, other = links[turn % 2], links[1 - turn % 2]
            await link.start()
            feed(outstation, range(turn * 5, turn * 5 + 5))
            await link.until(lambda link=link, turn=turn: 5 * turn + 4 in numbers_of(link))  # type: ignore[misc]
            await link.stop()
            assert await other.answers_test()
        assert sorted(numbers_of(links[0]) + numbers_of(links[1])) == list(range(20))
        assert outstation.unacknowledged() == 0
        for link in links:
            await link.close()
        await server.close()

    asyncio.run(main())


def test_one_address_serves_several_control_centres_by_where_they_come_from() -> None:
    async def main() -> None:
        north = GroupSettings("north", peers=(ip_network("127.0.0.2"),))
        south = GroupSettings("south", peers=(ip_network("127.0.0.0/28"),))
        outstation, notices = outstation_of(north, south)
        servers = [Server(outstation, name, 2) for name in ("north", "south")]
        listener = Listener(servers)
        await listener.listen("127.0.0.1", 0)
        for server in servers:
            server.share(listener)
        feed(outstation, range(5))
        for host, name in (("127.0.0.2", "north"), ("127.0.0.3", "south")):
            link = await Link.open(listener.port, host)
            await link.start()
            await link.until(lambda link=link: len(link.heard) == 5)  # type: ignore[misc]
            assert [server.connections for server in servers] == [name == "north", name == "south"]
            await link.close()
            async with asyncio.timeout(PATIENCE_S):
                while any(server.connections for server in servers):
                    await asyncio.sleep(0.005)
        for _ in range(3):
            stranger = await Link.open(listener.port, "127.0.0.77")
            assert await stranger.is_closed()
            await stranger.close()
        assert notices == ["north: connection of 127.0.0.77 is closed: 127.0.0.77 is none of the addresses in 'peers'"]
        assert servers[0].counters()["closed: peer not allowed"] == 3
        for server in servers:
            await server.close()

    asyncio.run(main())


def test_a_group_has_so_many_connections_and_the_next_is_told() -> None:
    async def main() -> None:
        outstation, notices = outstation_of(GroupSettings())
        server = await serve(outstation, "127.0.0.1", 0, most_connections=2)
        links = [await Link.open(server.port) for _ in range(2)]
        for link in links:
            assert await link.answers_test()
        third = await Link.open(server.port)
        assert await third.is_closed()
        assert "2 connections are open already" in notices[0]
        for link in (*links, third):
            await link.close()
        await server.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("host", "row"),
    [
        ("10.0.0.5", 1),
        ("10.0.0.6", 0),
        ("::ffff:10.0.0.5", 1),
        ("fe80::1%eth0", 3),
        ("192.0.2.1", 2),
        ("no address", 2),
    ],
)
def test_the_narrowest_network_wins_and_who_names_none_takes_the_rest(host: str, row: int) -> None:
    rows = [(ip_network("10.0.0.0/24"),), (ip_network("10.0.0.5"),), (), (ip_network("fe80::/10"),)]
    assert best_match(rows, host) == row
    assert best_match(rows[:2], "192.0.2.1") is None
