"""Disturbance records go through the seam in parts: octets arrive as they were, refusals come back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from models.driver import Sink
from models.errors import LinkError, RemoteProtocolError, StorageError
from models.front_end import RECORD_CREDIT, RECORD_PART, Message, RecordPart, RecordTaken
from models.record import MOST_OCTETS, Record
from protocols.front_end.record_uplink import RecordUplink
from substation.field.record_assembly import RecordAssembly
from tests.protocols.front_end.unit_server import PATIENCE_S, Peer, TestDriver, configure, hosted

RECORD = Record("103/50000/1", 7, bytes(range(256)) * 4096)  # a megabyte: eight parts


async def take(peer: Peer, problem: str = "") -> Record:
    """What the unit server does: acknowledge each part, put them together."""
    assembly = RecordAssembly()
    while True:
        part = await peer.next()
        if not isinstance(part, RecordPart):
            continue
        assert part.link == "A"
        record = assembly.take(part)
        peer.send(RecordTaken(part.number, problem if record is not None else ""))
        if record is not None:
            return record


@pytest.mark.parametrize("record", [RECORD, replace(RECORD, time_ns=None, content=b"")])
def test_a_record_arrives_as_it_was(tmp_path: Path, record: Record) -> None:
    async def main() -> None:
        stored = asyncio.Event()

        async def work(sink: Sink) -> None:
            await sink.record(record)
            stored.set()
            await asyncio.get_running_loop().create_future()

        async with hosted(tmp_path, {"A": TestDriver(work)}) as (peer, _):
            peer.send(configure("A"))
            assert await take(peer) == record
            await asyncio.wait_for(stored.wait(), PATIENCE_S)

    asyncio.run(main())


def test_a_record_that_cannot_be_stored_is_told(tmp_path: Path) -> None:
    async def main() -> None:
        told: asyncio.Queue[str] = asyncio.Queue()

        async def work(sink: Sink) -> None:
            try:
                await sink.record(RECORD)
            except StorageError as error:
                told.put_nowait(str(error))
            await asyncio.get_running_loop().create_future()

        async with hosted(tmp_path, {"A": TestDriver(work)}) as (peer, _):
            peer.send(configure("A"))
            await take(peer, "the disk is full")
            assert await asyncio.wait_for(told.get(), PATIENCE_S) == "the disk is full"

    asyncio.run(main())


def test_credit_bounds_what_is_under_way() -> None:
    async def main() -> None:
        sent: list[Message] = []
        uplink = RecordUplink(sent.append)
        task = asyncio.create_task(uplink.record("A", RECORD))
        other = asyncio.create_task(uplink.record("B", RECORD))
        for _ in range(5):
            await asyncio.sleep(0)
        assert len(sent) == RECORD_CREDIT
        uplink.abort()
        results = await asyncio.gather(task, return_exceptions=True)
        assert isinstance(results[0], LinkError)
        other.cancel()
        await asyncio.gather(other, return_exceptions=True)

    asyncio.run(main())


FIRST = RecordPart(1, "A", "x", None, 2 * RECORD_PART, 0, bytes(RECORD_PART))
WRONG = {
    "no beginning": [replace(FIRST, offset=RECORD_PART)],
    "a gap": [FIRST, replace(FIRST, offset=RECORD_PART + 1)],
    "again": [FIRST, replace(FIRST, offset=1)],
    "too much": [FIRST, replace(FIRST, offset=RECORD_PART, octets=bytes(RECORD_PART + 1))],
    "another record": [FIRST, replace(FIRST, name="y", offset=RECORD_PART)],
    "another link": [FIRST, replace(FIRST, link="B", offset=RECORD_PART)],
    "too large": [replace(FIRST, size=MOST_OCTETS + 1)],
    "a name without end": [replace(FIRST, name="x" * 1000)],
    "after its end": [replace(FIRST, size=RECORD_PART), replace(FIRST, size=RECORD_PART, offset=RECORD_PART)],
}


@pytest.mark.parametrize("parts", WRONG.values(), ids=list(WRONG))
def test_parts_that_do_not_fit_end_the_front_end(parts: list[RecordPart]) -> None:
    assembly = RecordAssembly()
    for part in parts[:-1]:
        assembly.take(part)
    with pytest.raises(RemoteProtocolError):
        assembly.take(parts[-1])
