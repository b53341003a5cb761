"""The store of disturbance records: octets come back as they were, whatever the name; bounded; proof to crashes."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from models.errors import StorageError
from models.record import Record
from substation.control.database import Database
from substation.records.settings import RecordSettings
from substation.records.store import RecordStore
from substation.records.stored_record import StoredRecord
from tests.substation.parts import START_NS, Clock, Core, core

RECORD = Record("103/50001/1", START_NS - 5_000_000_000, b"--- file type: CFG ---\r\nwhat the device wrote\xff\x00")


@dataclass
class Shelf:
    """A store and what its watchers were told."""

    store: RecordStore
    core: Core
    stored: list[StoredRecord] = field(default_factory=list)
    removed: list[StoredRecord] = field(default_factory=list)


@asynccontextmanager
async def shelf(folder: Path, settings: RecordSettings | None = None) -> AsyncIterator[Shelf]:
    async with core(folder) as parts:
        database = await Database.open(folder / "control.sqlite")
        try:
            settings = settings or RecordSettings()
            store = await RecordStore.open(database, folder / "records", settings, parts.events, Clock())
            made = Shelf(store, parts)
            made.stored.extend(store.records)
            store.watch(made.stored.append, made.removed.append)
            yield made
        finally:
            await database.close()


def test_a_record_is_kept_listed_told_and_read(tmp_path: Path) -> None:
    async def main() -> None:
        async with shelf(tmp_path) as here:
            kept = await here.store.keep("ST103", RECORD)
            assert here.stored == [kept]
            assert kept[1:4] == ("ST103", RECORD.name, RECORD.time_ns)
            assert kept.sha256 == hashlib.sha256(RECORD.content).hexdigest()
            assert (tmp_path / "records" / "ST103" / "00000001.cff").read_bytes() == RECORD.content
            assert await here.store.read(kept.number) == RECORD.content
            [line] = here.core.told
            assert line.location == "ST103"
            assert line.text == (
                "disturbance record 103/50001/1 received, "
                f"{len(RECORD.content)} octets, from 2027-01-15 07:59:55.000 UTC"
            )
        async with shelf(tmp_path) as here:  # after a restart
            assert here.stored == [kept]
            assert await here.store.read(kept.number) == RECORD.content
            assert (await here.store.keep("ST104", RECORD)).number == 2  # numbers go on

    asyncio.run(main())


def test_the_same_record_again_changes_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        async with shelf(tmp_path) as here:
            first, second = await asyncio.gather(*(here.store.keep("ST103", RECORD) for _ in range(2)))
            assert first == second
            assert len(here.core.told) == 1
            other = await here.store.keep("ST103", Record(RECORD.name, RECORD.time_ns, b"the name is used again"))
            assert [record.number for record in here.store.records] == [first.number, other.number]

    asyncio.run(main())


@pytest.mark.parametrize("link", ["../../etc", "..", ".", "/etc/cron.d", "a\x00b", "", "ü" * 300, "ST 1/K1"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, link: str) -> None:
    async def main() -> None:
        async with shelf(tmp_path) as here:
            kept = await here.store.keep(link, Record("../../../etc/passwd\x00", None, b"x"))
            path = (tmp_path / "records" / kept.file).resolve()
            assert path.is_relative_to((tmp_path / "records").resolve())
            assert path.parent.parent == (tmp_path / "records").resolve()
            assert await here.store.read(kept.number) == b"x"
            assert kept.made_ns == START_NS  # the device gave no time: when it came

    asyncio.run(main())


def test_the_oldest_go_when_there_are_too_many(tmp_path: Path) -> None:
    async def main() -> None:
        async with shelf(tmp_path, RecordSettings(keep_mb=1, keep=3)) as here:
            for number in range(5):
                await here.store.keep("ST103", Record(str(number), None, bytes([number])))
            assert [record.name for record in here.store.records] == ["2", "3", "4"]
            assert [record.name for record in here.removed] == ["0", "1"]
            large = await here.store.keep("ST104", Record("large", None, bytes(1024 * 1024)))
            assert here.store.records == (large,)
            assert sorted(path.name for path in (tmp_path / "records").glob("*/*")) == ["00000006.rec"]
            assert any("4 disturbance records removed" in text or "3 disturbance" in text for text in here.core.texts())
            with pytest.raises(StorageError, match="keep_mb"):
                await here.store.keep("ST104", Record("too large", None, bytes(1024 * 1024 + 1)))
            assert here.store.records == (large,)
            with pytest.raises(StorageError, match="no disturbance record 1"):
                await here.store.read(1)

    asyncio.run(main())


def test_what_a_crash_leaves_is_cleared_and_what_is_missing_is_told(tmp_path: Path) -> None:
    async def main() -> None:
        async with shelf(tmp_path) as here:
            lost, kept = [await here.store.keep("ST103", Record(name, None, name.encode())) for name in "ab"]
        folder = tmp_path / "records" / "ST103"
        (folder / "incoming.part").write_bytes(b"half")
        (folder / "00000099.rec").write_bytes(b"renamed, but its row was never committed")
        (tmp_path / "records" / lost.file).unlink()
        async with shelf(tmp_path) as here:
            assert here.store.records == (kept,)
            assert [path.name for path in folder.iterdir()] == [Path(kept.file).name]
            assert "1 disturbance records are missing" in here.core.texts()[0]

    asyncio.run(main())


def test_damage_and_a_full_disk_are_told(tmp_path: Path) -> None:
    async def main() -> None:
        async with shelf(tmp_path) as here:
            kept = await here.store.keep("ST103", RECORD)
            (tmp_path / "records" / kept.file).write_bytes(b"changed")
            with pytest.raises(StorageError, match="SHA-256"):
                await here.store.read(kept.number)
            (tmp_path / "records" / "ST104").write_bytes(b"a file where a folder should be")
            with pytest.raises(StorageError):
                await here.store.keep("ST104", RECORD)
            assert here.store.records == (kept,)
            assert (await here.store.keep("ST105", RECORD)).link == "ST105"

    asyncio.run(main())


def test_who_asks_may_be_cancelled_and_nothing_differs(tmp_path: Path) -> None:
    async def main() -> None:
        async with shelf(tmp_path) as here:
            asked = asyncio.create_task(here.store.keep("ST103", RECORD))
            await asyncio.sleep(0)
            asked.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asked
            kept = await here.store.keep("ST103", RECORD)
            assert here.stored == [kept]
            assert here.store.records == (kept,)

    asyncio.run(main())
