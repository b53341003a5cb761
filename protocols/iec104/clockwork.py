"""The timer of a controlled station: what it does at times of its own, also while nobody is connected."""

from __future__ import annotations

import asyncio
import math

from protocols.iec104.controlled_station.agenda import Agenda


class Clockwork:
    """Made inside the running loop that owns the station. One timer, none where nothing is planned."""

    def __init__(self, agenda: Agenda) -> None:
        self._agenda, self._loop = agenda, asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        agenda.on_earlier = self._set
        self._set()

    def _set(self) -> None:
        self._cancel()
        deadline_s = self._agenda.next_deadline_s()
        if deadline_s < math.inf:
            self._timer = self._loop.call_at(deadline_s, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._agenda.tick(self._loop.time())
        self._set()

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def close(self) -> None:
        """Nothing happens any more."""
        self._agenda.on_earlier = lambda: None
        self._cancel()
