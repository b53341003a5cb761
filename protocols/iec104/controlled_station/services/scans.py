"""Periodic transmission (cause 1) and background scan (cause 2) of one control centre.

A scan is spread over its period, one ASDU at a time, and sent when nothing else waits: it delays no event and never
piles up. Without a connection nothing is scanned.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from protocols.iec104.application.asdu import Many
from protocols.iec104.application.cause import Cause
from protocols.iec104.application.types import TYPES
from protocols.iec104.controlled_station.agenda import Agenda
from protocols.iec104.controlled_station.image import Slot
from protocols.iec104.controlled_station.service_settings import ScanSettings, named
from protocols.iec104.controlled_station.services.packing import Chunk, pack, units

_SHORTEST_STEP_S = 0.2


class Scans:
    """on_due: there is something to send. is_active: whether a connection transfers data."""

    def __init__(self, agenda: Agenda, on_due: Callable[[], None], is_active: Callable[[], bool]) -> None:
        self._agenda, self._on_due, self._is_active = agenda, on_due, is_active
        self._due: dict[tuple[int, Chunk], None] = {}
        self._running: Iterator[Many] = iter(())
        self._periodic: set[Slot] = set()
        self.stopped: set[Slot] = set()

    def add(self, slots: Iterable[Slot], settings: Sequence[ScanSettings], cause: Cause, now_s: float) -> None:
        """Begin to scan those points whose type may be sent with this cause."""
        fit = [slot for slot in slots if cause in TYPES[slot.static_type].monitored]
        for each in settings:
            members: dict[int, list[Slot]] = defaultdict(list)
            for slot in fit:
                if named(each.points, slot.point.name):
                    members[slot.point.common_address].append(slot)
                    if cause is Cause.PERIODIC:
                        self._periodic.add(slot)
            chunks = [(int(cause), chunk) for station in members.values() for chunk in pack(station)]
            if chunks:
                steps = max(1, min(len(chunks), int(each.period_s / _SHORTEST_STEP_S)))
                self._step(chunks, steps, each.period_s, 0, now_s)

    def _step(self, chunks: list[tuple[int, Chunk]], steps: int, period_s: float, number: int, now_s: float) -> None:
        """Part `number` of a round is due; the next one follows in its time, late ones are not made up for."""
        if self._is_active():
            self._due.update(dict.fromkeys(chunks[number::steps]))
            self._on_due()
        following = partial(self._step, chunks, steps, period_s, (number + 1) % steps)
        self._agenda.at(now_s + period_s / steps, following)

    def next(self) -> Many | None:
        """The next ASDU that is due; None when there is none."""
        while True:
            unit = next(self._running, None)
            if unit is not None:
                return unit
            key = next(iter(self._due), None)
            if key is None:
                return None
            del self._due[key]
            self._running = self._units(*key)

    def _units(self, cause: int, chunk: Chunk) -> Iterator[Many]:
        if cause == Cause.PERIODIC and self.stopped and not self.stopped.isdisjoint(chunk[2]):
            for rest in pack(slot for slot in chunk[2] if slot not in self.stopped):
                yield from units(rest, cause)
        else:
            yield from units(chunk, cause)

    def clear(self) -> None:
        """The connection is gone: what was due comes again with the next round."""
        self._due.clear()
        self._running = iter(())

    def switch(self, slot: Slot, on: bool) -> bool:
        """Start or stop the periodic transmission of one point; False where none is configured for it."""
        if slot not in self._periodic:
            return False
        if on:
            self.stopped.discard(slot)
        else:
            self.stopped.add(slot)
        return True
