"""Objects that unit.toml adds to those of the SCD: packed status of a control centre, and its overflow point."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from models.point import Cdc, Iec104Address, PointName, PointSpec
from protocols.iec104.controlled_station.service_settings import PackedSettings
from substation.northbound.agreed.settings import ControlCentre
from substation.point_list.signal import Signal, groups_of

_PACKED, _SINGLE = 20, 30


def added(centres: Iterable[ControlCentre]) -> Iterator[Signal]:
    """One line per object. A packed object is there for its control centre alone, overflow points for all."""
    centres = list(centres)
    for centre in centres:
        location = f"control centre {centre.name}"
        for row in centre.group.services.packed:
            groups = groups_of(row.points, False, [centre])
            spec = _spec(location, f"packed {row.object_address}", (row.common_address, row.object_address), _PACKED)
            yield Signal(spec, spec.monitor, None, groups, _bits(row), only=centre.name, members=row.points)
        if centre.group.overflow is not None:
            spec = _spec(location, "overflow", centre.group.overflow, _SINGLE)
            text = "events were lost; on until all that was kept has been acknowledged"
            yield Signal(spec, spec.monitor, None, groups_of([str(spec.name)], False, []), text)


def _spec(location: str, variable: str, address: tuple[int, int], type_id: int) -> PointSpec:
    return PointSpec(PointName(location, variable), Cdc.SPS, "", monitor=Iec104Address(*address, type_id))


def _bits(row: PackedSettings) -> str:
    return ", ".join(f"bit {bit}: {name}" for bit, name in enumerate(row.points))
