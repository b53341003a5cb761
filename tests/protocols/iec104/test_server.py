"""The listening side on loopback: groups, many stations, bad peers; and links that cannot be had."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from time import time_ns

import pytest

from models.driver import LinkConfig
from models.errors import LinkError
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.controlled_station.points import monitored
from protocols.iec104.controlled_station.settings import GroupSettings
from protocols.iec104.link import apci
from protocols.iec104.link.apci import Function
from protocols.iec104.link.session import Parameters
from protocols.iec104.master import Master, create
from protocols.iec104.server import serve
from tests.protocols.iec104.pair import POINTS, SPECS, STATION
from tests.protocols.iec104.site import PATIENCE_S, History, Site, with_link


def test_two_groups_on_two_ports_and_observers() -> None:
    async def main() -> None:
        outstation = Outstation(
            monitored(SPECS), clock=time_ns, groups=(GroupSettings("north"), GroupSettings("south"))
        )
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
        settings = GroupSettings(parameters=Parameters(t1_s=0.3, t2_s=0.1))
        outstation = Outstation(monitored(SPECS), clock=time_ns, groups=[settings])
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
