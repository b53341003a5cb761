"""A man in the middle of two real sockets who writes down what each side sends, or says something of his own first."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress

from tests.protocols.iec104.capture import Direction, Sent, apdus

STARTDT_ACT, STARTDT_CON = bytes.fromhex("680407000000"), bytes.fromhex("68040b000000")


class Relay:
    """Listens at `port`, passes each connection on to the station.

    hostile: frames for as many connections that are not passed on: their peer is started and gets such a frame.
    """

    def __init__(self, station_port: int, hostile: list[bytes] | None = None) -> None:
        self._station_port = station_port
        self._hostile = deque(hostile or [])
        self._streams: list[tuple[Direction, bytes]] = []
        self._server: asyncio.Server | None = None
        self.port = 0

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    def frames(self) -> list[Sent]:
        """What was sent so far, in the order in which it came by."""
        rests = dict.fromkeys(Direction, b"")
        frames: list[Sent] = []
        for direction, octets in self._streams:
            stream = rests[direction] + octets
            whole = 0
            while len(stream) > whole + 1 and len(stream) >= whole + 2 + stream[whole + 1]:
                whole += 2 + stream[whole + 1]
            frames += apdus(direction, stream[:whole])
            rests[direction] = stream[whole:]
        return frames

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self._hostile:
                await self._attack(self._hostile.popleft(), reader, writer)
            else:
                await self._pass_on(reader, writer)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _attack(self, frame: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """The frame, and whatever the other side says to it."""
        assert await reader.readexactly(6) == STARTDT_ACT
        writer.write(STARTDT_CON + frame)
        writer.write_eof()
        with suppress(OSError):
            while await reader.read(65536):
                pass

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._station_port)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(Direction.CONTROL, reader, up_writer))
                group.create_task(self._pump(Direction.MONITOR, up_reader, writer))
        finally:
            up_writer.close()
            with suppress(OSError):
                await up_writer.wait_closed()

    async def _pump(self, direction: Direction, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while octets := await reader.read(65536):
                self._streams.append((direction, octets))
                writer.write(octets)
                await writer.drain()
            writer.write_eof()
