"""Octets <-> Asdu (IEC 60870-5-101 7.1; IEC 104 field sizes: cause 2, common address 2, object address 3 octets).

Strict on lengths: whatever does not fit to the last octet raises RemoteProtocolError and nothing else. Lenient where
the field is: SQ = 1 with time tags is read, though never written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from struct import Struct
from typing import NamedTuple

from models.errors import LocalProtocolError, RemoteProtocolError
from protocols.iec104.application.asdu import MAX_OBJECT_ADDRESS, Asdu, InformationObject, Observation, Order, Service
from protocols.iec104.application.cause import Cause
from protocols.iec104.application.cp56 import UTC_TAGS, TimeTags
from protocols.iec104.application.elements import ELEMENTS
from protocols.iec104.application.orders import ORDERS, SERVICES
from protocols.iec104.application.types import TYPES, AsduType

MAX_OCTETS = 249
HEADER_OCTETS = 6
_ADDRESS_OCTETS = 3
_MAX_OBJECTS = 127
_SEQUENCE, _NEGATIVE, _TEST, _CAUSE = 0x80, 0x40, 0x80, 0x3F
_HEADER = Struct("<BBBBH")

Row = tuple[int, tuple[int | float | bytes, ...]]
"""Object address and raw fields of one object."""


class _Layout(NamedTuple):
    """One type on the wire: `one` is address, element and tag; `bare` leaves the address out (SQ = 1)."""

    row: AsduType
    one: Struct
    bare: Struct


def _layout(row: AsduType) -> _Layout:
    if row.kind in ELEMENTS:
        element = ELEMENTS[row.kind].format
    else:
        element = ORDERS[row.kind].format if row.kind in ORDERS else SERVICES[row.kind]
    fields = element + row.tag.value
    return _Layout(row, Struct("<HB" + fields), Struct("<" + fields))


_LAYOUTS = {number: _layout(row) for number, row in TYPES.items() if not (row.kind.is_parameter or row.kind.is_file)}


def capacity(type_id: int, sequence: bool) -> int:
    """How many objects of the type fit into one ASDU."""
    layout = _LAYOUTS[type_id]
    if sequence:
        return min(_MAX_OBJECTS, (MAX_OCTETS - HEADER_OCTETS - _ADDRESS_OCTETS) // layout.bare.size)
    return min(_MAX_OBJECTS, (MAX_OCTETS - HEADER_OCTETS) // layout.one.size)


def decode(data: bytes, tags: TimeTags = UTC_TAGS) -> Asdu:
    """One ASDU. A type that is not in the table gives an Asdu without objects. Raises RemoteProtocolError."""
    if not HEADER_OCTETS <= len(data) <= MAX_OCTETS:
        raise RemoteProtocolError(f"ASDU of {len(data)} octets instead of {HEADER_OCTETS}..{MAX_OCTETS}: link closed")
    type_id, structure, cause, originator, common_address = _HEADER.unpack_from(data)
    layout = _LAYOUTS.get(type_id)
    sequence = bool(structure & _SEQUENCE)
    objects: tuple[InformationObject, ...] = ()
    if layout is not None:
        objects = _objects(layout, data[HEADER_OCTETS:], structure & _MAX_OBJECTS, sequence, cause & _CAUSE, tags)
    return Asdu(
        type_id,
        cause & _CAUSE,
        common_address,
        objects,
        originator,
        bool(cause & _NEGATIVE),
        bool(cause & _TEST),
        sequence,
    )


def _objects(
    layout: _Layout, body: bytes, count: int, sequence: bool, cause: int, tags: TimeTags
) -> tuple[InformationObject, ...]:
    row = layout.row
    if count == 0 and not body and cause == Cause.TERMINATION and not row.kind.is_monitored:
        return ()
    if not row.kind.is_monitored and (count != 1 or sequence):
        raise RemoteProtocolError(f"{row.name} with {count} objects, SQ {int(sequence)}; one is allowed: link closed")
    expected = layout.bare.size * count + _ADDRESS_OCTETS if sequence else layout.one.size * count
    if count == 0 or len(body) != expected:
        raise RemoteProtocolError(
            f"{row.name} with {count} objects has {len(body)} octets instead of {expected}: link closed"
        )
    return _READERS[row.kind.is_monitored, row.kind.is_command](row, _rows(layout, body, count, sequence), tags)


def _rows(layout: _Layout, body: bytes, count: int, sequence: bool) -> Iterable[Row]:
    if not sequence:
        return [(row[0] | row[1] << 16, row[2:]) for row in layout.one.iter_unpack(body)]
    first = int.from_bytes(body[:_ADDRESS_OCTETS], "little")
    if first + count - 1 > MAX_OBJECT_ADDRESS:
        raise RemoteProtocolError(f"{layout.row.name}: object addresses from {first} run over 24 bits: link closed")
    return zip(range(first, first + count), layout.bare.iter_unpack(body[_ADDRESS_OCTETS:]), strict=True)


def _read_observations(row: AsduType, rows: Iterable[Row], tags: TimeTags) -> tuple[Observation, ...]:
    read = ELEMENTS[row.kind].read
    if not row.tagged:
        return tuple([Observation(address, *read(*fields)) for address, fields in rows])
    observations = []
    for address, (*fields, millisecond, minute) in rows:
        value, quality = read(*fields)
        time_ns, clock = tags.decode(millisecond, minute)  # type: ignore[arg-type]  # the format says int, bytes
        observations.append(Observation(address, value, quality | clock, time_ns))
    return tuple(observations)


def _read_orders(row: AsduType, rows: Iterable[Row], tags: TimeTags) -> tuple[Order, ...]:
    [(address, fields)] = rows
    fields, time_ns, clock = _without_tag(row, fields, tags)
    value, qualifier, select = ORDERS[row.kind].read(*fields)
    return (Order(address, value, select, qualifier, time_ns, clock),)


def _read_services(row: AsduType, rows: Iterable[Row], tags: TimeTags) -> tuple[Service, ...]:
    [(address, fields)] = rows
    fields, time_ns, clock = _without_tag(row, fields, tags)
    return (Service(address, int(fields[0]) if fields else 0, time_ns, clock),)


def _without_tag(
    row: AsduType, fields: tuple[int | float | bytes, ...], tags: TimeTags
) -> tuple[tuple[int | float | bytes, ...], int | None, int]:
    if not row.tagged:
        return fields, None, 0
    *rest, millisecond, minute = fields
    return tuple(rest), *tags.decode(millisecond, minute)  # type: ignore[arg-type]


_Reader = Callable[[AsduType, Iterable[Row], TimeTags], tuple[InformationObject, ...]]
_READERS: dict[tuple[bool, bool], _Reader] = {
    (True, False): _read_observations,
    (False, True): _read_orders,
    (False, False): _read_services,
}


def encode(asdu: Asdu, tags: TimeTags = UTC_TAGS) -> bytes:
    """Raises LocalProtocolError for what the standard does not allow to be sent."""
    layout = _LAYOUTS.get(asdu.type_id)
    if layout is None:
        raise LocalProtocolError(f"type {asdu.type_id} cannot be sent; see the table of types")
    _check(asdu, layout.row)
    header = _HEADER.pack(
        asdu.type_id,
        len(asdu.objects) | (_SEQUENCE if asdu.sequence else 0),
        asdu.cause | (_NEGATIVE if asdu.negative else 0) | (_TEST if asdu.test else 0),
        asdu.originator,
        asdu.common_address,
    )
    return header + b"".join(_octets(layout, asdu.objects, asdu.sequence, tags))


def _check(asdu: Asdu, row: AsduType) -> None:
    most = capacity(asdu.type_id, asdu.sequence) if row.kind.is_monitored else 1
    if not 1 <= len(asdu.objects) <= most:
        raise LocalProtocolError(f"{row.name} with {len(asdu.objects)} objects: one unit holds 1..{most}")
    if not 1 <= asdu.common_address <= 0xFFFF or not 0 <= asdu.cause <= _CAUSE or not 0 <= asdu.originator <= 0xFF:
        raise LocalProtocolError(
            f"{row.name}: common address {asdu.common_address}, cause {asdu.cause} or originator {asdu.originator} "
            "is out of range"
        )
    addresses = [item.address for item in asdu.objects]
    if not 0 <= min(addresses) <= max(addresses) <= MAX_OBJECT_ADDRESS:
        raise LocalProtocolError(f"{row.name}: object addresses {min(addresses)}..{max(addresses)} exceed 24 bits")
    if not asdu.sequence:
        return
    if row.tagged or not row.kind.is_monitored:
        raise LocalProtocolError(f"{row.name} is never sent with SQ = 1")
    if addresses != list(range(addresses[0], addresses[0] + len(addresses))):
        raise LocalProtocolError(f"{row.name}: SQ = 1 needs object addresses without gaps from {addresses[0]}")


def _octets(layout: _Layout, objects: Sequence[InformationObject], sequence: bool, tags: TimeTags) -> Iterable[bytes]:
    write, row = _WRITERS[layout.row.kind.is_monitored, layout.row.kind.is_command], layout.row
    if sequence:
        yield objects[0].address.to_bytes(_ADDRESS_OCTETS, "little")
        for item in objects:
            yield layout.bare.pack(*write(row, item))
        return
    for item in objects:
        address, fields = item.address, write(row, item)
        if row.tagged:
            fields += _tag(item, row, tags)
        yield layout.one.pack(address & 0xFFFF, address >> 16, *fields)


def _tag(item: InformationObject, row: AsduType, tags: TimeTags) -> tuple[int, bytes]:
    if item.time_ns is None:
        raise LocalProtocolError(f"{row.name}: object {item.address} has no time; send it with the type without tag")
    return tags.encode(item.time_ns, item.quality)


def _write_observation(row: AsduType, item: InformationObject) -> tuple[int | float | bytes, ...]:
    if not isinstance(item, Observation):
        raise LocalProtocolError(f"{row.name} carries observations, not {type(item).__name__}")
    return ELEMENTS[row.kind].write(item.value, item.quality)


def _write_order(row: AsduType, item: InformationObject) -> tuple[int | float | bytes, ...]:
    if not isinstance(item, Order):
        raise LocalProtocolError(f"{row.name} carries an order, not {type(item).__name__}")
    return ORDERS[row.kind].write(item.value, item.qualifier, item.select)


def _write_service(row: AsduType, item: InformationObject) -> tuple[int | float | bytes, ...]:
    if not isinstance(item, Service):
        raise LocalProtocolError(f"{row.name} is a system message, not {type(item).__name__}")
    return (item.qualifier,) if SERVICES[row.kind] else ()


_Writer = Callable[[AsduType, InformationObject], tuple[int | float | bytes, ...]]
_WRITERS: dict[tuple[bool, bool], _Writer] = {
    (True, False): _write_observation,
    (False, True): _write_order,
    (False, False): _write_service,
}


def mirror(request: bytes, cause: Cause, negative: bool = False) -> bytes:
    """The request as its own answer: every octet the same but cause and P/N (IEC 60870-5-101 7.2.3)."""
    return request[:2] + bytes([cause | (_NEGATIVE if negative else 0) | request[2] & _TEST]) + request[3:]
