"""The front end as the process it is: ends with its server, whatever becomes of either."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from models.front_end import VERSION, Heartbeat, Hello
from tests.protocols.front_end.unit_server import PATIENCE_S, Peer, configure, listening

HANGING = """
import asyncio, signal, sys, time
from protocols.front_end import host
host.WATCHDOG_S = 1

class Driver:
    async def run(self, sink):
        sink.connected()
        await asyncio.sleep(0.2)
        time.sleep(60)
    def resume_points(self):
        return {}
    def counters(self):
        return {}

asyncio.run(host.Host("test", lambda *_: Driver(), watchdog=signal.alarm).run(sys.argv[1]))
"""

IMPATIENT = """
import sys
from protocols.front_end import __main__, host
host.SILENCE_S = 1.0
sys.exit(__main__.main(sys.argv[1:]))
"""


@asynccontextmanager
async def child(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stderr=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[3]
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


@asynccontextmanager
async def connected(folder: Path, *arguments: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, Peer]]:
    path = folder / "s"
    async with listening(path) as peers, child(*arguments, str(path)) as process:
        yield process, await asyncio.wait_for(peers.get(), PATIENCE_S)


FRONT_END = ("-m", "protocols.front_end", "iec104")


def test_it_says_hello_and_ends_when_the_server_closes(tmp_path: Path) -> None:
    async def main() -> None:
        async with connected(tmp_path, *FRONT_END) as (process, peer):
            assert await peer.next() == Hello(VERSION, "iec104", process.pid)
            peer.send(configure("A"))
            await peer.next()  # the link to nobody is down
            peer.writer.close()
            assert await asyncio.wait_for(process.wait(), PATIENCE_S) == 0

    asyncio.run(main())


def test_it_ends_when_the_server_falls_silent(tmp_path: Path) -> None:
    async def main() -> None:
        async with connected(tmp_path, "-c", IMPATIENT, "iec104") as (process, peer):
            await peer.next()
            peer.send(configure("A"))
            assert await asyncio.wait_for(process.wait(), PATIENCE_S) == 0
            assert b"silent for 1 s" in (await process.communicate())[1]

    asyncio.run(main())


@pytest.mark.parametrize(
    "garbage", [b"\x00\x00\x00\x01\xff", b"\xff" * 100, b"GET / HTTP/1.1\r\n\r\n"], ids=("item", "length", "text")
)
def test_it_ends_with_one_line_when_the_server_speaks_nonsense(tmp_path: Path, garbage: bytes) -> None:
    async def main() -> None:
        async with connected(tmp_path, *FRONT_END) as (process, peer):
            await peer.next()
            peer.writer.write(garbage)
            assert await asyncio.wait_for(process.wait(), PATIENCE_S) == 1
            said = (await process.communicate())[1].decode().splitlines()
            assert [line for line in said if line.startswith("front end iec104: front end frame of")] == said[-1:]

    asyncio.run(main())


def test_the_first_message_must_configure_it(tmp_path: Path) -> None:
    async def main() -> None:
        async with connected(tmp_path, *FRONT_END) as (process, peer):
            peer.send(Heartbeat())
            assert await asyncio.wait_for(process.wait(), PATIENCE_S) == 1
            assert b"first message is Heartbeat, not Configure" in (await process.communicate())[1]

    asyncio.run(main())


def test_a_process_that_hangs_ends_itself(tmp_path: Path) -> None:
    async def main() -> None:
        async with connected(tmp_path, "-c", HANGING) as (process, peer):
            peer.send(configure("A"))
            assert await asyncio.wait_for(process.wait(), PATIENCE_S) == -14  # SIGALRM

    asyncio.run(main())


@pytest.mark.parametrize(
    ("arguments", "status", "line"),
    [
        (("nonsense", "/nowhere"), 1, "there is no protocol 'nonsense'"),
        (("../models", "/nowhere"), 1, "there is no protocol '../models'"),
        (("front_end", "/nowhere"), 1, "has no `info: DriverInfo`"),
        (("iec104", "/nowhere"), 1, "No such file or directory"),
        (("iec104",), 2, "usage: "),
    ],
)
def test_what_cannot_be_started_says_so_in_one_line(arguments: tuple[str, ...], status: int, line: str) -> None:
    async def main() -> None:
        async with child("-m", "protocols.front_end", *arguments) as process:
            said = (await process.communicate())[1].decode().splitlines()
            assert process.returncode == status
            assert len(said) == 1
            assert line in said[0]

    asyncio.run(main())
