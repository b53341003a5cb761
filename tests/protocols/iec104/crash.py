"""Kill -9 of an outstation with its event buffer on disk, whenever: `python -m tests.protocols.iec104.crash`.

A child process feeds numbered events and says which are durable; a control centre takes them, acknowledges when it
pleases and sometimes hangs up; the child is killed, and the end of its last file torn, as a power cut would. Then it is
started again and fed from the first event that was not durable. Every event must arrive, new ones in order without a
gap, whatever came twice the same as before.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from random import Random

from protocols.iec104.application import codec
from protocols.iec104.application.asdu import Asdu, Observation
from protocols.iec104.link.session import Parameters, Role, Session
from tests.protocols.iec104.crash_child import START_NS, STATION, update


class LostError(Exception):
    """An event did not arrive, or not as it was."""


class Books:
    """What has arrived. newest: number of the newest event; every one before it has come."""

    def __init__(self) -> None:
        self.newest, self.repeated = -1, 0

    def enter(self, unit: Asdu) -> None:
        for item in unit.observations():
            number, rest = divmod((item.time_ns or 0) - START_NS, 1_000_000)
            _, address, value, quality, time_ns = update(number)
            if rest or unit.common_address != STATION or item != Observation(address, bool(value), quality, time_ns):
                raise LostError(f"event {number} came as {item}")
            if number > self.newest + 1:
                raise LostError(f"event {number} came after {self.newest}: {number - self.newest - 1} are lost")
            self.repeated += number <= self.newest
            self.newest = max(self.newest, number)


class Child:
    """One life of the outstation. durable: number of the newest event that it has said to be on the disk."""

    def __init__(self, process: asyncio.subprocess.Process, durable: int) -> None:
        self._process, self.durable, self.port = process, durable, 0

    @classmethod
    async def start(cls, folder: Path, first: int) -> Child:
        module = "tests.protocols.iec104.crash_child"
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, str(folder), str(first), stdout=asyncio.subprocess.PIPE
        )
        child = cls(process, first - 1)
        await child._read_line()
        return child

    async def _read_line(self) -> bool:
        assert self._process.stdout is not None
        word, _, number = (await self._process.stdout.readline()).decode().partition(" ")
        if word == "port":
            self.port = int(number)
        elif word == "durable" and number.endswith("\n"):
            self.durable = int(number)
        return bool(word)

    async def listen(self) -> None:
        """Until it ends."""
        while await self._read_line():
            pass

    async def kill(self) -> None:
        self._process.kill()
        await self._process.wait()


async def attend(port: int, books: Books, random: Random, until: int | None = None) -> None:
    """A control centre: until the connection ends, or this event has come. It hangs up now and then."""
    loop = asyncio.get_running_loop()
    while until is None or books.newest < until:
        session = Session(Role.CONTROLLING, Parameters(w=random.choice((1, 4, 8)), t2_s=0.05), loop.time())
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionError:
            return
        session.start(loop.time())
        patience = random.randrange(20, 400)
        try:
            while patience and (until is None or books.newest < until):
                writer.write(session.take_output())
                data = await reader.read(4096)
                for frame in session.receive(data, loop.time()):
                    unit = codec.decode(frame.asdu)
                    books.enter(unit)
                    session.acknowledge(frame.number, loop.time())
                session.tick(loop.time())
                if not data:
                    return
                patience -= until is None
        except ConnectionError:
            return
        finally:
            writer.close()
            await asyncio.gather(writer.wait_closed(), return_exceptions=True)


def tear(folder: Path, random: Random) -> None:
    """What a write that the power ended may leave behind the last durable record."""
    files = sorted(folder.glob("*.events"))
    if files and random.random() < 0.5:
        whole = files[-1].read_bytes()
        start = whole.rfind(b"\xa5EvB")
        with files[-1].open("ab") as stream:
            stream.write(whole[start : start + random.randrange(1, 60)] + bytes(random.randrange(30)))


async def crash(rounds: int, seed: int, folder: Path) -> str:
    """LostError when it went wrong; else what happened, in words."""
    random, books, durable, goal = Random(seed), Books(), -1, -1
    for number in range(rounds + 1):
        child = await Child.start(folder, durable + 1)
        hears = asyncio.ensure_future(child.listen())
        centre = asyncio.ensure_future(attend(child.port, books, random))
        if number < rounds:
            await asyncio.wait([centre], timeout=random.uniform(0.01, 0.4))
        else:
            await asyncio.sleep(0.1)
            centre.cancel()
            await asyncio.wait([centre])
            goal = child.durable
            centre = asyncio.ensure_future(attend(child.port, books, random, goal))
            await asyncio.wait([centre], timeout=60)
        await child.kill()
        await asyncio.gather(hears, centre)
        durable = child.durable
        tear(folder, random)
    if books.newest < goal:
        raise LostError(f"{goal - books.newest} durable events never came")
    return f"{rounds} kills: {books.newest + 1} events, none lost, {books.repeated} came again"


def main() -> None:
    parser = argparse.ArgumentParser(description="Kill an outstation again and again; no durable event may be lost.")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(asyncio.run(crash(options.rounds, options.seed, Path(folder))))


if __name__ == "__main__":
    main()
