"""An MMS session as a pcap file, recorded by a relay between both sides, and what tshark says of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.protocols.iec104.capture import Direction, Sent, tshark, write

_AS_MMS = ("-d", "tcp.port==2404,tpkt")
_FIELDS = ("_ws.malformed", "_ws.expert.message", "_ws.col.Protocol", "mms.confirmedServiceRequest", "_ws.col.Info")


class Recording:
    """Whole TPKT packets in the order in which they passed."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.port = 0

    async def relay(self, direction: Direction, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                header = await reader.readexactly(4)
                packet = header + await reader.readexactly(int.from_bytes(header[2:], "big") - 4)
                self.sent.append(Sent(direction, packet))
                writer.write(packet)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def recorded(device: tuple[str, int]) -> AsyncIterator[Recording]:
    """For one connection to `port`."""
    made, tasks, writers = Recording(), list[asyncio.Task[None]](), list[asyncio.StreamWriter]()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(*device)
        writers.extend((writer, far_writer))
        tasks.append(asyncio.create_task(made.relay(Direction.CONTROL, reader, far_writer)))
        tasks.append(asyncio.create_task(made.relay(Direction.MONITOR, far_reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)


def decoded(path: Path, *connections: list[Sent]) -> list[tuple[str, str, str, str]]:
    """Complaints, protocol, number of the service that is asked for, and words of every packet."""
    write(path, *connections)
    rows = tshark(path, *_AS_MMS, "-T", "fields", *(part for field in _FIELDS for part in ("-e", field)))
    return [(malformed + expert, *others) for malformed, expert, *others in rows]  # type: ignore[misc]
