"""One flow of instances to one neighbour: collected for a moment, queued as parcels, marked; after a crash resumed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from models.errors import LocalProtocolError, StorageError
from models.wire.condition_grammar import parse
from models.wire.instance import Instance
from substation.control.database import Database
from substation.exchange.variables import Selection
from substation.hierarchy import marks
from substation.hierarchy.bundle import packed
from substation.hierarchy.marks import Series
from substation.links.parcel_store import Letter
from substation.links.post import Post
from substation.variables.declared import DeclaredVariables

log = logging.getLogger("ringmain.hierarchy")

GATHER_S = 0.2
RETRY_S = 5.0
Whole = Callable[[str], bool]
MAX_WAITING = 100_000
"""Instances that wait for our own disk; beyond, they are left to the next start, which finds them in history."""


class Flow:
    """`give` from the loop; `run` until cancelled. neighbour: who gets them. kind: of the parcels.

    droppable: whether the oldest may be dropped when too many wait for a neighbour that is away.
    """

    def __init__(self, neighbour: str, kind: str, post: Post, database: Database, droppable: bool) -> None:
        self._neighbour, self._kind, self._post, self._database = neighbour, kind, post, database
        self._droppable = droppable
        self._waiting: list[Instance] = []
        self._woken = asyncio.Event()
        self._lost = 0

    def give(self, instances: Iterable[Instance]) -> None:
        self._waiting += instances
        if len(self._waiting) > MAX_WAITING:
            self._lost += len(self._waiting) - MAX_WAITING
            del self._waiting[:-MAX_WAITING]
        self._woken.set()

    async def resume(self, declared: DeclaredVariables, series: Mapping[Series, Series], whole: Whole) -> None:
        """Give what is behind the marks. series: ours, and under which name the neighbour gets it.

        whole: of which variables every instance counts; of the others, and of a series never sent, the present one.
        """
        known = await marks.load(self._database, self._neighbour)
        for (location, variable), sent_as in series.items():
            since_ns = known.get(sent_as)
            every = since_ns is not None and whole(variable)
            condition = parse(f"time > {since_ns}" if every else "")
            found = await declared.read(Selection(variable, location, condition))
            newer = [each for each in found if since_ns is None or each.time_ns > since_ns]
            self.give(replace(each, location=sent_as[0]) for each in newer)

    async def run(self) -> None:
        while True:
            await self._woken.wait()
            await asyncio.sleep(GATHER_S)
            self._woken.clear()
            while self._waiting:
                taken, self._waiting = self._waiting, []
                try:
                    await self._send(taken)
                except StorageError as error:
                    log.warning("values for %s wait for the disk: %s", self._neighbour, error)
                    self._waiting = taken + self._waiting
                    await asyncio.sleep(RETRY_S)

    async def _send(self, instances: list[Instance]) -> None:
        try:
            letters = [
                Letter(self._neighbour, self._kind, body, count if self._droppable else 0)
                for body, count in packed(instances)
            ]
            await self._post.send(*letters, within=marks.moved(self._neighbour, instances))
        except LocalProtocolError as error:
            if len(instances) == 1:
                log.error("%s of %s cannot travel: %s", instances[0].variable, instances[0].location, error)
                return
            for instance in instances:
                await self._send([instance])
