"""Units with a single object: commands, system messages, parameters and the messages of file transfer."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from struct import Struct
from typing import Any, NamedTuple

from models.errors import LocalProtocolError, RemoteProtocolError
from protocols.iec104.application.asdu import MAX_OBJECT_ADDRESS, InformationObject, Order, Parameter, Service
from protocols.iec104.application.cp56 import TimeTags
from protocols.iec104.application.monitored import ADDRESS_OCTETS
from protocols.iec104.application.orders import ORDERS, PARAMETERS, SERVICES
from protocols.iec104.application.types import AsduType, Family, Kind, Tag

Fields = tuple[Any, ...]
"""What struct gives and takes: int, float and octets."""


class SingleElement(NamedTuple):
    """format: struct codes without address and time tag. record: what an object is.

    read: (address, raw fields, ns UTC, clock bits) -> object. write: object -> raw fields.
    """

    format: str
    record: type
    read: Callable[[int, Fields, int | None, int], InformationObject]
    write: Callable[[Any], Fields]


def _command(kind: Kind) -> SingleElement:
    element = ORDERS[kind]

    def read(address: int, fields: Fields, time_ns: int | None, clock: int) -> Order:
        value, qualifier, select = element.read(*fields)
        return Order(address, value, select, qualifier, time_ns, clock)

    def write(order: Order) -> Fields:
        return element.write(order.value, order.qualifier, order.select)

    return SingleElement(element.format, Order, read, write)


def _service(kind: Kind) -> SingleElement:
    fields_format = SERVICES[kind]

    def read(address: int, fields: Fields, time_ns: int | None, clock: int) -> Service:
        return Service(address, fields[0] if fields else 0, time_ns, clock)

    def write(service: Service) -> Fields:
        return (service.qualifier,) if fields_format else ()

    return SingleElement(fields_format, Service, read, write)


def _parameter(kind: Kind) -> SingleElement:
    element = PARAMETERS[kind]

    def read(address: int, fields: Fields, time_ns: int | None, clock: int) -> Parameter:
        return Parameter(address, *element.read(*fields))

    def write(parameter: Parameter) -> Fields:
        return element.write(parameter.value, parameter.qualifier)

    return SingleElement(element.format, Parameter, read, write)


_ELEMENTS_OF: dict[Family, Callable[[Kind], SingleElement]] = {
    Family.COMMAND: _command,
    Family.SERVICE: _service,
    Family.PARAMETER: _parameter,
}


def element_of(row: AsduType) -> SingleElement:
    """Of a command, a system message or a parameter."""
    return _ELEMENTS_OF[row.kind.family](row.kind)


class SingleUnit:
    """One type with exactly one object and no SQ. one: its octets with address."""

    def __init__(self, row: AsduType, element: SingleElement) -> None:
        self.row, self._element = row, element
        self._struct = Struct("<HB" + element.format + row.tag.value)
        self.one, self.bare = self._struct.size, self._struct.size - ADDRESS_OCTETS

    def read(
        self, body: bytes, count: int, sequence: bool, tags: TimeTags, arrival_ns: int | None
    ) -> tuple[InformationObject, ...]:
        """RemoteProtocolError where the octets do not fit."""
        if count != 1 or sequence:
            raise RemoteProtocolError(
                f"{self.row.name} with {count} objects, SQ {int(sequence)}; one is allowed: link closed"
            )
        if len(body) != self.one:
            raise RemoteProtocolError(f"{self.row.name} has {len(body)} octets instead of {self.one}: link closed")
        low, high, *fields = self._struct.unpack(body)
        time_ns, clock = None, 0
        if self.row.tag is Tag.CP56:
            *fields, millisecond, minute = fields
            time_ns, clock = tags.decode(millisecond, minute)
        return (self._element.read(low | high << 16, tuple(fields), time_ns, clock),)

    def write(self, objects: Sequence[InformationObject], sequence: bool, tags: TimeTags) -> bytes:
        """LocalProtocolError for what may not be sent."""
        name = self.row.name
        if sequence or len(objects) != 1:
            raise LocalProtocolError(f"{name} is never sent with SQ = 1 or several objects")
        [item] = objects
        if type(item) is not self._element.record:
            raise LocalProtocolError(f"{name} carries {self._element.record.__name__}, not {type(item).__name__}")
        if not 0 <= item.address <= MAX_OBJECT_ADDRESS:
            raise LocalProtocolError(f"{name}: object address {item.address} exceeds 24 bits")
        try:
            return self._struct.pack(
                item.address & 0xFFFF, item.address >> 16, *self._element.write(item), *self._tag(item, tags)
            )
        except struct.error as error:
            raise LocalProtocolError(f"{name}, object {item.address}: {error}") from error

    def _tag(self, item: Any, tags: TimeTags) -> Fields:
        if self.row.tag is Tag.NONE:
            return ()
        if item.time_ns is None:
            raise LocalProtocolError(f"{self.row.name}: object {item.address} has no time, which the type needs")
        return tags.encode(item.time_ns, item.quality)
