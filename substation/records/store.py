"""The unit's store of disturbance records: files below its data directory, their index in the control database.

Nothing here knows a protocol. A record is stored once the file is renamed and the row committed; the same octets under
the same name are stored once. Beyond the configured size the oldest go, and the event list says so.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, delete

from models.alarm import Category, Severity
from models.driver import Clock
from models.errors import StorageError
from models.record import Record
from substation.control.database import Database
from substation.event_list import EventList
from substation.records import stored_record
from substation.records.folder import RecordFolder
from substation.records.settings import RecordSettings
from substation.records.stored_record import RECORDS, StoredRecord

_AT_ONCE = 500
"""Rows in one statement."""

Watcher = Callable[[StoredRecord], None]


class RecordStore:
    """`await RecordStore.open(...)`; one owner of the data directory. `stored` and `removed` tell watchers."""

    def __init__(
        self, database: Database, root: Path, settings: RecordSettings, events: EventList, clock: Clock
    ) -> None:
        self._database, self._folder = database, RecordFolder(root)
        self._settings, self._events, self._clock = settings, events, clock
        self._records: dict[int, StoredRecord] = {}
        self._octets = 0
        self._turn = asyncio.Lock()
        self._begun: set[asyncio.Task[StoredRecord]] = set()
        self._stored: list[Watcher] = []
        self._removed: list[Watcher] = []

    @classmethod
    async def open(
        cls, database: Database, root: Path, settings: RecordSettings, events: EventList, clock: Clock
    ) -> RecordStore:
        """Read the index; what a crash left half done is removed, a file that is missing is told and forgotten."""
        store = cls(database, root, settings, events, clock)
        await database.make_tables()
        found = {record.file: record for record in await database.run(stored_record.load)}
        missing = await asyncio.to_thread(store._folder.missing, found)
        if missing:
            await store._forget([found.pop(file) for file in missing])
            store._tell(Severity.MEDIUM, "", f"{len(missing)} disturbance records are missing, such as {missing[0]}")
        await asyncio.to_thread(store._folder.tidy, found)
        store._records = {record.number: record for record in found.values()}
        store._octets = sum(record.octets for record in found.values())
        return store

    @property
    def records(self) -> tuple[StoredRecord, ...]:
        """Oldest number first."""
        return tuple(self._records.values())

    def watch(self, stored: Watcher, removed: Watcher) -> None:
        """`stored` is told each new record, `removed` each that goes."""
        self._stored.append(stored)
        self._removed.append(removed)

    async def keep(self, link: str, record: Record) -> StoredRecord:
        """On the disk when this returns; the same octets of the same name again change nothing. StorageError.

        Whoever asks may be cancelled (a front end that goes away): what was begun is finished, so that disk, database
        and memory never differ.
        """
        task = asyncio.get_running_loop().create_task(self._keep(link, record))
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)
        return await asyncio.shield(task)

    async def _keep(self, link: str, record: Record) -> StoredRecord:
        sha256 = await asyncio.to_thread(lambda: hashlib.sha256(record.content).hexdigest())
        async with self._turn:
            for known in self._records.values():
                if (known.link, known.name, known.sha256) == (link, record.name, sha256):
                    return known
            if len(record.content) > self._settings.octets:
                raise StorageError(
                    f"a disturbance record of {len(record.content)} octets is more than [records] keep_mb"
                )
            kept = await self._write(link, record, sha256)
            self._records[kept.number] = kept
            self._octets += kept.octets
            text = f"disturbance record {kept.name} received, {kept.octets} octets, from {kept.made}"
            self._tell(Severity.INFORMATION, link, text)
            for watcher in self._stored:
                watcher(kept)
            await self._make_room()
        return kept

    def get(self, number: int) -> StoredRecord | None:
        return self._records.get(number)

    async def read(self, number: int) -> bytes:
        """The octets of a record. StorageError when there is none, or it is damaged."""
        record = self._records.get(number)
        if record is None:
            raise StorageError(f"there is no disturbance record {number}; list them with `ringmain records`")
        return await asyncio.to_thread(self._folder.read, record.file, record.sha256)

    async def read_part(self, record: StoredRecord, offset: int, count: int) -> bytes:
        """`count` octets from `offset` on, as they are on the disk. StorageError when they are not there."""
        return await asyncio.to_thread(self._folder.read_part, record.file, offset, count)

    async def _write(self, link: str, record: Record, sha256: str) -> StoredRecord:
        """The row is committed after the file has its name: a crash between leaves a file of no record."""
        folder = stored_record.folder_of(link)
        aside = await asyncio.to_thread(self._folder.write_aside, folder, record.content)
        arrival_ns = self._clock()

        def insert(connection: Connection) -> StoredRecord:
            kept = stored_record.add(connection, link, record, sha256, arrival_ns)
            self._folder.settle(aside, kept.file)
            return kept

        return await self._database.run(insert)

    async def _make_room(self) -> None:
        gone: list[StoredRecord] = []
        octets = self._octets
        for record in self._records.values():
            if octets <= self._settings.octets and len(self._records) - len(gone) <= self._settings.keep:
                break
            gone.append(record)
            octets -= record.octets
        if not gone:
            return
        await self._forget(gone)
        await asyncio.to_thread(self._folder.remove, [record.file for record in gone])
        for record in gone:
            del self._records[record.number]
            for watcher in self._removed:
                watcher(record)
        self._octets = octets
        limits = f"{self._settings.keep_mb} MB, {self._settings.keep} records"
        first = f"{gone[0].link} {gone[0].name} from {gone[0].made}"
        self._tell(Severity.LOW, "", f"{len(gone)} disturbance records removed, the oldest first ({limits}): {first}")

    async def _forget(self, records: list[StoredRecord]) -> None:
        numbers = [record.number for record in records]
        for start in range(0, len(numbers), _AT_ONCE):
            statement = delete(RECORDS).where(RECORDS.c.number.in_(numbers[start : start + _AT_ONCE]))
            await self._database.run(lambda connection, what=statement: connection.execute(what).close())  # type: ignore[misc]

    def _tell(self, severity: Severity, link: str, text: str) -> None:
        category = Category.PROCESS if link else Category.SYSTEM
        self._events.tell(category, severity, link or "records", text)
