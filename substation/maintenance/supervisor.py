"""Runs the active release of a site, starts it again when it ends, and returns to the previous one when it is not well.

    state      what happens                                    next
    ---------  ----------------------------------------------  ------------------------------------------
    begin      files of the release are compared, its start     trial or steady; roll back when they differ
               is counted while it is on trial                  or when it was started too often
    trial      ready within health_s, alive for settle_s        confirmed, steady; else rolled back, begin
    steady     lives                                            begin, with back-off unless it asked for it

The supervisor is the installed program, never a release: no bundle can take the way back away.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
from collections.abc import Iterator
from pathlib import Path

from models.driver import Clock
from substation.maintenance.child import RESTART_ASKED, Child
from substation.maintenance.errors import ReleaseError
from substation.maintenance.pointer import Active, read_active, write_active
from substation.maintenance.releases import Releases

log = logging.getLogger(__name__)

MOST_TRIAL_STARTS = 3
"""A machine that loses its power in a trial may have lost it because of the release."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
STABLE_S = 60.0
LOCK_S = 30.0


class Supervisor:
    """`run` until cancelled. ReleaseError when there is nothing that could run."""

    def __init__(self, site: Path, clock: Clock) -> None:
        self._releases, self._clock = Releases(site), clock
        self._pause_s = FIRST_PAUSE_S

    async def run(self) -> None:
        """One supervisor for a site; the unit of one that was killed is waited for."""
        await asyncio.to_thread(self._releases.prepare)
        with await _locked(self._releases.site / "lock") as lock:
            while True:
                active = await asyncio.to_thread(self._begin)
                await self._live(active, lock)

    def _begin(self) -> Active:
        """What is to be started, its files compared and, on trial, its start counted on the disk."""
        active = read_active(self._releases.site)
        if active is None:
            remedy = "give the first one with 'ringmain supervise SITE --from DIR'"
            raise ReleaseError(f"{self._releases.site}: no release is active; {remedy}")
        if active.trial and active.starts >= MOST_TRIAL_STARTS:
            active = self._roll_back(active, f"was started {active.starts} times and never confirmed")
        try:
            self._releases.verify(active.now)
        except ReleaseError as error:
            if active.previous is None:
                raise
            active = self._roll_back(active, str(error))
            self._releases.verify(active.now)
        if active.trial:
            active = active.started()
            write_active(self._releases.site, active)
        self._releases.link_local(active.now)
        return active

    def _roll_back(self, active: Active, why: str) -> Active:
        """The previous release, as text for the event list: the unit tells it at its next start."""
        text = f"{active.now} rolled back to {active.previous}: {why}"
        log.error("%s", text)
        rolled = active.rolled_back(text, self._clock())
        write_active(self._releases.site, rolled)
        return rolled

    async def _live(self, active: Active, lock: int) -> None:
        """One life of the unit, with all that follows from its end."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        try:
            child = await Child.start(self._releases, active.now, lock)
        except OSError as error:  # no process, no memory: that may pass
            log.error("the unit cannot be started: %s", error)
            await self._pause()
            return
        try:
            why = await self._trial(active, child) if active.trial else await child.lives(None, active.timing)
        finally:
            await child.end()
        if loop.time() - began_s > STABLE_S or why == RESTART_ASKED:
            self._pause_s = FIRST_PAUSE_S
        if why != RESTART_ASKED:
            log.warning("the unit %s; it is started again", why)
            await self._pause()

    async def _trial(self, active: Active, child: Child) -> str:
        """Roll back, or confirm and go on; returns why the unit's life is over."""
        timing = active.timing
        why = await child.ready(timing.health_s) or await child.lives(timing.settle_s, timing)
        if why:
            await child.end()
            await asyncio.to_thread(self._roll_back, active, f"it {why}")
            return RESTART_ASKED
        text = f"{active.now} is confirmed: ready and alive for {timing.settle_s:g} s"
        confirmed = active.confirmed(text, self._clock())
        await asyncio.to_thread(write_active, self._releases.site, confirmed)
        await asyncio.to_thread(self._releases.prune, confirmed)
        log.info("%s", text)
        await child.confirm(text)
        return await child.lives(None, timing)

    async def _pause(self) -> None:
        await asyncio.sleep(self._pause_s)
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)


async def _locked(path: Path) -> contextlib.AbstractContextManager[int]:
    """The site's lock as a descriptor that the unit inherits: it is free when supervisor and unit have both gone."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        async with asyncio.timeout(LOCK_S):
            while not _taken(descriptor):
                await asyncio.sleep(0.2)
    except TimeoutError as error:
        os.close(descriptor)
        raise ReleaseError(f"{path.parent}: is supervised already, or its last unit has not ended; stop it") from error
    except BaseException:
        os.close(descriptor)
        raise
    return _closing(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def _closing(descriptor: int) -> Iterator[int]:
    try:
        yield descriptor
    finally:
        os.close(descriptor)
