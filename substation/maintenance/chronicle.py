"""What maintenance tells: each act, who asked and who signed, in the event list and in the audit log; refusals too."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from models.alarm import Category, Severity
from substation.maintenance.errors import BundleError, ReleaseError
from substation.maintenance.pointer import read_active
from substation.maintenance.releases import Releases
from substation.maintenance.surroundings import Surroundings

STATE = "maintenance told"


class Chronicle:
    """Lines about the maintenance of one unit."""

    def __init__(self, unit: Surroundings) -> None:
        self._unit = unit

    def tell(self, text: str, severity: Severity = Severity.INFORMATION) -> None:
        self._unit.events.tell(Category.SYSTEM, severity, self._unit.config.name, f"maintenance: {text}")
        self._unit.record(f"maintenance: {text}")

    def refused(self, text: str) -> None:
        """The audit log takes lines of security over by itself."""
        name = self._unit.config.name
        self._unit.events.tell(Category.SECURITY, Severity.MEDIUM, name, f"maintenance refused: {text}")

    @contextmanager
    def refusals_of(self, what: str) -> Iterator[None]:
        """Tell why `what` was refused, and pass it on."""
        try:
            yield
        except (BundleError, ReleaseError) as error:
            self.refused(f"{what}: {error}")
            raise

    async def past(self, releases: Releases) -> None:
        """What the supervisor has done since the unit ran last, told once: it has no event list of its own."""
        active = await asyncio.to_thread(read_active, releases.site)
        if active is None or not active.told or active.told_ns == self._unit.history.load_state(STATE):
            return
        self.tell(active.told, Severity.HIGH if active.alarm else Severity.INFORMATION)
        await self._unit.history.save_state(STATE, active.told_ns)
