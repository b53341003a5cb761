"""A thousand links in one process, their devices in another: what they cost, and how long they take to come back.

`python -m tests.protocols.iec104.many_links [LINKS]` prints one JSON object: kilobytes and idle CPU per link, seconds
until every device is interrogated at the start and after a common restart of all devices, longest stall of the loop.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import resource
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass

from models.driver import LinkConfig
from models.front_end import LinkCounters, LinkNotice, LinkState, ResumePoints
from models.point import Cdc, Handle, Iec104Address, PointName, PointSpec, SampleBatch
from protocols.front_end.keeper import Keeper
from protocols.front_end.pace import Pace
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.controlled_station.points import monitored
from protocols.iec104.controlled_station.settings import MAIN
from protocols.iec104.master import create
from protocols.iec104.server import Server, serve

POINTS_PER_LINK = 30
IDLE_S = 5.0
LOOK_S = 0.005
PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True)
class Cost:
    """What was measured; memory and CPU are those of the process with the links alone."""

    links: int
    points: int
    kilobytes_per_link: float
    first_interrogation_s: float
    idle_cpu_percent: float
    restart_interrogation_s: float
    longest_stall_ms: float


def points_of(link: int) -> list[tuple[Handle, PointSpec]]:
    """Ten indications and twenty measurands of one device."""
    made = []
    for number in range(1, POINTS_PER_LINK + 1):
        cdc, type_id = (Cdc.SPS, 30) if number <= 10 else (Cdc.MV, 36)
        name = PointName(f"ST{link}/K1/E01", f"GGIO1.Ind{number}")
        spec = PointSpec(name, cdc, f"ST{link}", monitor=Iec104Address(link % 60_000 + 1, number, type_id))
        made.append((Handle(link * POINTS_PER_LINK + number), spec))
    return made


class Sink:
    """Stores at once, and counts the links that are up."""

    def __init__(self) -> None:
        self.up: set[str] = set()
        self.events_seen = 0

    async def events(self, batch: SampleBatch) -> None:
        self.events_seen += len(batch)

    def measurands(self, batch: SampleBatch) -> None: ...

    async def record(self, record: object) -> None: ...

    def connected(self) -> None: ...

    def notice(self, text: str) -> None: ...

    def told(self, message: LinkState | LinkNotice | LinkCounters | ResumePoints) -> None:
        if isinstance(message, LinkState):
            (self.up.add if message.up else self.up.discard)(message.link)

    async def until(self, links: int) -> float:
        """Seconds until so many are up."""
        began_s = time.monotonic()
        async with asyncio.timeout(PATIENCE_S):
            while len(self.up) != links:
                await asyncio.sleep(0.02)
        return time.monotonic() - began_s


class Stalls:
    """Looks at the loop all the time; `longest_s`: how late it was at worst."""

    def __init__(self) -> None:
        self.longest_s = 0.0

    async def run(self) -> None:
        while True:
            due_s = time.monotonic() + LOOK_S
            await asyncio.sleep(LOOK_S)
            self.longest_s = max(self.longest_s, time.monotonic() - due_s)


async def devices(links: int) -> None:
    """The child: tells its ports, restarts all devices at each line of its input."""
    outstations = [
        Outstation(monitored([spec for _, spec in points_of(link)]), clock=time.time_ns) for link in range(links)
    ]
    servers: list[Server] = [await serve(outstation, "127.0.0.1", 0) for outstation in outstations]
    ports = [server.port for server in servers]
    print(json.dumps(ports), flush=True)
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        for server in servers:
            await server.close()
        servers = [await serve(each, "127.0.0.1", port, MAIN) for each, port in zip(outstations, ports, strict=True)]
        print("restarted", flush=True)


async def measure(links: int, idle_s: float = IDLE_S) -> Cost:
    """Start the devices, keep a link to each of them."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __spec__.name if __spec__ else __name__, "--devices", str(links),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 22,
    )  # fmt: skip
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        ports = json.loads(await child.stdout.readline())
        return await _measure(ports, child.stdin, child.stdout, idle_s)
    finally:
        child.stdin.close()
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()


async def _measure(ports: list[int], ask: asyncio.StreamWriter, answers: asyncio.StreamReader, idle_s: float) -> Cost:
    links, before_kb = len(ports), _resident_kb()
    sink, stalls, pace = Sink(), Stalls(), Pace()
    keepers = []
    for link, port in enumerate(ports):
        config = LinkConfig(f"ST{link}", "iec104", f"ST{link}", "127.0.0.1", port)
        keepers.append(Keeper(config.name, create(config, points_of(link), time.time_ns), sink, sink.told, pace))
    gc.collect()
    gc.freeze()  # as the front end does once its drivers are made
    tasks = [asyncio.create_task(keeper.run()) for keeper in keepers]
    tasks.append(asyncio.create_task(stalls.run()))
    try:
        first_s = await sink.until(links)
        kilobytes = (_resident_kb() - before_kb) / links
        began_cpu_s = time.process_time()
        for _ in range(round(idle_s)):  # the host's heartbeat looks at the counters of every fifth link each second
            for keeper in keepers[::5]:
                keeper.tell_counters()
            await asyncio.sleep(1.0)
        idle = 100 * (time.process_time() - began_cpu_s) / idle_s
        ask.write(b"restart\n")
        await answers.readline()
        await asyncio.sleep(0.05)
        again_s = await sink.until(links)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return Cost(
        links,
        links * POINTS_PER_LINK,
        round(kilobytes, 1),
        round(first_s, 2),
        round(idle, 2),
        round(again_s, 2),
        round(1000 * stalls.longest_s, 1),
    )


def _resident_kb() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize() // 1024


def main(arguments: list[str]) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
    parser = argparse.ArgumentParser(prog="many_links", description="what a thousand links in one process cost")
    parser.add_argument("links", type=int, nargs="?", default=1000)
    parser.add_argument("--devices", type=int, help="the other process: so many devices")
    given = parser.parse_args(arguments)
    if given.devices is not None:
        asyncio.run(devices(given.devices))
        return
    print(json.dumps(asdict(asyncio.run(measure(given.links)))))


if __name__ == "__main__":
    main(sys.argv[1:])
