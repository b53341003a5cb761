"""Measurands that have changed and that a group of control centres has not received: each sends its latest value."""

from __future__ import annotations

from protocols.iec104.application.codec import capacity
from protocols.iec104.controlled_station.buffer import Event
from protocols.iec104.controlled_station.image import Slot


class Measurands:
    """Changed points, kept apart by type and station since one ASDU holds one of each; whose turn it is goes round."""

    def __init__(self) -> None:
        self._changed: dict[tuple[int, int], dict[int, Slot]] = {}

    def __len__(self) -> int:
        return sum(len(slots) for slots in self._changed.values())

    def put(self, slot: Slot) -> None:
        key = (slot.static_type, slot.point.common_address)
        self._changed.setdefault(key, {})[slot.point.object_address] = slot

    def take_unit(self) -> list[Event]:
        """Latest values that fit into one ASDU (same type and test bit); empty when nothing changed."""
        key = next(iter(self._changed), None)
        if key is None:
            return []
        slots = self._changed.pop(key)
        unit: list[Event] = []
        for address, slot in list(slots.items()):
            event = slot.event()
            if unit and (event.type_id, event.is_test) != (unit[0].type_id, unit[0].is_test):
                continue
            unit.append(event)
            del slots[address]
            if len(unit) == capacity(event.type_id, False):
                break
        if slots:
            self._changed[key] = slots  # at the end: a busy station must not starve the others
        return unit
