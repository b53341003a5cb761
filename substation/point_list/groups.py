"""How many points each interrogation answers, by common address: a control centre sees whether its list is complete."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from models.point import Cdc
from protocols.iec104.controlled_station.service_settings import named
from substation.northbound.agreed.settings import ControlCentre
from substation.point_list.columns import Cell, monitored
from substation.point_list.signal import Signal

GROUPS: tuple[tuple[str, int], ...] = (
    ("control_centre", 20),
    ("common_address", 10),
    ("interrogation", 26),
    ("type", 8),
    ("objects", 10),
)
"""Columns and their widths."""

STATION, COUNTERS = "station (QOI 20)", "counters (RQT 5)"


def groups(signals: Sequence[Signal], centres: Sequence[ControlCentre]) -> Iterator[tuple[Cell, ...]]:
    """One line per control centre, common address, interrogation and type."""
    for centre in centres:
        counted: Counter[tuple[int, str, int]] = Counter()
        for signal in monitored(signals):
            for name in _interrogations(signal, centre):
                if signal.monitor is not None and signal.static_type is not None:
                    counted[signal.monitor.common_address, name, signal.static_type] += 1
        for (common_address, name, type_id), count in sorted(counted.items()):
            yield centre.name, common_address, name, type_id, count


def _interrogations(signal: Signal, centre: ControlCentre) -> Iterator[str]:
    """None of what this control centre has not, or is answered within a packed object."""
    if signal.only not in ("", centre.name) or centre.name in signal.in_packed:
        return
    services = centre.group.services
    is_total = signal.spec.cdc is Cdc.BCR
    yield COUNTERS if is_total else STATION
    table = services.counters.groups if is_total else services.groups
    for number, patterns in sorted(table.items()):
        if any(named(patterns, name) for name in signal.members or [str(signal.spec.name)]):
            yield f"{'counter group' if is_total else 'group'} {number}"
