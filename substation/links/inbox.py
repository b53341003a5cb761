"""Parcels that come in: each is used once, in order, and its effect is on disk together with its number."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from models.driver import Clock
from models.errors import RingmainError, StorageError
from substation.links import parcel_store
from substation.links.engine import Parcel
from substation.links.group_commit import GroupCommit
from substation.links.parcel_store import Letter

log = logging.getLogger("ringmain.links")


@dataclass(frozen=True, slots=True)
class Effect:
    """What a parcel brings about. within: in the transaction that moves its mark, as are `letters` (answers) queued.

    after: when that is on disk; lost in a crash, so what it shows must be read from the disk at the next start.
    Neither may fail.
    """

    within: Callable[[Connection], None] | None = None
    letters: tuple[Letter, ...] = ()
    after: Callable[[], None] | None = None


Handler = Callable[[str, bytes], Awaitable[Effect]]
"""(neighbour, body). What it does by itself must come to the same when it is done again. StorageError: the sender keeps
the parcel and tries again; any other RingmainError: the parcel is of no use, which people are told."""
Enqueue = Callable[[Connection, Sequence[Letter]], dict[str, int]]


class Inbox:
    """enqueue, queued: the outgoing side, for answers. refused: told (neighbour, kind, reason)."""

    def __init__(
        self,
        commits: GroupCommit,
        marks: dict[str, int],
        enqueue: Enqueue,
        queued: Callable[[dict[str, int]], None],
        refused: Callable[[str, str, str], None],
        clock: Clock,
    ) -> None:
        self._commits, self._marks, self._clock = commits, marks, clock
        self._enqueue, self._queued, self._refused = enqueue, queued, refused
        self._handlers: dict[str, Handler] = {}
        self._busy: dict[str, asyncio.Lock] = {}

    def on(self, kind: str, handler: Handler) -> None:
        self._handlers[kind] = handler

    async def take(self, neighbour: str, parcels: Sequence[Parcel]) -> None:
        """On disk when it returns; those that were taken before are passed over. StorageError: try again later.

        Not to be cancelled: what has been committed must also be noted and shown.
        """
        async with self._busy.setdefault(neighbour, asyncio.Lock()):  # a new link may repeat what an old one brings
            fresh = [parcel for parcel in parcels if parcel.sequence > self._marks.get(neighbour, 0)]
            if fresh:
                await self._use(neighbour, fresh)

    async def _use(self, neighbour: str, parcels: Sequence[Parcel]) -> None:
        effects: list[Effect] = []
        useless: list[tuple[Parcel, str]] = []
        for parcel in parcels:
            try:
                effects.append(await self._handled(neighbour, parcel))
            except StorageError:
                raise
            except RingmainError as error:
                useless.append((parcel, str(error)))
            except Exception as error:  # supervisor: a defect in one handler must not hold up everything behind it
                log.exception("parcel '%s' of %s", parcel.kind, neighbour)
                useless.append((parcel, f"defect: {type(error).__name__}: {error}"))
        await self._commit(neighbour, parcels[-1].sequence, effects, useless)

    async def _handled(self, neighbour: str, parcel: Parcel) -> Effect:
        handler = self._handlers.get(parcel.kind)
        if handler is None:
            raise RingmainError(f"this unit has no use for parcels of kind '{parcel.kind}'")
        return await handler(neighbour, parcel.body)

    async def _commit(
        self, neighbour: str, through: int, effects: Sequence[Effect], useless: Sequence[tuple[Parcel, str]]
    ) -> None:
        letters = [letter for effect in effects for letter in effect.letters]

        def work(connection: Connection) -> dict[str, int]:
            for effect in effects:
                if effect.within is not None:
                    effect.within(connection)
            if useless:
                parcel_store.keep_refused(connection, neighbour, useless, self._clock())
            parcel_store.mark(connection, neighbour, through)
            return self._enqueue(connection, letters)

        lost = await self._commits.run(work)
        self._marks[neighbour] = through
        self._queued(lost)
        for effect in effects:
            if effect.after is not None:
                effect.after()
        for parcel, reason in useless:
            self._refused(neighbour, parcel.kind, reason)
