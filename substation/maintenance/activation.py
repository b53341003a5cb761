"""The moment in which a unit gives itself up for another release: idle, held, one rename, restart; nothing in between.

Whether the unit is idle is asked in the same step of the loop in which the pointer is renamed, so no command and no
sequence can begin between the question and the deed.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from models.alarm import Category, Severity
from substation.maintenance import durable
from substation.maintenance.errors import ReleaseError
from substation.maintenance.pointer import FILE_NAME, Active, prepare
from substation.maintenance.surroundings import Surroundings

LOOK_S = 0.5
LONGEST_WAIT_S = 3600.0
ANSWER_S = 0.3
"""Time for the answer to reach the requester before the connections are closed."""


class Activation:
    """Restarts of a unit; each refusal is a ReleaseError with its reason."""

    def __init__(self, unit: Surroundings) -> None:
        self._unit = unit

    async def when_idle(self, wait_s: float) -> None:
        """Wait until nothing is under way, at most that long."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + min(max(wait_s, 0.0), LONGEST_WAIT_S)
        while reason := self._unit.busy():
            if loop.time() >= until_s:
                raise ReleaseError(f"not now: {reason}; try again later, or give a time to wait")
            await asyncio.sleep(LOOK_S)

    async def switch(self, site: Path, active: Active) -> None:
        """Make this choice the active one and restart."""
        half = await asyncio.to_thread(prepare, site, active)
        self._begin(active.told)
        try:
            with durable.told(site):
                os.replace(half, site / FILE_NAME)
        except ReleaseError:
            self._unit.hold("")
            raise
        self._end()
        await asyncio.to_thread(durable.settle, site)

    def restart(self, told: str) -> None:
        """Restart with what is active."""
        self._begin(told)
        self._end()

    def _begin(self, told: str) -> None:
        if reason := self._unit.busy():
            raise ReleaseError(f"not now: {reason}; try again later, or give a time to wait")
        self._unit.hold(f"the unit restarts: {told}")

    def _end(self) -> None:
        if feeders := self._unit.automatic():
            text = f"FDIR does not act until the unit is back; automatic on {', '.join(feeders)}"
            self._unit.events.tell(Category.AUTOMATION, Severity.MEDIUM, self._unit.config.name, text)
        asyncio.get_running_loop().call_later(ANSWER_S, self._unit.restart)
