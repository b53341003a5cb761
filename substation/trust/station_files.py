"""The certificates for control centres and devices, looked at every hour: told before they expire, not after."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

from models.alarm import Category
from models.driver import Clock, LinkConfig
from protocols.tls.inspection import inspect
from protocols.tls.parameters import TlsParameters
from protocols.tls.security_event import SecurityEvent
from substation.field.tls import tls_of
from substation.parts import Parts

LOOK_S = 3600.0
AGAIN_NS = 24 * 3600 * 1_000_000_000
"""What stays as it is is told once a day."""


class StationFiles:
    """`run` until cancelled; nothing to do where there is no TLS."""

    def __init__(
        self, parameters: Iterable[TlsParameters], clock: Clock, tell: Callable[[SecurityEvent], None]
    ) -> None:
        self._parameters, self._clock, self._tell = tuple(dict.fromkeys(parameters)), clock, tell
        self._told_ns: dict[SecurityEvent, int] = {}

    async def run(self) -> None:
        """Off the loop, since files are read."""
        while self._parameters:
            found = await asyncio.to_thread(self.look)
            for event in found:
                self._tell(event)
            await asyncio.sleep(LOOK_S)

    def look(self) -> list[SecurityEvent]:
        """What is to be told now."""
        now_ns = self._clock()
        found = dict.fromkeys(event for each in self._parameters for event in inspect(each, self._clock))
        due = [event for event in found if now_ns - self._told_ns.get(event, -AGAIN_NS) >= AGAIN_NS]
        self._told_ns = {event: now_ns if event in due else self._told_ns[event] for event in found}
        return due


def station_files(parts: Parts, links: Sequence[LinkConfig]) -> StationFiles:
    """Of a unit's control centres and of its links to devices."""
    config = parts.config
    centres = [centre.tls.parameters for centre in config.control_centres if centre.tls is not None]

    def tell(event: SecurityEvent) -> None:
        parts.events.tell(Category.SECURITY, event.severity, config.name, str(event))

    return StationFiles((*centres, *(tls.parameters for tls in tls_of(links).values())), parts.clock, tell)
