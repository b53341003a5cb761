"""Carries the parcels that wait for one neighbour: oldest first, a batch at a time, again until they are taken."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from models.errors import LinkError, StorageError
from substation.links import parcel_store
from substation.links.engine import Engine
from substation.links.group_commit import GroupCommit

log = logging.getLogger("ringmain.links")

BATCH, BATCH_OCTETS = 500, 160 * 1024
"""Parcels of one round trip: a frame stays below what a unit accepts in one piece."""
FIRST_RETRY_S, LAST_RETRY_S = 0.2, 5.0


class Courier:
    """`run` until cancelled; idle while nothing waits. counted: told how many values were lost, once some get through.

    wake: something was queued. returned: the link is up again, so that nobody need wait any longer.
    """

    def __init__(self, neighbour: str, engine: Engine, commits: GroupCommit, counted: Callable[[int], None]) -> None:
        self._neighbour, self._engine, self._commits, self._counted = neighbour, engine, commits, counted
        self._woken, self._returned = asyncio.Event(), asyncio.Event()
        self.losing = False
        self._counting = True  # what an earlier life of the unit dropped is told as well

    def wake(self) -> None:
        self._woken.set()

    def returned(self) -> None:
        self._returned.set()

    async def run(self) -> None:
        retry_s = FIRST_RETRY_S
        while True:
            self._woken.clear()
            self._returned.clear()
            try:
                if not await self._deliver():
                    await self._woken.wait()
                retry_s = FIRST_RETRY_S
            except (LinkError, StorageError) as error:
                log.info("parcels for %s wait: %s", self._neighbour, error)
                await self._pause(retry_s)
                retry_s = min(2 * retry_s, LAST_RETRY_S)

    async def _deliver(self) -> bool:
        """One round trip; False when nothing waits."""
        neighbour = self._neighbour
        parcels = await self._commits.run(lambda c: parcel_store.oldest(c, neighbour, BATCH, BATCH_OCTETS))
        if not parcels:
            return False
        await self._engine.deliver(neighbour, parcels)
        through = parcels[-1].sequence
        counting = self._counting or self.losing
        dropped = await self._commits.run(lambda c: parcel_store.remove(c, neighbour, through, counting))
        if counting:
            self._counting = self.losing = False
        if dropped:
            self._counted(dropped)
        return True

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._returned.wait()
        except TimeoutError:
            pass
