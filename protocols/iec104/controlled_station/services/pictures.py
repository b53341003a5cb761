"""What interrogations of one control centre answer: per station all points (group 0) and the groups 1..16."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from protocols.iec104.application.asdu import Asdu, Many
from protocols.iec104.application.cause import Cause
from protocols.iec104.application.types import TYPES
from protocols.iec104.controlled_station.image import Slot
from protocols.iec104.controlled_station.service_settings import Patterns, ServiceSettings, named
from protocols.iec104.controlled_station.services.packed import Packed
from protocols.iec104.controlled_station.services.packing import Chunk, pack, units


class Pictures:
    """Integrated totals and events of protection equipment are in none (causes 20-36 are not theirs).

    Points that are packed into M_PS_NA_1 objects are answered by these alone.
    """

    def __init__(self, slots: Iterable[Slot], settings: ServiceSettings, packed: Sequence[Packed] = ()) -> None:
        members: dict[tuple[int, int], list[Slot]] = defaultdict(list)
        in_packed = {slot for each in packed for slot in each.slots}
        for slot in slots:
            if slot in in_packed or Cause.STATION not in TYPES[slot.static_type].monitored:
                continue
            for group in _groups(slot, settings.groups):
                members[slot.point.common_address, group].append(slot)
        self._chunks: dict[tuple[int, int], tuple[Chunk, ...]] = {key: pack(group) for key, group in members.items()}
        self._packed: dict[tuple[int, int], list[Packed]] = defaultdict(list)
        for each in packed:
            groups = set().union(*(_groups(slot, settings.groups) for slot in each.slots))
            for group in groups:
                self._packed[each.common_address, group].append(each)

    def has(self, common_address: int, group: int) -> bool:
        key = (common_address, group)
        return key in self._chunks or key in self._packed

    def answer(self, common_address: int, group: int, cause: int, originator: int) -> Iterator[Asdu | Many]:
        """Each point with the value it has when its ASDU is asked for."""
        for chunk in self._chunks.get((common_address, group), ()):
            yield from units(chunk, cause, originator)
        for packed in self._packed.get((common_address, group), ()):
            yield packed.unit(cause, originator)


def _groups(slot: Slot, groups: dict[int, Patterns] | object) -> set[int]:
    found = {0, slot.point.group}
    if isinstance(groups, dict):
        found |= {group for group, patterns in groups.items() if named(patterns, slot.point.name)}
    return found
