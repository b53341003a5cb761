"""Measurands that have changed and that a group of control centres has not received: each sends its latest value."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from time import monotonic

from protocols.iec104.application.codec import capacity
from protocols.iec104.controlled_station.agenda import Agenda
from protocols.iec104.controlled_station.events.deadband import Filter, Thresholds
from protocols.iec104.controlled_station.events.event import Event
from protocols.iec104.controlled_station.image import Slot


class Measurands:
    """Changed points, kept apart by type and station since one ASDU holds one of each; whose turn it is goes round.

    monotonic, agenda: needed for dead-bands. on_change: a dead-band has let a value pass though nothing new came.
    shape: how an event is changed before it is sent.
    """

    def __init__(self, agenda: Agenda | None = None, monotonic: Callable[[], float] = monotonic) -> None:
        self._changed: dict[tuple[int, int], dict[int, Slot]] = {}
        self._filters: dict[Slot, Filter] = {}
        self._looks: dict[Slot, float] = {}
        self._agenda, self._monotonic = agenda or Agenda(), monotonic
        self.on_change: Callable[[], None] = lambda: None
        self.shape: Callable[[Event], Event] | None = None

    def __len__(self) -> int:
        return sum(len(slots) for slots in self._changed.values())

    def filter(self, slots: Iterable[Slot], thresholds: Callable[[Slot], Thresholds | None]) -> None:
        """Put dead-bands in front of those points that have thresholds."""
        for slot in slots:
            found = thresholds(slot)
            if found is not None:
                self._filters[slot] = Filter(slot, found)

    def thresholds(self, slot: Slot) -> Thresholds:
        """Those of a point, to be changed; none so far become zeros."""
        if slot not in self._filters:
            self._filters[slot] = Filter(slot, Thresholds())
        return self._filters[slot].thresholds

    def put(self, slot: Slot) -> None:
        """The point has a new value or quality."""
        if self._filters and (dead_band := self._filters.get(slot)) is not None and not self._pass(dead_band):
            return
        key = (slot.static_type, slot.point.common_address)
        self._changed.setdefault(key, {})[slot.point.object_address] = slot

    def _pass(self, dead_band: Filter) -> bool:
        now_s = self._monotonic()
        passes = dead_band.passes(now_s)
        self._look_again(dead_band, passes, now_s)
        return passes

    def _look_again(self, dead_band: Filter, waits: bool, now_s: float) -> None:
        """A look that is due already is left where it is: it looks in vain, and asks for the next one."""
        slot, look_s = dead_band.slot, dead_band.next_look_s(waits, now_s)
        if look_s < self._looks.get(slot, math.inf):
            self._looks[slot] = look_s
            self._agenda.at(look_s, lambda now_s: self._look(slot, now_s))

    def _look(self, slot: Slot, now_s: float) -> None:
        if self._looks.get(slot, math.inf) > now_s:
            return  # another look has come before, and was the right one
        del self._looks[slot]
        self.put(slot)
        self.on_change()

    def take_unit(self) -> list[Event]:
        """Latest values that fit into one ASDU (same type and test bit); empty when nothing changed."""
        key = next(iter(self._changed), None)
        if key is None:
            return []
        slots = self._changed.pop(key)
        unit: list[Event] = []
        for address, slot in list(slots.items()):
            event = slot.event() if self.shape is None else self.shape(slot.event())
            if unit and (event.type_id, event.is_test) != (unit[0].type_id, unit[0].is_test):
                continue
            unit.append(self._filters[slot].sent(event) if slot in self._filters else event)
            del slots[address]
            if len(unit) == capacity(event.type_id, False):
                break
        if slots:
            self._changed[key] = slots  # at the end: a busy station must not starve the others
        return unit
