"""Instances of declared variables in history, and which series there are."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from functools import lru_cache

import cbor2
from sqlalchemy import Column, Connection, Integer, String, Table, select
from sqlalchemy.dialects.sqlite import insert

from models.point import Handle, PointName
from models.policy import Policy
from models.wire.instance import Instance
from substation.control.database import METADATA, Database
from substation.history.document import Document
from substation.history.store import END_NS, History
from substation.variables import past
from substation.variables.policy_ledger import packed, unpacked

SERIES = Table(
    "declared_series",
    METADATA,
    Column("handle", Integer, primary_key=True),
    Column("location", String, nullable=False),
    Column("variable", String, nullable=False),
)


class DeclaredSeries:
    """Opened by `open`. Names are PointName(location, variable)."""

    def __init__(self, history: History, database: Database, handles: dict[PointName, Handle]) -> None:
        self._history, self._database, self._handles = history, database, handles
        self._making = asyncio.Lock()
        self._policy = lru_cache(maxsize=1000)(unpacked)
        """A series has the same policy a thousand times over."""

    @classmethod
    async def open(cls, history: History, database: Database) -> DeclaredSeries:
        """StorageError when the disk refuses."""
        await database.make_tables()
        return cls(history, database, await database.run(_load))

    def names(self) -> Iterable[PointName]:
        """Everything that has ever had an instance."""
        return self._handles.keys()

    async def make(self, names: Sequence[PointName]) -> None:
        """Give each its place in history; StorageError when the disk refuses."""
        if all(name in self._handles for name in names):
            return
        async with self._making:
            new = [name for name in dict.fromkeys(names) if name not in self._handles]
            if new:
                handles = await self._history.ask(self._history.series_handles, new)
                made = dict(zip(new, handles, strict=True))
                await self._database.run(lambda connection: _store(connection, made))
                self._handles.update(made)

    def append(self, instances: Sequence[Instance], arrival_ns: int) -> asyncio.Future[None]:
        """Takes them now; ends once they are committed. Their series have been made."""
        return self._history.append_documents([self._document(instance, arrival_ns) for instance in instances])

    async def newest(self) -> list[Instance]:
        """The instance with the latest time of each series."""
        return await self._history.ask(self._newest)

    async def past(self, names: Sequence[PointName], start_ns: int, end_ns: int) -> list[Instance]:
        """Instances with start <= time < end, by time. RefusedError when there are too many."""
        return await self._history.ask(self._past, names, start_ns, end_ns)

    def _document(self, instance: Instance, arrival_ns: int) -> Document:
        handle = self._handles[PointName(instance.location, instance.variable)]
        value, policy = cbor2.dumps(instance.value), packed(instance.policy)
        return Document(handle, value, instance.quality, instance.time_ns, arrival_ns, instance.owner, policy)

    def _instance(self, name: PointName, document: Document) -> Instance:
        policy: Policy | None = self._policy(document.policy)
        value = cbor2.loads(document.value)
        return Instance(name.variable, name.location, value, document.time_ns, document.quality, document.owner, policy)

    def _newest(self) -> list[Instance]:
        """What arrived last may be older than what was there: a link that had been down brings it late."""
        arrived = self._history.newest_documents(self._handles.values())
        found = []
        for name, handle in self._handles.items():
            if handle in arrived:
                later = self._history.documents(handle, arrived[handle].time_ns + 1, END_NS)
                found.append(self._instance(name, later[-1] if later else arrived[handle]))
        return found

    def _past(self, names: Sequence[PointName], start_ns: int, end_ns: int) -> list[Instance]:
        found: list[Instance] = []
        for name in names:
            if name not in self._handles:
                continue
            room = past.MOST_TOLD - len(found)
            documents = self._history.documents(self._handles[name], start_ns, end_ns, room + 1)
            if len(documents) > room:
                raise past.too_many()
            found += [self._instance(name, document) for document in documents]
        return sorted(found, key=lambda instance: instance.time_ns)


def _load(connection: Connection) -> dict[PointName, Handle]:
    return {PointName(row.location, row.variable): Handle(row.handle) for row in connection.execute(select(SERIES))}


def _store(connection: Connection, made: dict[PointName, Handle]) -> None:
    rows = [{"handle": handle, "location": name.location, "variable": name.variable} for name, handle in made.items()]
    connection.execute(insert(SERIES).on_conflict_do_nothing(), rows)
