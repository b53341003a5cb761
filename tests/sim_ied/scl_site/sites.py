"""A simulation of an SCL file in this process, and what reads it."""

from __future__ import annotations

import asyncio
import functools
import os
import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path

from open61850.mms import MmsClient, ObjectName, discover
from open61850.mms.errors import DataAccessError

from sim_ied.scl_site.reading import read_scl_site
from sim_ied.scl_site.simulator import SclSimulator

SHARED = Path(os.environ.get("RINGMAIN_DATA", "../shared/data")) / "scl"
ODD = Path(__file__).parents[1] / "mms" / "device.icd"
PATIENCE_S = 20.0
_UNREAD = ("CO",)
_read = functools.cache(read_scl_site)


@asynccontextmanager
async def simulated(
    file: Path, wanted: Collection[str] | None = None, speed: float = 1.0
) -> AsyncIterator[SclSimulator]:
    scl, models = _read(file, None if wanted is None else tuple(wanted))
    simulator = SclSimulator(scl, models, time.time_ns, wanted=wanted, speed=speed)
    await simulator.open()
    running = asyncio.create_task(simulator.run())
    try:
        yield simulator
    finally:
        running.cancel()
        await simulator.close()


async def until(simulator: SclSimulator, reference: str, value: object) -> None:
    """Wait until a server shows a value."""
    end = time.monotonic() + PATIENCE_S
    while (shown := simulator.value(reference)) != value:
        assert time.monotonic() < end, f"{reference} is {shown!r}, not {value!r}"
        await asyncio.sleep(0.005)


def connect(address: tuple[str, int]) -> MmsClient:
    return MmsClient.connect(*address, timeout=PATIENCE_S)


def structures(address: tuple[str, int]) -> list[tuple[str, str]]:
    """Every data object and control block with its functional constraint: ('IED1LD0/XCBR1.Pos', 'ST')."""
    client = connect(address)
    try:
        found = []
        for device in discover(client).logical_devices.values():
            for node in device.logical_nodes.values():
                for item in node.items:
                    parts = item.split("$")
                    if len(parts) == 2 and parts[0] not in _UNREAD:
                        found.append((f"{device.name}/{node.name}.{parts[1]}", parts[0]))
        return found
    finally:
        client.close()


def unreadable(address: tuple[str, int]) -> tuple[int, list[str]]:
    """By open61850's client: how many attributes were read one by one, and those that could not be; types are asked."""
    client = connect(address)
    count, wrong = 0, []
    try:
        for device in discover(client, types=True).logical_devices.values():
            for node in device.logical_nodes.values():
                wrong += [] if node.type is not None else [f"{device.name}/{node.name}: no type"]
                references = [each for each in node.references(control_blocks=True) if each.fc not in _UNREAD]
                for start in range(0, len(references), 50):
                    part = references[start : start + 50]
                    answers = client.read_many(part)
                    count += len(part)
                    wrong += [str(r) for r, a in zip(part, answers, strict=True) if isinstance(a, DataAccessError)]
                for name in node.data_sets:
                    members = client.get_data_set_members(ObjectName(f"{node.name}${name}", device.name))
                    answers = client.read_many(members) if members else []
                    wrong += [f"member of {name}" for each in answers if isinstance(each, DataAccessError)]
        return count, wrong
    finally:
        client.close()
