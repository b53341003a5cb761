"""Octets of disturbance records over the data interface: part by part, for whoever may read, never half of one."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from models.record import Record
from models.wire.messages import Code
from protocols.exchange.client import RequestError
from substation.control.database import Database
from substation.exchange.access import Right
from substation.exchange.variables import Route
from substation.records.settings import RecordSettings
from substation.records.store import RecordStore
from substation.records.stored_record import StoredRecord
from substation.variables.record_content import PART_OCTETS, VARIABLE, RecordContent
from tests.substation.parts import Clock, core
from tests.substation.variables.door import Clients, door

CONTENT = random.Random(7).randbytes(2 * PART_OCTETS + 12_345)  # noqa: S311 - no secret


@dataclass
class Reader:
    """A viewer's client, and the store that it asks."""

    store: RecordStore
    root: Path
    clients: Clients

    async def keep(self, content: bytes, name: str = "103/60001/1") -> StoredRecord:
        return await self.store.keep("ST1", Record(name, 1, content))

    async def part(self, place: str) -> dict[str, object]:
        (instance,) = await self.clients.viewer.query(VARIABLE, f"OBR/records/{place}")
        assert isinstance(instance.value, dict)
        return dict(instance.value)

    async def refusal(self, place: str) -> RequestError:
        with pytest.raises(RequestError) as told:
            await self.part(place)
        return told.value


def run(folder: Path, work: Callable[[Reader], Awaitable[None]]) -> None:
    async def main() -> None:
        async with core(folder) as made:
            database = await Database.open(folder / "control.sqlite")
            root = folder / "records"
            store = await RecordStore.open(database, root, RecordSettings(), made.events, Clock())
            contents = RecordContent("OBR", store)
            async with door(folder, [Route("Record.*", contents.locations, contents, write=Right.OPERATE)]) as clients:
                await work(Reader(store, root, clients))
            await database.close()

    asyncio.run(main())


def test_the_parts_together_are_what_the_device_wrote(tmp_path: Path) -> None:
    async def work(here: Reader) -> None:
        kept = await here.keep(CONTENT)
        parts = [await here.part(f"{kept.number}/{number}") for number in range(3)]
        assert b"".join(each["content"] for each in parts if isinstance(each["content"], bytes)) == CONTENT
        assert {each["sha256"] for each in parts} == {hashlib.sha256(CONTENT).hexdigest()}
        assert {(each["parts"], each["octets"]) for each in parts} == {(3, len(CONTENT))}
        empty = await here.keep(b"", "103/60001/2")
        assert (await here.part(f"{empty.number}/0"))["content"] == b""

    run(tmp_path, work)


@pytest.mark.parametrize(
    ("place", "code", "words"),
    [
        ("99/0", Code.UNKNOWN_VARIABLE, "no disturbance record 99"),
        ("1/1", Code.BAD_REQUEST, "has 1 parts, the last is 0"),
        ("1", Code.BAD_REQUEST, "part by part"),
        ("1/*", Code.BAD_REQUEST, "part by part"),
        ("../0", Code.BAD_REQUEST, "part by part"),
        ("1/-1", Code.BAD_REQUEST, "part by part"),
        ("1" * 400 + "/0", Code.BAD_REQUEST, "part by part"),
    ],
)
def test_what_is_not_there_is_refused_in_words(tmp_path: Path, place: str, code: Code, words: str) -> None:
    async def work(here: Reader) -> None:
        await here.keep(b"short")
        refusal = await here.refusal(place)
        assert (refusal.code, words in str(refusal)) == (code, True), str(refusal)

    run(tmp_path, work)


def test_a_file_that_is_no_longer_whole_is_told(tmp_path: Path) -> None:
    async def work(here: Reader) -> None:
        kept = await here.keep(b"short")
        file = here.root / kept.file
        for shorter in (True, False):
            if shorter:
                file.write_bytes(b"shor")
            else:
                file.unlink()
            refusal = await here.refusal(f"{kept.number}/0")
            assert refusal.code is Code.FAILED
            assert kept.file in str(refusal)

    run(tmp_path, work)


def test_a_record_is_neither_written_nor_subscribed_to(tmp_path: Path) -> None:
    async def work(here: Reader) -> None:
        await here.keep(b"short")
        with pytest.raises(RequestError, match="never changes"):
            await here.clients.viewer.event(VARIABLE, "OBR/records/1/0")
        result = await here.clients.operator.write(VARIABLE, "OBR/records/1/0", b"")
        assert (result.code, "what a device wrote" in result.text) == (Code.NOT_ALLOWED, True)
        assert await here.store.read(1) == b"short"

    run(tmp_path, work)
