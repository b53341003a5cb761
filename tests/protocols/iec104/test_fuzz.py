"""Both roles against rubbish, in reduced size; the whole campaign: python -m tests.protocols.iec104.fuzz."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress

import pytest

from models.errors import RemoteProtocolError
from protocols.iec104.connection import Station
from protocols.iec104.link import apci
from tests.protocols.iec104.fuzz import campaign, main
from tests.protocols.iec104.fuzz_worlds import WORLDS
from tests.protocols.iec104.relay import STARTDT_ACT, STARTDT_CON, Relay
from tests.protocols.iec104.site import PATIENCE_S, Site

KILLERS = [
    "680a00000000670106000100",
    "680d00000000670106000100000000",
    "680f000000006701060001000000000102",
    "680a00000000018203000100",
    "680a00000000460104000100",
    "680d0000000026ff069201002c0000",
    "68040100",
    "680e0000000064010600010000000014",
    "680400000000",
]
"""Frames that end other implementations with a segmentation fault, and their neighbours."""


def survives(station: Station, octets: bytes) -> bool:
    """Whether the connection stays open; any other exception than RemoteProtocolError fails the test."""
    try:
        station.receive(octets, 0.0)
        station.pump(0.0)
        station.take_output()
        station.tick(0.1)
    except RemoteProtocolError:
        station.closed()
        return False
    return True


@pytest.mark.parametrize("role", WORLDS)
@pytest.mark.parametrize("started", [False, True])
@pytest.mark.parametrize("frame", KILLERS)
def test_killers_of_other_implementations(role: str, started: bool, frame: str) -> None:
    world = WORLDS[role]()
    source = random.Random(1)
    station = world.connect(source)
    if started:
        assert survives(station, apci.unnumbered(world.start))
    survives(station, bytes.fromhex(frame))
    assert survives(world.connect(source), apci.unnumbered(world.start))
    station.closed()
    world.check()


@pytest.mark.parametrize("role", WORLDS)
def test_reduced_campaign(role: str) -> None:
    report = campaign(role, 60870, 6000)
    assert report.frames == 6000
    assert report.answers > 1000
    assert len(report.ended) > 6


def test_campaign_is_repeated_by_its_seed(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert main(["--role", "outstation", "--seed", "7", "--first", "3", "--frames", "300"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if "seed" not in line]
    said = [line.partition(", at most")[0].partition(" in ")[0] for line in lines]  # neither time nor memory
    assert said[: len(said) // 2] == said[len(said) // 2 :]


def test_killers_find_an_outstation_that_lives_on() -> None:
    """Over a real socket: closed or answered, and the next control centre is served."""

    async def attack(port: int, frame: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(STARTDT_ACT)
        assert await reader.readexactly(6) == STARTDT_CON
        writer.write(frame)
        writer.write_eof()
        answer = b""
        with suppress(OSError):
            answer = await reader.read()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        return answer

    async def scenario() -> None:
        site = Site()
        await site.open()
        assert site.server is not None
        for frame in KILLERS:
            async with asyncio.timeout(PATIENCE_S):
                await attack(site.port, bytes.fromhex(frame))
        driver = site.master()
        link = asyncio.create_task(site.keep(driver))
        await site.history.until(lambda: site.history.connections == 1)
        link.cancel()
        with suppress(asyncio.CancelledError):
            await link
        await site.server.close()

    asyncio.run(scenario())


def test_killers_find_a_master_that_lives_on() -> None:
    """A device that sends such frames is left, and served again as soon as it is sane."""

    async def scenario() -> None:
        site = Site()
        await site.open()
        assert site.server is not None
        relay = Relay(site.port, [bytes.fromhex(frame) for frame in KILLERS if frame != "68040100"])
        await relay.open()
        own, site.port = site.port, relay.port
        driver = site.master()
        link = asyncio.create_task(site.keep(driver))
        await site.history.until(lambda: site.history.connections == 1)
        assert len(site.failures) == len(KILLERS) - 1
        link.cancel()
        with suppress(asyncio.CancelledError):
            await link
        site.port = own
        await site.server.close()
        await relay.close()

    asyncio.run(scenario())
