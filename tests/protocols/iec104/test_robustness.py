"""Bad peers of the listening side on loopback: each connection ends for a reason that is counted, others live on."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from time import time_ns

import pytest

from protocols.iec104.application.asdu import Asdu, Service
from protocols.iec104.application.codec import encode
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.controlled_station.points import controllable, monitored
from protocols.iec104.controlled_station.settings import MAIN, GroupSettings
from protocols.iec104.link import apci
from protocols.iec104.link.apci import Function
from protocols.iec104.link.closing import Closing
from protocols.iec104.link.session import Parameters
from protocols.iec104.server import Server
from protocols.iec104.tally import CLOSED
from tests.protocols.iec104.pair import SPECS, STATION

PATIENCE_S = 20.0
START = apci.unnumbered(Function.STARTDT_ACT)
TEST = apci.unnumbered(Function.TESTFR_ACT)
QUICK = Parameters(t1_s=0.3, t2_s=0.1, t3_s=0.2)


def request(number: int, type_id: int = 100, qualifier: int = 20, received: int = 0) -> bytes:
    return apci.information(number, received, encode(Asdu(type_id, 6, STATION, (Service(0, qualifier),))))


class Peer:
    """A peer that says what a test wants."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def until_closed(self) -> bytes:
        async with asyncio.timeout(PATIENCE_S):
            try:
                return await self.reader.read(-1)
            except ConnectionError:
                return b""


class World:
    def __init__(self, parameters: Parameters, most: int, per_host: int) -> None:
        self.outstation = Outstation(
            monitored(SPECS), controllable(SPECS), clock=time_ns, groups=[GroupSettings(parameters=parameters)]
        )
        self.notices: list[str] = []
        self.peers: list[Peer] = []
        self.outstation.on_notice = self.notices.append
        self.server = Server(self.outstation, MAIN, most, per_host)

    async def peer(self, octets: bytes = b"") -> Peer:
        return await self.peer_of("127.0.0.1", octets)

    async def peer_of(self, host: str, octets: bytes = b"") -> Peer:
        """From another address of this machine."""
        peer = Peer(*await asyncio.open_connection("127.0.0.1", self.server.port, local_addr=(host, 0)))
        self.peers.append(peer)
        peer.writer.write(octets)
        return peer

    async def close(self) -> None:
        for peer in self.peers:
            peer.writer.transport.abort()
        await self.server.close()
        await asyncio.sleep(0)  # transports close their sockets in the next turn

    async def until(self, counter: str, number: int = 1) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while self.server.counters().get(counter, 0) < number:
                await asyncio.sleep(0.005)


@asynccontextmanager
async def world(parameters: Parameters | None = None, most: int = 16, per_host: int = 16) -> AsyncIterator[World]:
    made = World(parameters or Parameters(), most, per_host)
    await made.server.listen("127.0.0.1", 0)
    try:
        yield made
    finally:
        await made.close()


BAD = [
    (b"\x00", Closing.START_OCTET),
    (b"\x68\x03", Closing.FRAME_LENGTH),
    (b"\x68\xfe", Closing.FRAME_LENGTH),
    (bytes.fromhex("6804ff000000"), Closing.CONTROL_FIELD),
    (bytes.fromhex("680401000100"), Closing.CONTROL_FIELD),
    (apci.unnumbered(Function.STARTDT_CON), Closing.STATE),
    (request(0), Closing.STATE),
    (START + request(1), Closing.SEND_NUMBER),
    (START + apci.supervisory(1), Closing.RECEIVE_NUMBER),
    (START + request(0, received=9), Closing.RECEIVE_NUMBER),
    (START + apci.information(0, 0, bytes.fromhex("670106000100")), Closing.MALFORMED_ASDU),
]


def test_every_reason_is_counted_and_told() -> None:
    async def main() -> None:
        async with world() as made:
            for octets, closing in BAD:
                before = made.server.counters().get(CLOSED + closing.value, 0)
                peer = await made.peer(octets)
                await peer.until_closed()
                assert made.server.counters()[CLOSED + closing.value] == before + 1, closing
                assert made.server.tally.last_reason in made.notices[-1]
            assert made.server.counters()["connections"] == len(BAD)
            assert len(made.notices) == len(BAD)
            assert made.server.connections == 0

    asyncio.run(main())


def test_a_peer_that_goes_and_one_that_resets_are_told_apart() -> None:
    async def main() -> None:
        async with world() as made:
            peer = await made.peer(START)
            await peer.reader.readexactly(6)
            peer.writer.close()
            await made.until(CLOSED + Closing.BY_PEER.value)
            peer = await made.peer(START)
            await peer.reader.readexactly(6)
            peer.writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
            peer.writer.transport.abort()
            await made.until(CLOSED + Closing.BROKEN.value)
            assert not any("closed by the peer" in notice for notice in made.notices)
            assert made.notices[-1].endswith(": connection broken: Connection reset by peer")

    asyncio.run(main())


async def drip(peer: Peer) -> None:
    """An octet now and then, and never a whole frame."""
    with suppress(ConnectionError):
        for octet in bytes.fromhex("68fd") + bytes(200):
            peer.writer.write(bytes([octet]))
            await peer.writer.drain()
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("octets", [b"", b"\x68", START, START + b"\x68"])
def test_silence_and_half_a_frame_end_by_t3_and_t1(octets: bytes) -> None:
    async def main() -> None:
        async with world(QUICK) as made:
            peer = await made.peer(octets)
            await peer.until_closed()
            end = Closing.NO_ACKNOWLEDGEMENT if octets.startswith(START) else Closing.NO_CONFIRMATION
            assert made.server.counters()[CLOSED + end.value] == 1

    asyncio.run(main())


def test_octets_that_never_become_a_frame_keep_no_connection_open() -> None:
    async def main() -> None:
        async with world(QUICK) as made:
            peer = await made.peer()
            dripping = asyncio.create_task(drip(peer))
            await peer.until_closed()
            assert made.server.counters()[CLOSED + Closing.NO_CONFIRMATION.value] == 1
            dripping.cancel()
            await asyncio.gather(dripping, return_exceptions=True)

    asyncio.run(main())


def test_one_host_cannot_take_every_connection() -> None:
    async def main() -> None:
        async with world(most=3, per_host=2) as made:
            for _ in range(2):
                await made.peer()
            await made.until("connections", 2)
            third = await made.peer(START)
            assert await third.until_closed() == b""
            assert made.server.counters()[CLOSED + Closing.TOO_MANY.value] == 1
            assert "2 of 127.0.0.1 connections are open already" in made.notices[-1]

    asyncio.run(main())


def test_a_host_without_a_connection_finds_room_whoever_holds_all_places() -> None:
    async def main() -> None:
        async with world(most=2, per_host=2) as made:
            held = [await made.peer() for _ in range(2)]
            await made.until("connections", len(held))
            peer = await made.peer_of("127.0.0.2", START)
            assert await asyncio.wait_for(peer.reader.readexactly(6), PATIENCE_S)
            assert await (await made.peer_of("127.0.0.2", START)).until_closed() == b""
            await made.peer_of("127.0.0.3")
            await made.until("connections", 5)
            assert await (await made.peer_of("127.0.0.4", START)).until_closed() == b""
            assert made.server.counters()[CLOSED + Closing.TOO_MANY.value] == 2

    asyncio.run(main())


def test_a_storm_of_connections_leaves_the_active_one_alone() -> None:
    async def main() -> None:
        async with world() as made:
            active = await made.peer(START)
            await active.reader.readexactly(6)
            storm = await asyncio.gather(*(made.peer() for _ in range(90)), return_exceptions=True)
            await made.until(CLOSED + Closing.TOO_MANY.value, 75)
            active.writer.write(TEST)
            async with asyncio.timeout(1.0):
                while apci.unnumbered(Function.TESTFR_CON) not in await active.reader.read(4096):
                    pass
            assert made.server.connections == 16
            for peer in storm:
                assert isinstance(peer, Peer)
                peer.writer.transport.abort()

    asyncio.run(main())


async def flood(peer: Peer, octets: bytes) -> None:
    """As fast as the other side takes it, and nothing is ever read."""
    with suppress(ConnectionError):
        while True:
            peer.writer.write(octets)
            await peer.writer.drain()


@pytest.mark.parametrize("frame", [TEST, apci.supervisory(0)])
def test_a_flood_takes_no_time_from_the_others(frame: bytes) -> None:
    async def main() -> None:
        async with world() as made:
            good, bad = await made.peer(START), await made.peer()
            await good.reader.readexactly(6)
            while made.outstation.image.slot(STATION, 3) is None or not made.server.connections:
                await asyncio.sleep(0.01)
            flooding = asyncio.create_task(flood(bad, frame * 10_000))
            loop = asyncio.get_running_loop()
            worst_s = 0.0
            for number in range(20):
                began_s = loop.time()
                good.writer.write(apci.unnumbered(Function.TESTFR_ACT))
                async with asyncio.timeout(PATIENCE_S):
                    while apci.unnumbered(Function.TESTFR_CON) not in await good.reader.read(4096):
                        pass
                worst_s = max(worst_s, loop.time() - began_s)
                await asyncio.sleep(0.001 * number)
            assert worst_s < 0.5
            assert made.server.connections == 2
            flooding.cancel()
            await asyncio.gather(flooding, return_exceptions=True)
            bad.writer.transport.abort()

    asyncio.run(main())


def test_requests_beyond_every_window_end_the_connection() -> None:
    async def main() -> None:
        async with world() as made:
            octets = START + b"".join(request(number, 101, 5) for number in range(5000))
            peer = await made.peer(octets)
            answers = await peer.until_closed()
            assert made.server.counters()[CLOSED + Closing.FLOOD.value] == 1
            assert len(answers) < 10_000
            assert made.server.connections == 0

    asyncio.run(main())


def test_requests_within_a_window_are_all_answered_however_slowly_they_are_acknowledged() -> None:
    """600 requests at once, from a peer that acknowledges a frame whenever it gets one: none is lost, none refused."""

    async def main() -> None:
        async with world() as made:
            peer = await made.peer(START + b"".join(request(number, 100, 36) for number in range(600)))
            splitter, heard = apci.Splitter(), 0
            async with asyncio.timeout(PATIENCE_S):
                while heard < 600:
                    for frame in splitter.feed(await peer.reader.read(4096)):
                        if isinstance(frame, apci.Information) and frame.asdu[0] == 100:
                            heard += 1
                        if isinstance(frame, apci.Information):
                            peer.writer.write(apci.supervisory(frame.sent + 1))
            assert made.server.connections == 1
            peer.writer.transport.abort()

    asyncio.run(main())


def test_a_reader_that_never_reads_costs_bounded_memory_and_ends_by_t1() -> None:
    async def main() -> None:
        async with world(Parameters(k=32767, w=8, t1_s=0.5, t2_s=0.1)) as made:
            sock = socket.create_connection(("127.0.0.1", made.server.port))
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.sendall(START)
            await made.until("connections")
            began_ns = time_ns()
            for number in range(40):
                made.outstation.update(
                    [
                        (STATION, 3, bool(each & 1), 0, began_ns + each * 1_000_000)
                        for each in range(500 * number, 500 * number + 500)
                    ]
                )
                await asyncio.sleep(0)
            sent = max(link.session.sent for link in made.server.links())
            assert sent < 32767
            await made.until(CLOSED + Closing.NO_ACKNOWLEDGEMENT.value)
            assert made.server.connections == 0
            assert made.outstation.unacknowledged() >= 10_000, "what it did not acknowledge waits for the next one"
            sock.close()

    asyncio.run(main())
