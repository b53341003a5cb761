"""Objects in monitor direction <-> the body of an ASDU: many of one type, each with or without address and time tag.

A single object is read and written field by field, several of them column by column (see columns.py).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import repeat
from struct import Struct
from typing import Any, cast

from models.errors import LocalProtocolError, RemoteProtocolError
from protocols.iec104.application.asdu import MAX_OBJECT_ADDRESS, ElementValue, InformationObject, Observation
from protocols.iec104.application.columns import COLUMNS
from protocols.iec104.application.cp56 import TimeTags
from protocols.iec104.application.elements import ELEMENTS
from protocols.iec104.application.types import AsduType, Tag

ADDRESS_OCTETS = 3
Columns = tuple[Iterable[int], Iterable[ElementValue], Iterable[int], Iterable[int | None]]
"""Object addresses, values, Quality bits, and times in ns UTC: as many of each, or endless."""
_Columns = tuple[Sequence[Any], ...]  # int, float and octets side by side, as struct gives and takes them
_observation = partial(tuple.__new__, Observation)  # the fastest way to many records


class MonitoredUnit:
    """One type. one: octets of an object with its address; bare: without, as it stands in a sequence (SQ = 1)."""

    def __init__(self, row: AsduType) -> None:
        self.row = row
        self._element, self._columns = ELEMENTS[row.kind], COLUMNS.get(row.kind)
        self._width = len(self._element.format)
        fields = self._element.format + row.tag.value
        self._one, self._bare = Struct("<HB" + fields), Struct("<" + fields)
        self.one, self.bare = self._one.size, self._bare.size

    def read(
        self, body: bytes, count: int, sequence: bool, tags: TimeTags, arrival_ns: int | None
    ) -> tuple[Observation, ...]:
        """RemoteProtocolError where the octets do not fit the count. arrival_ns: for tags without a date."""
        if count == 1 and len(body) == self.one:
            return (self._read_one(self._one.unpack(body), tags, arrival_ns),)
        columns = self.read_columns(body, count, sequence, tags, arrival_ns)
        return tuple(map(_observation, zip(*columns, strict=True)))

    def read_columns(self, body: bytes, count: int, sequence: bool, tags: TimeTags, arrival_ns: int | None) -> Columns:
        """As `read`, without a record per object."""
        expected = ADDRESS_OCTETS + self.bare * count if sequence else self.one * count
        if count == 0 or len(body) != expected:
            raise RemoteProtocolError(
                f"{self.row.name} with {count} objects has {len(body)} octets instead of {expected}: link closed"
            )
        addresses, columns = self._sequence(body, count) if sequence else self._singles(body)
        elements, tag = columns[: self._width], columns[self._width :]
        readings = None if self._columns is None else self._columns.read(*elements)
        values, qualities = readings or zip(*map(self._element.read, *elements), strict=True)
        times: Iterable[int | None] = repeat(None, count)
        if tag:
            times, clocks = self._times(tag, tags, arrival_ns)
            qualities = qualities if clocks is None else map(int.__or__, qualities, clocks)
        return addresses, values, qualities, times

    def write(self, objects: Sequence[InformationObject], sequence: bool, tags: TimeTags) -> bytes:
        """LocalProtocolError for what may not be sent."""
        if set(map(type, objects)) != {Observation}:
            raise LocalProtocolError(f"{self.row.name} carries observations, not {type(objects[-1]).__name__}")
        if len(objects) == 1 and not sequence:
            return self._write_one(cast(Observation, objects[0]), tags)
        addresses, values, qualities, times = zip(*cast(Sequence[Observation], objects), strict=True)
        return self.write_columns(addresses, values, qualities, times, sequence, tags)

    def write_columns(
        self,
        addresses: Sequence[int],
        values: Sequence[ElementValue],
        qualities: Sequence[int],
        times: Sequence[int | None],
        sequence: bool,
        tags: TimeTags,
    ) -> bytes:
        """As `write`, from columns of equal length; times may be empty where the type has no time tag."""
        self._check_addresses(addresses, sequence)
        try:
            columns = self._elements(values, qualities) + self._tags(addresses, times, qualities, tags)
            if sequence:
                return addresses[0].to_bytes(ADDRESS_OCTETS, "little") + b"".join(map(self._bare.pack, *columns))
            if max(addresses) <= 0xFFFF:
                return b"".join(map(self._one.pack, addresses, bytes(len(addresses)), *columns))
            lows, highs = [address & 0xFFFF for address in addresses], [address >> 16 for address in addresses]
            return b"".join(map(self._one.pack, lows, highs, *columns))
        except struct.error as error:
            raise LocalProtocolError(f"{self.row.name}, objects {addresses[0]}...: {error}") from error

    def _write_one(self, item: Observation, tags: TimeTags) -> bytes:
        address, value, quality, time_ns = item
        self._check_addresses((address,), False)
        fields = self._element.write(value, quality)
        if self.row.tag is not Tag.NONE:
            fields += self._tag(address, time_ns, quality, tags)
        try:
            return self._one.pack(address & 0xFFFF, address >> 16, *fields)
        except struct.error as error:
            raise LocalProtocolError(f"{self.row.name}, object {address}: {error}") from error

    def _read_one(self, fields: tuple[Any, ...], tags: TimeTags, arrival_ns: int | None) -> Observation:
        low, high, *elements = fields
        address = low | high << 16
        if self.row.tag is Tag.NONE:
            return Observation(address, *self._element.read(*elements))
        value, quality = self._element.read(*elements[:-2])
        if self.row.tag is Tag.CP56:
            time_ns, clock = tags.decode(*elements[-2:])
        else:
            time_ns, clock = tags.decode_short(elements[-2], elements[-1], arrival_ns)
        return Observation(address, value, quality | clock, time_ns)

    def _sequence(self, body: bytes, count: int) -> tuple[Iterable[int], _Columns]:
        first = int.from_bytes(body[:ADDRESS_OCTETS], "little")
        if first + count - 1 > MAX_OBJECT_ADDRESS:
            raise RemoteProtocolError(f"{self.row.name}: object addresses from {first} run over 24 bits: link closed")
        columns = tuple(zip(*self._bare.iter_unpack(body[ADDRESS_OCTETS:]), strict=True))
        return range(first, first + count), columns

    def _singles(self, body: bytes) -> tuple[Iterable[int], _Columns]:
        lows, highs, *columns = zip(*self._one.iter_unpack(body), strict=True)
        if not any(highs):
            return lows, tuple(columns)
        return [low | high << 16 for low, high in zip(lows, highs, strict=True)], tuple(columns)

    def _times(
        self, columns: _Columns, tags: TimeTags, arrival_ns: int | None
    ) -> tuple[Iterable[int | None], Iterable[int] | None]:
        milliseconds, rest = columns
        if self.row.tag is Tag.CP56:
            return tags.decode_many(milliseconds, rest)
        times, clocks = zip(*map(tags.decode_short, milliseconds, rest, repeat(arrival_ns)), strict=True)
        return times, clocks

    def _check_addresses(self, addresses: Sequence[int], sequence: bool) -> None:
        first, low, high = addresses[0], min(addresses), max(addresses)
        if not 0 <= low <= high <= MAX_OBJECT_ADDRESS:
            raise LocalProtocolError(f"{self.row.name}: object addresses {low}..{high} exceed 24 bits")
        if sequence and self.row.tag is not Tag.NONE:
            raise LocalProtocolError(f"{self.row.name} is never sent with SQ = 1")
        if sequence and tuple(addresses) != tuple(range(first, first + len(addresses))):
            raise LocalProtocolError(f"{self.row.name}: SQ = 1 needs object addresses without gaps from {first}")

    def _elements(self, values: Sequence[ElementValue], qualities: Sequence[int]) -> _Columns:
        if self._columns is not None:
            columns = self._columns.write(values, qualities)
            if columns is not None:
                return columns
        return tuple(zip(*map(self._element.write, values, qualities), strict=True))

    def _tags(
        self, addresses: Sequence[int], times: Sequence[int | None], qualities: Sequence[int], tags: TimeTags
    ) -> _Columns:
        if self.row.tag is Tag.NONE:
            return ()
        if None in times:
            self._tag(addresses[times.index(None)], None, 0, tags)
        return tags.encode_many(times, qualities)  # type: ignore[arg-type]

    def _tag(self, address: int, time_ns: int | None, quality: int, tags: TimeTags) -> tuple[Any, ...]:
        if time_ns is None:
            raise LocalProtocolError(
                f"{self.row.name}: object {address} has no time; send it with the type without tag"
            )
        return tags.encode(time_ns, quality)
