"""Intermediate positions that last less than agreed are not sent (IEC 60870-5-101 7.2.6.2: DPI 0, VTI transient).

One that lasts longer is sent late, with the time at which it began.
"""

from __future__ import annotations

from collections.abc import Callable

from models.point import Dbpos
from protocols.iec104.application.asdu import StepPosition
from protocols.iec104.controlled_station.agenda import Agenda
from protocols.iec104.controlled_station.events.event import Event
from protocols.iec104.controlled_station.image import Slot


class Positions:
    """The positions of one control centre that may be on their way. send: put an event into the buffer."""

    def __init__(
        self, wait_s: float, agenda: Agenda, monotonic: Callable[[], float], send: Callable[[Event], None]
    ) -> None:
        self._wait_s, self._agenda, self._monotonic, self._send = wait_s, agenda, monotonic, send
        self._held: dict[Slot, Event] = {}

    def holds(self, slot: Slot, event: Event) -> bool:
        """True when the event is held back; any other event of the point makes a held one void."""
        self._held.pop(slot, None)
        if not _is_intermediate(event):
            return False
        self._held[slot] = event
        self._agenda.at(self._monotonic() + self._wait_s, lambda now_s: self._release(slot, event))
        return True

    def _release(self, slot: Slot, event: Event) -> None:
        if self._held.get(slot) is event:
            del self._held[slot]
            self._send(event)


def _is_intermediate(event: Event) -> bool:
    value = event.value
    if isinstance(value, StepPosition):
        return value.transient
    return value is Dbpos.INTERMEDIATE
