"""Information elements: the octets of one object without address and time tag (IEC 60870-5-101 7.2.6).

Each element is a struct format and two pure functions between its raw fields and (value, quality). A number that its
element cannot hold, infinity and NaN are never sent as such: the nearest value goes out marked, NaN as invalid zero.
"""

from __future__ import annotations

import math
from struct import Struct

from models.errors import LocalProtocolError
from models.point import Dbpos
from models.quality import Quality
from protocols.iec104.application import protection
from protocols.iec104.application.asdu import CounterReading, ElementValue, StepPosition
from protocols.iec104.application.element import Element, Fields, Reading
from protocols.iec104.application.flags import INDICATION_OF, IV, OV, QDS_OF, QUALITY_OF
from protocols.iec104.application.types import Kind

PLAIN_NORMALISED, NORMALISED = 21, 9
_VALUE_BITS = 0x1FFF
LARGEST_FLOAT: float = Struct("<f").unpack(bytes.fromhex("ffff7f7f"))[0]
_DBPOS = tuple(Dbpos)

_SINGLE: tuple[Reading, ...] = tuple((bool(octet & 1), QUALITY_OF[octet & 0xF0]) for octet in range(256))
_DOUBLE: tuple[Reading, ...] = tuple((_DBPOS[octet & 3], QUALITY_OF[octet & 0xF0]) for octet in range(256))


def _write_indication(value: ElementValue, quality: int) -> Fields:
    return (int(value) | INDICATION_OF[quality & _VALUE_BITS],)  # type: ignore[arg-type]  # bool or Dbpos


def _read_number(raw: int, qds: int) -> Reading:
    return raw, QUALITY_OF[qds]


def _read_normalised(raw: int, qds: int) -> Reading:
    return raw / 32768, QUALITY_OF[qds]


def _read_float(raw: float, qds: int) -> Reading:
    if math.isfinite(raw):
        return raw, QUALITY_OF[qds]
    return 0.0, QUALITY_OF[qds | IV | OV]


def _held(number: float, low: float, high: float, quality: int) -> tuple[float, int]:
    """The number within low..high and its QDS octet, which says where it had to be cut or was none."""
    qds = QDS_OF[quality & _VALUE_BITS]
    if low <= number <= high:
        return number, qds
    if number != number:  # NaN
        return 0, qds | IV | OV
    return (low if number < low else high), qds | OV | (IV if math.isinf(number) else 0)


def _write_float(value: ElementValue, quality: int) -> Fields:
    return _held(float(value), -LARGEST_FLOAT, LARGEST_FLOAT, quality)  # type: ignore[arg-type]


def _write_normalised(value: ElementValue, quality: int) -> Fields:
    raw, qds = _held(float(value) * 32768, -32768, 32767, quality)  # type: ignore[arg-type]
    return round(raw), qds


def _write_scaled(value: ElementValue, quality: int) -> Fields:
    raw, qds = _held(value, -32768, 32767, quality)  # type: ignore[arg-type]
    return round(raw), qds


def _write_bits(value: ElementValue, quality: int) -> Fields:
    return int(value) & 0xFFFFFFFF, QDS_OF[quality & _VALUE_BITS]  # type: ignore[arg-type]


def _read_step(vti: int, qds: int) -> Reading:
    position = vti & 0x7F
    return StepPosition(position - 128 if position > 63 else position, bool(vti & 0x80)), QUALITY_OF[qds]


def _write_step(value: ElementValue, quality: int) -> Fields:
    step = value if isinstance(value, StepPosition) else StepPosition(int(value))  # type: ignore[arg-type]
    position, qds = _held(step.position, -64, 63, quality)
    return int(position) & 0x7F | step.transient << 7, qds


def _read_counter(total: int, sequence: int) -> Reading:
    reading = CounterReading(total, sequence & 0x1F, bool(sequence & 0x20), bool(sequence & 0x40))
    return reading, int(Quality.INVALID) if sequence & 0x80 else 0


def _write_counter(value: ElementValue, quality: int) -> Fields:
    reading = value if isinstance(value, CounterReading) else CounterReading(int(value))  # type: ignore[arg-type]
    total = (reading.total + 0x80000000) % 0x100000000 - 0x80000000  # totals roll over by nature
    doubt = IV if Quality(quality & 3) is not Quality.GOOD else 0
    return total, reading.number & 0x1F | reading.carry << 5 | reading.adjusted << 6 | doubt


def _read_plain(raw: int) -> Reading:
    return raw / 32768, 0


def _write_plain(value: ElementValue, quality: int) -> Fields:
    """LocalProtocolError for a value that may not be sent without a word about its quality."""
    raw, qds = _held(float(value) * 32768, -32768, 32767, quality)  # type: ignore[arg-type]
    if qds:
        raise LocalProtocolError(f"M_ME_ND_1 cannot say that {value} is doubtful; send it as M_ME_NA_1")
    return (round(raw),)


def certain_type(type_id: int, value: ElementValue, quality: int) -> int:
    """M_ME_ND_1 cannot say that its value is doubtful: such a value goes out as M_ME_NA_1. Every other type is kept."""
    if type_id != PLAIN_NORMALISED:
        return type_id
    _, qds = _held(float(value) * 32768, -32768, 32767, quality)  # type: ignore[arg-type]
    return NORMALISED if qds else type_id


ELEMENTS: dict[Kind, Element] = {
    Kind.SINGLE: Element("B", _SINGLE.__getitem__, _write_indication),
    Kind.DOUBLE: Element("B", _DOUBLE.__getitem__, _write_indication),
    Kind.STEP: Element("BB", _read_step, _write_step),
    Kind.BITSTRING: Element("IB", _read_number, _write_bits),
    Kind.NORMALISED: Element("hB", _read_normalised, _write_normalised),
    Kind.SCALED: Element("hB", _read_number, _write_scaled),
    Kind.FLOAT: Element("fB", _read_float, _write_float),
    Kind.COUNTER: Element("iB", _read_counter, _write_counter),
    Kind.PACKED_STATUS: protection.PACKED_STATUS,
    Kind.PLAIN_NORMALISED: Element("h", _read_plain, _write_plain),
    Kind.PROTECTION_EVENT: protection.PROTECTION_EVENT,
    Kind.START_EVENTS: protection.START_EVENTS,
    Kind.OUTPUT_CIRCUIT: protection.OUTPUT_CIRCUIT,
}
