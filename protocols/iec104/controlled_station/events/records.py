"""Events as records of some 20 octets: what event buffers hold in memory and on disk, and how they become ASDUs.

A record: its length, address (object 3, common 2), type, cause with the test bit, quality of the clock, time (ns UTC),
and the information element as it is on the wire. It knows no time zone, so it outlives a change of the link's zone; and
whoever sends it again sends the same octets again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from struct import Struct

from models.quality import Quality
from protocols.iec104.application.asdu import ElementValue
from protocols.iec104.application.codec import HEADER_OCTETS, MAX_OCTETS
from protocols.iec104.application.cp56 import TimeTags
from protocols.iec104.application.elements import ELEMENTS
from protocols.iec104.application.types import TYPES, Kind
from protocols.iec104.controlled_station.events.event import Event

_HEAD = "<BHBHBBBq"
_ELEMENT_AT = Struct(_HEAD).size
_TEST_BIT = 0x80
_CLOCK_SHIFT = 13  # of Quality.CLOCK_FAILURE, the lowest of the two clock bits
_CLOCK = 3
_TEST = int(Quality.TEST)
_NO_TIME = -(2**63)
_TIME = Struct("<q")
_TIME_AT = _ELEMENT_AT - _TIME.size
_TAG_OCTETS = 7
_TAG = Struct("<H5s")
_ASDU = Struct("<BBBBH")

_Write = Callable[[ElementValue, int], tuple[int | float, ...]]
_STRUCTS: dict[int, tuple[Struct, int, _Write]] = {
    number: (packing := Struct(_HEAD + ELEMENTS[row.kind].format), packing.size, ELEMENTS[row.kind].write)
    for number, row in TYPES.items()
    if row.kind in ELEMENTS
}
MOST_OCTETS = max(size for _, size, _ in _STRUCTS.values())
_IN_ONE_UNIT = {
    number: (MAX_OCTETS - HEADER_OCTETS) // (3 + size - _ELEMENT_AT + (_TAG_OCTETS if TYPES[number].tagged else 0))
    for number, (_, size, _) in _STRUCTS.items()
}
_TAGGED = frozenset(number for number in _STRUCTS if TYPES[number].tagged)
_TOTALS = frozenset(number for number, row in TYPES.items() if row.kind is Kind.COUNTER)


def is_total(type_id: int) -> bool:
    """Types 15, 16, 37."""
    return type_id in _TOTALS


def pack(event: Event) -> bytes:
    """LocalProtocolError where the element cannot say it."""
    type_id, common_address, address, value, quality, time_ns, cause = event
    packing, size, write = _STRUCTS[type_id]
    return packing.pack(
        size,
        address & 0xFFFF,
        address >> 16,
        common_address,
        type_id,
        cause | _TEST_BIT if quality & _TEST else cause,
        quality >> _CLOCK_SHIFT & _CLOCK,
        _NO_TIME if time_ns is None else time_ns,
        *write(value, quality),
    )


def point_of(record: bytes) -> bytes:
    """Object and common address, as a key."""
    return record[1:6]


def address_of(record: bytes) -> tuple[int, int]:
    """Common and object address."""
    return record[4] | record[5] << 8, int.from_bytes(record[1:4], "little")


def time_of(record: bytes) -> int | None:
    """ns UTC."""
    time_ns: int = _TIME.unpack_from(record, _TIME_AT)[0]
    return None if time_ns == _NO_TIME else time_ns


def state_of(record: bytes) -> bytes:
    """Value, quality and test bit, to be compared with that of another record of the same point."""
    return bytes([record[7] & _TEST_BIT]) + record[_ELEMENT_AT:]


def value_of(record: bytes) -> ElementValue:
    """The value as the wire would carry it."""
    element = ELEMENTS[TYPES[record[6]].kind]
    return element.read(*Struct("<" + element.format).unpack_from(record, _ELEMENT_AT))[0]


def fitting(waiting: Iterable[bytes]) -> list[bytes]:
    """The first records that one ASDU can carry: same common address, type, cause and test bit."""
    unit: list[bytes] = []
    likeness, most = b"", 0
    for record in waiting:
        if not unit:
            likeness, most = record[4:8], _IN_ONE_UNIT[record[6]]
        elif record[4:8] != likeness:
            break
        unit.append(record)
        if len(unit) == most:
            break
    return unit


def asdu(records: Sequence[bytes], tags: TimeTags) -> bytes:
    """The octets of the ASDU that carries the records of one `fitting`."""
    first = records[0]
    type_id = first[6]
    header = _ASDU.pack(type_id, len(records), first[7], 0, first[4] | first[5] << 8)
    if type_id not in _TAGGED:
        return header + b"".join([record[1:4] + record[_ELEMENT_AT:] for record in records])
    times = [_TIME.unpack_from(record, _TIME_AT)[0] for record in records]
    clocks = [record[8] << _CLOCK_SHIFT for record in records]
    ends = map(_TAG.pack, *tags.encode_many(times, clocks))
    return header + b"".join(
        [record[1:4] + record[_ELEMENT_AT:] + tag for record, tag in zip(records, ends, strict=True)]
    )


def split(octets: bytes) -> list[bytes]:
    """Records that stand one after the other. ValueError when they do not fill the octets."""
    found: list[bytes] = []
    at, end = 0, len(octets)
    while at < end:
        size = octets[at]
        if size <= _ELEMENT_AT or at + size > end:
            raise ValueError(f"no record of {size} octets can stand at octet {at} of {end}")
        found.append(octets[at : at + size])
        at += size
    return found
