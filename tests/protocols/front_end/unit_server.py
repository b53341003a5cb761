"""The unit server's end of a front end's socket, spoken by hand; and drivers that do what a test wants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from models.command import Command, CommandResult, Outcome
from models.driver import Clock, Driver, LinkConfig, Sink
from models.front_end import Configure, Heartbeat, Message
from models.front_end_codec import Framer, encode
from models.point import Cdc, Handle, PointName, PointSpec, Sample, SampleBatch
from protocols.front_end.host import Host

PATIENCE_S = 20.0
Work = Callable[[Sink], Awaitable[None]]


def configure(*links: str, credit: int = 8, points: Sequence[tuple[Handle, PointSpec]] = ()) -> Configure:
    """Links of these names, each with one position and one measurand: handles 10n+1 and 10n+2 of the n-th link."""
    own = [
        (Handle(10 * number + offset), PointSpec(PointName(link, variable), cdc, link))
        for number, link in enumerate(links)
        for offset, variable, cdc in ((1, "CSWI1.Pos", Cdc.DPC), (2, "MMXU1.TotW", Cdc.MV))
    ]
    configs = tuple(LinkConfig(link, "test", link, "127.0.0.1", 1) for link in links)
    return Configure(credit, configs, tuple(points or own))


def batch(*rows: tuple[int, object]) -> SampleBatch:
    made = SampleBatch()
    for handle, value in rows:
        made.append(Sample(Handle(handle), value, 0, None, 1))  # type: ignore[arg-type]
    return made


class TestDriver:
    """`work` is the driver's run; commands are answered by `answer`."""

    __test__ = False

    def __init__(self, work: Work) -> None:
        self.work = work
        self.answer: Callable[[Command], CommandResult] = lambda command: CommandResult(Outcome.ACCEPTED)
        self.resume: dict[str, str] = {}
        self.counted: dict[str, int] = {}

    async def run(self, sink: Sink) -> None:
        await self.work(sink)

    async def execute(self, command: Command) -> CommandResult:
        return self.answer(command)

    def resume_points(self) -> dict[str, str]:
        return self.resume

    def counters(self) -> dict[str, int]:
        return self.counted


async def forever(sink: Sink) -> None:
    sink.connected()
    await asyncio.get_running_loop().create_future()


class Peer:
    """One connection of a front end. `next` skips heartbeats."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer, self._framer = reader, writer, Framer()
        self._waiting: list[Message] = []

    def send(self, *messages: Message) -> None:
        for message in messages:
            self.writer.write(encode(message))

    async def next(self) -> Message:
        """EOFError when the front end has gone."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                self._waiting = [each for each in self._waiting if not isinstance(each, Heartbeat)]
                if self._waiting:
                    return self._waiting.pop(0)
                data = await self.reader.read(1 << 16)
                if not data:
                    raise EOFError
                self._waiting += self._framer.receive(data)


@asynccontextmanager
async def listening(path: Path) -> AsyncIterator[asyncio.Queue[Peer]]:
    """Front ends that connect."""
    peers: asyncio.Queue[Peer] = asyncio.Queue()
    writers: list[asyncio.StreamWriter] = []

    def arrived(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        peers.put_nowait(Peer(reader, writer))

    server = await asyncio.start_unix_server(arrived, str(path))
    try:
        yield peers
    finally:
        server.close()
        for writer in writers:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


@asynccontextmanager
async def hosted(
    folder: Path, drivers: dict[str, Driver | Exception]
) -> AsyncIterator[tuple[Peer, asyncio.Task[None]]]:
    """A Host in this process with the drivers by link name, its hello already taken; an Exception is a factory's."""

    def factory(link: LinkConfig, points: Sequence[tuple[Handle, PointSpec]], clock: Clock) -> Driver:
        driver = drivers[link.name]
        if isinstance(driver, Exception):
            raise driver
        return driver

    path = folder / "s"
    async with listening(path) as peers:
        running = asyncio.create_task(Host("test", factory).run(str(path)))
        peer = await asyncio.wait_for(peers.get(), PATIENCE_S)
        await peer.next()
        try:
            yield peer, running
        finally:
            peer.writer.close()
            await asyncio.wait_for(running, PATIENCE_S)
