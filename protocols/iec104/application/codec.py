"""Octets <-> Asdu (IEC 60870-5-101 7.1; IEC 104 field sizes: cause 2, common address 2, object address 3 octets).

Strict on lengths: whatever does not fit to the last octet raises RemoteProtocolError and nothing else. Lenient where
the field is: SQ = 1 with time tags is read, though never written, and the types that IEC 101 alone has are read too.
"""

from __future__ import annotations

from struct import Struct

from models.errors import LocalProtocolError, RemoteProtocolError
from protocols.iec104.application.asdu import Asdu, InformationObject, Many
from protocols.iec104.application.cause import Cause
from protocols.iec104.application.cp56 import UTC_TAGS, TimeTags
from protocols.iec104.application.monitored import ADDRESS_OCTETS, MonitoredUnit
from protocols.iec104.application.types import TYPES, type_name
from protocols.iec104.application.units import HAS_MANY, UNITS

MAX_OCTETS = 249
HEADER_OCTETS = 6
_MAX_OBJECTS = 127
_SEQUENCE, _NEGATIVE, _TEST, _CAUSE = 0x80, 0x40, 0x80, 0x3F
_HEADER = Struct("<BBBBH")
_MANY = {number: unit for number, unit in UNITS.items() if number in TYPES and isinstance(unit, MonitoredUnit)}
_TERMINATION = int(Cause.TERMINATION)


def capacity(type_id: int, sequence: bool) -> int:
    """How many objects of the type fit into one ASDU. KeyError for types that are not in the tables."""
    unit = UNITS[type_id]
    if type_id not in HAS_MANY:
        return 1
    if sequence:
        return min(_MAX_OBJECTS, (MAX_OCTETS - HEADER_OCTETS - ADDRESS_OCTETS) // unit.bare)
    return min(_MAX_OBJECTS, (MAX_OCTETS - HEADER_OCTETS) // unit.one)


_CAPACITIES = {(number, sequence): capacity(number, sequence) for number in UNITS for sequence in (False, True)}


def decode(data: bytes, tags: TimeTags = UTC_TAGS, arrival_ns: int | None = None) -> Asdu:
    """One ASDU. A type that is not in the tables gives an Asdu without objects. Raises RemoteProtocolError.

    arrival_ns: UTC; with it the time tags of IEC 101, which have no hour, are completed.
    """
    if not HEADER_OCTETS <= len(data) <= MAX_OCTETS:
        raise RemoteProtocolError(f"ASDU of {len(data)} octets instead of {HEADER_OCTETS}..{MAX_OCTETS}: link closed")
    type_id, structure, cause, originator, common_address = _HEADER.unpack_from(data)
    sequence, count, reason = structure >= _SEQUENCE, structure & _MAX_OBJECTS, cause & _CAUSE
    objects: tuple[InformationObject, ...] = ()
    if type_id in UNITS and not _is_empty_termination(data, type_id, count, reason):
        objects = UNITS[type_id].read(data[HEADER_OCTETS:], count, sequence, tags, arrival_ns)
    negative, test = bool(cause & _NEGATIVE), bool(cause & _TEST)
    return Asdu(type_id, reason, common_address, objects, originator, negative, test, sequence)


def decode_many(data: bytes, tags: TimeTags = UTC_TAGS) -> Many | None:
    """An ordinary ASDU of several observations, which is most of the traffic; None: `decode` it.

    RemoteProtocolError as `decode`.
    """
    if not HEADER_OCTETS <= len(data) <= MAX_OCTETS:
        return None
    type_id, structure, cause, _, common_address = _HEADER.unpack_from(data)
    count = structure & _MAX_OBJECTS
    if count < 2 or cause > _CAUSE or type_id not in _MANY:
        return None
    sequence = structure >= _SEQUENCE
    addresses, values, qualities, times = _MANY[type_id].read_columns(data[HEADER_OCTETS:], count, sequence, tags, None)
    stamps: list[int | None] = list(times) if TYPES[type_id].tagged else [None] * count
    return Many(type_id, cause, common_address, list(addresses), list(values), list(qualities), stamps)


def _is_empty_termination(data: bytes, type_id: int, count: int, cause: int) -> bool:
    """Some stations end an activation without an object."""
    return count == 0 and len(data) == HEADER_OCTETS and cause == _TERMINATION and type_id not in HAS_MANY


def encode(asdu: Asdu | Many, tags: TimeTags = UTC_TAGS) -> bytes:
    """Raises LocalProtocolError for what the standard does not allow to be sent."""
    if isinstance(asdu, Many):
        return _encode_many(asdu, tags)
    type_id, cause, common_address, objects, originator, negative, test, sequence = asdu
    header = _header(type_id, len(objects), cause, common_address, originator, negative, test, sequence)
    return header + UNITS[type_id].write(objects, sequence, tags)


def _encode_many(many: Many, tags: TimeTags) -> bytes:
    type_id, cause, common_address, addresses, values, qualities, times, originator, test, sequence = many
    header = _header(type_id, len(addresses), cause, common_address, originator, False, test, sequence)
    unit = UNITS[type_id]
    if not isinstance(unit, MonitoredUnit):
        raise LocalProtocolError(f"{type_name(type_id)} carries no observations")
    return header + unit.write_columns(addresses, values, qualities, times, sequence, tags)


def _header(
    type_id: int,
    count: int,
    cause: int,
    common_address: int,
    originator: int,
    negative: bool,
    test: bool,
    sequence: bool,
) -> bytes:
    if type_id not in TYPES:
        raise LocalProtocolError(f"{type_name(type_id)} cannot be sent; see the table of types")
    if not 1 <= count <= _CAPACITIES[type_id, sequence]:
        raise LocalProtocolError(
            f"{type_name(type_id)} with {count} objects: one unit holds 1..{_CAPACITIES[type_id, sequence]}"
        )
    if not 1 <= common_address <= 0xFFFF or not 0 <= cause <= _CAUSE or not 0 <= originator <= 0xFF:
        raise LocalProtocolError(
            f"{type_name(type_id)}: common address {common_address}, cause {cause} or originator {originator} "
            "is out of range"
        )
    structure = count | (_SEQUENCE if sequence else 0)
    signs = (_NEGATIVE if negative else 0) | (_TEST if test else 0)
    return _HEADER.pack(type_id, structure, cause | signs, originator, common_address)


def mirror(request: bytes, cause: Cause, negative: bool = False) -> bytes:
    """The request as its own answer: every octet the same but cause and P/N (IEC 60870-5-101 7.2.3)."""
    return request[:2] + bytes([cause | (_NEGATIVE if negative else 0) | request[2] & _TEST]) + request[3:]
