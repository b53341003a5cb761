"""An outstation with its buffer on disk, to be killed: `python -m tests.protocols.iec104.crash_child DIR N`.

It feeds numbered events from N on, and writes lines: `port P`, then `durable N` for what is on the disk.
"""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from time import time_ns

from protocols.iec104.controlled_station.group import EventClass
from protocols.iec104.controlled_station.image import Update
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.controlled_station.points import OutstationPoint
from protocols.iec104.controlled_station.settings import MAIN, GroupSettings
from protocols.iec104.event_store.event_log import EventLog
from protocols.iec104.link.session import Parameters
from protocols.iec104.server import serve

START_NS = 1_795_000_000_000_000_000
STATION, POINTS = 103, 50
SETTINGS = GroupSettings(MAIN, Parameters(t1_s=3.0, t2_s=0.05), events=1_000_000)


def update(number: int) -> Update:
    """Event `number`: everything in it follows from the number, which its time tag tells in milliseconds."""
    return STATION, 1 + number % POINTS, bool(number & 64), 0, START_NS + number * 1_000_000


async def main(folder: Path, first: int) -> None:
    thread, random = ThreadPoolExecutor(1), Random(first)
    log = await EventLog.open(folder, thread, lambda: START_NS - 1, segment_octets=20_000)
    outstation = Outstation(
        [OutstationPoint(STATION, 1 + number, 30) for number in range(POINTS)],
        clock=time_ns,
        groups=[SETTINGS],
        stores={(MAIN, EventClass.STATUS): log},
    )
    server = await serve(outstation, "127.0.0.1", 0)
    print(f"port {server.port}", flush=True)
    number = first
    while True:
        count = random.randrange(1, 200)
        outstation.update([update(each) for each in range(number, number + count)])
        number += count
        if (stored := log.stored()) is not None:
            await stored
        print(f"durable {number - 1}", flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
