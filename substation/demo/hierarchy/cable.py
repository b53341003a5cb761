"""A cable between one unit and its parent that can be cut: a TCP relay. Cut, nothing passes and nobody is told."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from models.errors import LinkError
from substation.neighbour_address import LISTENING, listening_at

_OCTETS = 65_536


class Cable:
    """`async with Cable(here, parent)`. here: data directory in which it tells its address. parent: of the real one."""

    def __init__(self, here: Path, parent: Path) -> None:
        self._here, self._parent = here, parent
        self._whole = asyncio.Event()
        self._whole.set()
        self._server: asyncio.Server | None = None
        self._joints: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Cable:
        self._server = await asyncio.start_server(self._joined, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        (self._here / LISTENING).write_text(json.dumps({"data_interface": ["127.0.0.1", port]}), encoding="utf-8")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        for joint in self._joints:
            joint.cancel()
        await asyncio.gather(*self._joints, return_exceptions=True)

    def cut(self) -> None:
        self._whole.clear()

    def mend(self) -> None:
        self._whole.set()

    def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        joint = asyncio.create_task(self._join(reader, writer))
        self._joints.add(joint)
        joint.add_done_callback(self._joints.discard)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """An end that goes takes the other one along."""
        with contextlib.closing(writer), contextlib.suppress(OSError, LinkError):
            address = urlsplit(listening_at(self._parent))
            there, back = await asyncio.open_connection(address.hostname, address.port)
            with contextlib.closing(back):
                ways = [asyncio.create_task(each) for each in (self._pump(reader, back), self._pump(there, writer))]
                try:
                    await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for way in ways:
                        way.cancel()
                    await asyncio.gather(*ways, return_exceptions=True)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while octets := await source.read(_OCTETS):
            await self._whole.wait()
            sink.write(octets)
            await sink.drain()
