"""Elements of protection equipment and packed single points (IEC 60870-5-101 7.2.6.4, 10-12, 20, 40)."""

from __future__ import annotations

from models.point import Dbpos
from protocols.iec104.application.asdu import (
    ElementValue,
    OutputCircuit,
    PackedStatus,
    ProtectionEvent,
    StartEvents,
)
from protocols.iec104.application.element import Element, Fields, Reading
from protocols.iec104.application.flags import EI, PROTECTION_QUALITY_OF, QDP_OF, QDS_OF, QUALITY_OF

_VALUE_BITS = 0x1FFF
_LONGEST_MS = 60_000  # CP16Time2a counts to 59,999 ms; the standard names 60,000 as its end
_DBPOS = tuple(Dbpos)
_STARTS, _OUTPUTS = 0x3F, 0x0F


def _elapsed(milliseconds: int) -> Fields:
    """The time as CP16Time2a holds it, and EI where it had to be cut."""
    if 0 <= milliseconds <= _LONGEST_MS:
        return milliseconds, 0
    return min(max(milliseconds, 0), _LONGEST_MS), EI


def _read_status(status: int, changed: int, qds: int) -> Reading:
    return PackedStatus(status, changed), QUALITY_OF[qds]


def _write_status(value: ElementValue, quality: int) -> Fields:
    packed = value if isinstance(value, PackedStatus) else PackedStatus(int(value))  # type: ignore[arg-type]
    return packed.status & 0xFFFF, packed.changed & 0xFFFF, QDS_OF[quality & _VALUE_BITS]


def _read_event(sep: int, elapsed_ms: int) -> Reading:
    late = EI if elapsed_ms > _LONGEST_MS else 0
    return ProtectionEvent(_DBPOS[sep & 3], elapsed_ms), PROTECTION_QUALITY_OF[sep & 0xF8 | late]


def _write_event(value: ElementValue, quality: int) -> Fields:
    event = value if isinstance(value, ProtectionEvent) else ProtectionEvent(Dbpos(value))  # type: ignore[arg-type]
    elapsed_ms, cut = _elapsed(event.elapsed_ms)
    return int(event.state) | QDP_OF[quality & _VALUE_BITS] | int(cut), elapsed_ms


def _read_starts(spe: int, qdp: int, duration_ms: int) -> Reading:
    late = EI if duration_ms > _LONGEST_MS else 0
    return StartEvents(spe & _STARTS, duration_ms), PROTECTION_QUALITY_OF[qdp | late]


def _write_starts(value: ElementValue, quality: int) -> Fields:
    starts = value if isinstance(value, StartEvents) else StartEvents(int(value))  # type: ignore[arg-type]
    duration_ms, cut = _elapsed(starts.duration_ms)
    return starts.bits & _STARTS, QDP_OF[quality & _VALUE_BITS] | int(cut), duration_ms


def _read_output(oci: int, qdp: int, operating_ms: int) -> Reading:
    late = EI if operating_ms > _LONGEST_MS else 0
    return OutputCircuit(oci & _OUTPUTS, operating_ms), PROTECTION_QUALITY_OF[qdp | late]


def _write_output(value: ElementValue, quality: int) -> Fields:
    output = value if isinstance(value, OutputCircuit) else OutputCircuit(int(value))  # type: ignore[arg-type]
    operating_ms, cut = _elapsed(output.operating_ms)
    return output.bits & _OUTPUTS, QDP_OF[quality & _VALUE_BITS] | int(cut), operating_ms


PACKED_STATUS = Element("HHB", _read_status, _write_status)
PROTECTION_EVENT = Element("BH", _read_event, _write_event)
START_EVENTS = Element("BBH", _read_starts, _write_starts)
OUTPUT_CIRCUIT = Element("BBH", _read_output, _write_output)
