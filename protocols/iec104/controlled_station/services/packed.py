"""M_PS_NA_1: 16 single points in one object, with what has changed since it was reported last."""

from __future__ import annotations

from collections.abc import Sequence

from models.errors import LocalProtocolError
from protocols.iec104.application.asdu import Asdu, Observation, PackedStatus
from protocols.iec104.application.types import TYPES, Kind
from protocols.iec104.controlled_station.image import Slot
from protocols.iec104.controlled_station.service_settings import PackedSettings

PACKED_STATUS = 20
_MOST = 16


class Packed:
    """One object of one control centre, who alone asks for it: changes are counted from its last answer."""

    def __init__(self, settings: PackedSettings, slots: Sequence[Slot]) -> None:
        if not 1 <= len(slots) <= _MOST or any(TYPES[slot.static_type].kind is not Kind.SINGLE for slot in slots):
            raise LocalProtocolError(
                f"packed object {settings.common_address}/{settings.object_address}: 1..16 single points are needed"
            )
        self.common_address, self.object_address = settings.common_address, settings.object_address
        self.slots = tuple(slots)
        self._last = self._status()

    def _status(self) -> int:
        return sum(bool(slot.value) << bit for bit, slot in enumerate(self.slots))

    def observation(self) -> Observation:
        """Status and changes; one doubtful point makes the whole object doubtful, since it has one quality."""
        status = self._status()
        changed, self._last = status ^ self._last, status
        quality = 0
        for slot in self.slots:
            quality |= slot.quality
        return Observation(self.object_address, PackedStatus(status, changed), quality)

    def unit(self, cause: int, originator: int = 0) -> Asdu:
        return Asdu(PACKED_STATUS, cause, self.common_address, (self.observation(),), originator)
