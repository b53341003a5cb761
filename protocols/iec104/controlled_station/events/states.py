"""Points that a control centre is told again though nothing has happened: latest state, no time tag, no event."""

from __future__ import annotations

from protocols.iec104.controlled_station.events.records import fitting, pack
from protocols.iec104.controlled_station.image import Slot


class States:
    def __init__(self) -> None:
        self._slots: dict[tuple[int, int], dict[int, Slot]] = {}

    def put(self, slot: Slot) -> None:
        point = slot.point
        self._slots.setdefault((slot.static_type, point.common_address), {})[point.object_address] = slot

    def take_unit(self) -> list[bytes]:
        """Records for one ASDU; empty when there is nothing to tell."""
        key = next(iter(self._slots), None)
        if key is None:
            return []
        slots = self._slots[key]
        unit = fitting(map(_record, slots.values()))
        for address in list(slots)[: len(unit)]:
            del slots[address]
        if not slots:
            del self._slots[key]
        return unit


def _record(slot: Slot) -> bytes:
    return pack(slot.event()._replace(type_id=slot.static_type, time_ns=None))
