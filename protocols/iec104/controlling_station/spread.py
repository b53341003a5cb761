"""A value that a device spreads over several single points, one per value (IEC 61850-80-1 `expectedValue`)."""

from __future__ import annotations

from collections.abc import Iterable

from models.point import Cdc, Dbpos, Iec104Address, PointSpec, Value
from models.quality import Quality
from protocols.iec104.application.variant import doubted, is_on

_DOUBLE = (Cdc.DPC, Cdc.DPS)
_CONTRADICTION = int(Quality.QUESTIONABLE | Quality.INCONSISTENT)
_WORSE = (Quality.GOOD, Quality.RESERVED, Quality.QUESTIONABLE, Quality.INVALID)
Part = tuple[int, int]
"""Common and object address of one of the objects."""


class SpreadValue:
    """The objects of one point as they were last heard; outlives the connections of its link."""

    def __init__(self, spec: PointSpec) -> None:
        self._is_double = spec.cdc in _DOUBLE
        self._addresses: dict[Part, Iec104Address] = {_part(each): each for each in spec.monitors}
        self._heard: dict[Part, tuple[bool, int]] = {}
        self._last: Value = Dbpos.INTERMEDIATE if self._is_double else 0

    def take(self, part: Part, value: bool, quality: int) -> tuple[Value, int] | None:
        """The whole value and its quality after one object was heard; None until all have been heard."""
        self._heard[part] = is_on(self._addresses[part], value), quality
        if len(self._heard) < len(self._addresses):
            return None
        whole = _combined(each[1] for each in self._heard.values())
        on = [self._addresses[each].expected or 0 for each, (is_set, _) in self._heard.items() if is_set]
        if self._is_double:
            return self._position(on), whole
        if len(on) == 1:
            self._last = on[0]
            return self._last, whole
        return self._last, doubted(whole, _CONTRADICTION)

    def _position(self, on: list[int]) -> Dbpos:
        """None of the two contacts: under way; both: contradictory (as DPI of IEC 60870-5-101 7.2.6.2)."""
        return Dbpos(on[0]) if len(on) == 1 else Dbpos.BAD if on else Dbpos.INTERMEDIATE


def _part(address: Iec104Address) -> Part:
    return address.common_address, address.object_address


def _combined(qualities: Iterable[int]) -> int:
    """Every detail of any object, and the worst validity."""
    details, validity = 0, 0
    for each in qualities:
        details |= each & ~3
        validity = max(validity, each & 3, key=_WORSE.index)
    return details | validity
