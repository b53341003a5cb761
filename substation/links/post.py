"""Parcels between a unit and its neighbours: on disk until the neighbour has them, used once, in order [MU2, GR8].

A parcel leaves the sender's disk only after the receiver has put its effect and its number on its own, in one
transaction. Killing either side at any moment loses nothing and does nothing twice.

    post.on("order", archive.take)
    await post.send(Letter("TL1", "order", body))         # on our own disk when it returns
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from functools import partial

from sqlalchemy import Connection

from models.alarm import Category, Severity
from models.driver import Clock
from models.errors import LinkError, LocalProtocolError, StorageError
from substation.control.database import Database
from substation.event_list import EventList
from substation.links import parcel_store
from substation.links.courier import Courier
from substation.links.engine import Engine, Hears, Parcel
from substation.links.group_commit import GroupCommit
from substation.links.inbox import Handler, Inbox
from substation.links.parcel_store import Letter

MAX_BODY_OCTETS = 160 * 1024
MAX_VALUE_OCTETS = 256 * 1024 * 1024
Serve = Callable[[str, bytes], AsyncGenerator[bytes, None]]


class Post:
    """`await Post.open(...)`, `on` for every kind, then `run` until cancelled. Neighbours go by the unit's name.

    serve: answers the requests of neighbours. changed: told that a link came or went.
    """

    def __init__(
        self, database: Database, engine: Engine, events: EventList, clock: Clock, max_value_octets: int
    ) -> None:
        self._database, self._engine, self._events, self._clock = database, engine, events, clock
        self._max_value_octets = max_value_octets
        self._commits = GroupCommit(database)
        self._couriers: dict[str, Courier] = {}
        self._up: set[str] = set()
        self._told: dict[str, str] = {}
        self._group: asyncio.TaskGroup | None = None
        self._inbox: Inbox
        self.serve: Serve = _serves_nothing
        self.changed: Callable[[str, bool], None] = lambda _neighbour, _up: None

    @classmethod
    async def open(
        cls,
        database: Database,
        engine: Engine,
        events: EventList,
        clock: Clock,
        max_value_octets: int = MAX_VALUE_OCTETS,
    ) -> Post:
        """max_value_octets: values that may wait for one neighbour; beyond, the oldest are dropped and counted."""
        await database.make_tables()
        post = cls(database, engine, events, clock, max_value_octets)
        marks = await database.run(parcel_store.marks)
        post._inbox = Inbox(post._commits, marks, post._enqueue, post._queued, post._refused, clock)
        for neighbour in await database.run(parcel_store.waiting_for):
            post._courier(neighbour)
        return post

    async def redirect(self, kinds: Collection[str], neighbours: Collection[str], parent: str) -> None:
        """What waits for a unit that is no neighbour any more goes to the parent that took its place.

        Only kinds that go up in any case: a level was put between, or this unit was moved. Before `run`.
        """
        for old in sorted(self._couriers.keys() - set(neighbours)):

            def work(connection: Connection, old: str = old) -> int:
                return parcel_store.readdress(connection, old, parent, kinds, self._clock(), self._max_value_octets)

            if count := await self._database.run(work):
                self._queued({parent: 0})
                self._tell(parent, Severity.LOW, f"{count} parcels that waited for {old} go to {parent} now")

    def on(self, kind: str, handler: Handler) -> None:
        """Who uses the parcels of this kind; the last one said."""
        self._inbox.on(kind, handler)

    def up(self, neighbour: str) -> bool:
        return neighbour in self._up

    async def send(self, *letters: Letter, within: Callable[[Connection], None] | None = None) -> None:
        """Queue them; on our disk when it returns. StorageError: they are not. within: in the same transaction."""
        for letter in letters:
            if len(letter.body) > MAX_BODY_OCTETS:
                text = f"a parcel '{letter.kind}' of {len(letter.body)} octets; at most {MAX_BODY_OCTETS}: divide it"
                raise LocalProtocolError(text)

        def work(connection: Connection) -> dict[str, int]:
            if within is not None:
                within(connection)
            return self._enqueue(connection, letters)

        self._queued(await self._commits.run(work))

    def ask(self, neighbour: str, request: bytes) -> AsyncGenerator[bytes, None]:
        """See Engine.ask."""
        return self._engine.ask(neighbour, request)

    async def run(self) -> None:
        """Keep the links, deliver and receive, until cancelled."""
        hears = Hears(self._receive, lambda neighbour, request: self.serve(neighbour, request), self._link)
        async with asyncio.TaskGroup() as group:
            self._group = group
            for courier in self._couriers.values():
                group.create_task(courier.run())
            try:
                await self._engine.run(hears)
            finally:
                self._group = None

    # -- outgoing

    def _enqueue(self, connection: Connection, letters: Sequence[Letter]) -> dict[str, int]:
        """In the database's thread. Values dropped for each neighbour that has got something."""
        lost: dict[str, int] = {}
        for letter in letters:
            dropped = parcel_store.enqueue(connection, letter, self._clock(), self._max_value_octets)
            lost[letter.neighbour] = lost.get(letter.neighbour, 0) + dropped
        return lost

    def _queued(self, lost: dict[str, int]) -> None:
        for neighbour, dropped in lost.items():
            courier = self._couriers.get(neighbour) or self._courier(neighbour)
            if dropped and not courier.losing:
                courier.losing = True
                text = f"more values wait for {neighbour} than may; the oldest are dropped until it takes some"
                self._tell(neighbour, Severity.HIGH, text)
            courier.wake()

    def _courier(self, neighbour: str) -> Courier:
        courier = Courier(neighbour, self._engine, self._commits, partial(self._counted, neighbour))
        self._couriers[neighbour] = courier
        if self._group is not None:
            self._group.create_task(courier.run())
        return courier

    def _counted(self, neighbour: str, dropped: int) -> None:
        self._tell(neighbour, Severity.HIGH, f"{dropped} values for {neighbour} were dropped: too many waited")

    # -- incoming

    async def _receive(self, neighbour: str, parcels: Sequence[Parcel]) -> None:
        """The link that brings them may break meanwhile; what has been begun is finished."""
        if self._group is None:
            raise LinkError("the unit is ending; keep the parcels")
        task = self._group.create_task(self._settled(neighbour, parcels))
        problem = await asyncio.shield(task)
        if problem is not None:
            raise problem

    async def _settled(self, neighbour: str, parcels: Sequence[Parcel]) -> StorageError | None:
        """A disk that refuses is the sender's affair; it does not end our own tasks."""
        try:
            await self._inbox.take(neighbour, parcels)
        except StorageError as error:
            return error
        return None

    def _refused(self, neighbour: str, kind: str, reason: str) -> None:
        self._tell(neighbour, Severity.MEDIUM, f"parcel '{kind}' of {neighbour} is of no use: {reason}")

    # -- links

    def _link(self, neighbour: str, up: bool, reason: str) -> None:
        if up:
            self._up.add(neighbour)
            self._tell_once(neighbour, Severity.INFORMATION, f"link to {neighbour} is up")
            if neighbour in self._couriers:
                self._couriers[neighbour].returned()
        else:
            self._up.discard(neighbour)
            text = f"no link to {neighbour}: {reason}; what is meant for it waits"
            self._tell_once(neighbour, Severity.MEDIUM, text)
        self.changed(neighbour, up)

    def _tell_once(self, neighbour: str, severity: Severity, text: str) -> None:
        if text != self._told.get(neighbour):
            self._told[neighbour] = text
            self._tell(neighbour, severity, text)

    def _tell(self, neighbour: str, severity: Severity, text: str) -> None:
        self._events.tell(Category.LINK, severity, neighbour, text)


async def _serves_nothing(_neighbour: str, _request: bytes) -> AsyncGenerator[bytes, None]:
    raise LinkError("this unit serves no requests of other units")
    yield b""
