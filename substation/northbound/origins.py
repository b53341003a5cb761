"""Because of whom a switch moves: return information of a remote or a local command (causes 11 and 12).

Remote is who commands from another place, a control centre or the unit above; local are people at the station and
whoever operates while the bay is switched to local control. Automation is neither: what it moves is spontaneous.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from models.command import OriginatorCategory
from models.point import Cdc, Dbpos, Handle, PointName, PointSpec, Sample
from protocols.iec104.application.cause import Cause
from protocols.iec104.controlled_station.image import Image as OutstationImage
from protocols.iec104.controlled_station.image import Slot
from substation.control.operation import AnyRequest
from substation.control.request import Request
from substation.image import Image
from substation.register import PointRegister

_CAUSES = {
    OriginatorCategory.REMOTE_CONTROL: Cause.RETURN_REMOTE,
    OriginatorCategory.BAY_CONTROL: Cause.RETURN_LOCAL,
    OriginatorCategory.STATION_CONTROL: Cause.RETURN_LOCAL,
    OriginatorCategory.MAINTENANCE: Cause.RETURN_LOCAL,
}
_MOVED = (Cdc.DPC, Cdc.SPC, Cdc.BSC, Cdc.ISC)

UnderWay = Callable[[], Iterable[AnyRequest]]
"""Commands in flight, and selections (Gate.under_way)."""

_LOCAL = (".Loc", ".LocKey")
"""Points that say 'local control', at the device, its bay or its station."""


class Origins:
    """Of the points that can be moved."""

    def __init__(self, image: Image, shown: OutstationImage, under_way: UnderWay) -> None:
        self._image, self._under_way = image, under_way
        self._slots: dict[Handle, tuple[PointSpec, list[Slot], list[Handle]]] = {}
        for handle, spec in image.register.items():
            if spec.cdc in _MOVED and spec.monitor is not None:
                slots = [shown.slot(each.common_address, each.object_address) for each in spec.monitors]
                found = [slot for slot in slots if slot is not None]
                self._slots[handle] = (spec, found, _local_switches(spec.name, image.register))

    def causes(self, samples: Sequence[Sample]) -> dict[Slot, Cause]:
        """Those of the changes that these samples bring; what has none is spontaneous."""
        causes: dict[Slot, Cause] = {}
        for sample in samples:
            known = self._slots.get(sample.handle)
            if known is None or sample.source_time_ns is None:
                continue
            spec, slots, switches = known
            cause = self._commanded(spec.name, sample) or self._local(sample, switches)
            if cause is not None:
                causes.update(dict.fromkeys(slots, cause))
        return causes

    def _commanded(self, name: PointName, sample: Sample) -> Cause | None:
        for request in self._under_way():
            if request.point == name and _is_wanted(request, sample):
                return _CAUSES.get(request.originator.category, Cause.SPONTANEOUS)
        return None

    def _local(self, sample: Sample, switches: list[Handle]) -> Cause | None:
        before = self._image.get(sample.handle)
        if before is None or not any(self._is_on(switch) for switch in switches):
            return None
        return Cause.RETURN_LOCAL

    def _is_on(self, handle: Handle) -> bool:
        sample = self._image.get(handle)
        return sample is not None and sample.value is True


def _is_wanted(request: AnyRequest, sample: Sample) -> bool:
    """A trip during a closing is no consequence of it; where a step or a set-point ends is not known beforehand."""
    return not isinstance(request, Request) or sample.value in (request.value, Dbpos.INTERMEDIATE)


def _local_switches(name: PointName, register: PointRegister) -> list[Handle]:
    """At the device, its bay and its station."""
    found, path = [], name.location
    while path:
        local = (each for each in register.governing(path) if each.variable.endswith(_LOCAL))
        handles = (register.handle(each) for each in local)
        found += [handle for handle in handles if handle is not None]
        path = path.rpartition("/")[0]
    return found
