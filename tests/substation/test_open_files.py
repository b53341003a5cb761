"""A process that runs out of files goes on with the connections it has, tells it, and takes others later."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
from time import time_ns

import pytest

from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.link import apci
from protocols.iec104.link.apci import Function
from protocols.iec104.server import serve
from substation.open_files import tell_exhaustion

TEST = apci.unnumbered(Function.TESTFR_ACT)


async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(TEST)
    async with asyncio.timeout(20):
        assert await reader.readexactly(6) == apci.unnumbered(Function.TESTFR_CON)


def test_no_files_left(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "asyncio")  # it says so too

    async def main() -> None:
        told: list[str] = []
        tell_exhaustion(asyncio.get_running_loop(), told.append)
        server = await serve(Outstation([], clock=time_ns), "127.0.0.1", 0)
        first = await asyncio.open_connection("127.0.0.1", server.port)
        await answered(*first)
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        free = os.dup(0)
        os.close(free)
        resource.setrlimit(resource.RLIMIT_NOFILE, (free + 1, limits[1]))  # room for one: the caller's end
        try:
            late = await asyncio.open_connection("127.0.0.1", server.port)
            async with asyncio.timeout(20):
                while not told:
                    await asyncio.sleep(0.01)
            await answered(*first)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        assert told[0].startswith("no further connections can be taken: Too many open files")
        await answered(*late)  # asyncio tries again after a second
        for _, writer in (first, late):
            writer.transport.abort()
        await server.close()

    asyncio.run(main())
