"""What the services of control centres need of the unit: its memory, its clock, its restart, and who moves what."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from models.alarm import Category, Severity
from protocols.iec104.controlled_station.memory import Kept
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.controlled_station.services.reset import Answer
from substation.clock.synchronisation import Synchronisation
from substation.event_list import EventList
from substation.history.store import History
from substation.northbound.origins import UnderWay
from substation.northbound.start import initialised_by

Restart = Callable[[str], Awaitable[str]]
"""Takes who asks; restarts the unit, or says why not ('' when it will)."""


class Serving:
    """memory of the outstation (in the history), and its answers to requests that concern the whole unit.

    restart: set by who can restart the unit; None refuses resets. under_way: commands in flight.
    """

    def __init__(
        self,
        history: History,
        synchronisation: Synchronisation,
        events: EventList,
        files: Iterable[Path],
        under_way: UnderWay,
    ) -> None:
        self._history, self._synchronisation, self._events = history, synchronisation, events
        self.coi, self.under_way = initialised_by(history, files), under_way
        self.restart: Restart | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def load(self, key: str) -> Kept:
        return self._history.load_state(key)

    def save(self, key: str, state: Kept) -> None:
        self._history.save_state_later(key, state)

    def clock_quality(self) -> int:
        """Bits of models.quality for what the unit stamps now."""
        return self._synchronisation.quality

    def bind(self, outstation: Outstation) -> None:
        """Answer for the unit."""
        outstation.initialised_by = self.coi
        outstation.on_clock, outstation.on_reset = self._set_clock, self._reset

    def _set_clock(self, time_ns: int, client: str) -> str:
        refusal, step_s = self._synchronisation.set_by(time_ns)
        if not refusal:
            text = f"clock set by control centre {client}, by {step_s:+.3f} s, since it was not synchronised"
            self._events.tell(Category.SYSTEM, Severity.MEDIUM, "clock", text)
        return refusal

    def _reset(self, centre: str, answer: Answer) -> None:
        task = asyncio.get_running_loop().create_task(self._restart(centre, answer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _restart(self, centre: str, answer: Answer) -> None:
        refusal = "defect while the reset was being prepared; see the log"
        try:
            if self.restart is None:
                refusal = "the unit is not run by 'ringmain supervise': nobody would start it again"
            else:
                refusal = await self.restart(f"control centre {centre}")
        finally:
            answer(refusal)

    async def close(self) -> None:
        """Resets that are being prepared are abandoned."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
