"""The messages of file transfer on the wire (IEC 60870-5-101 7.3.6): most are a single object of fixed size.

The segment carries octets, and the directory one object per file, which is sent as a sequence (SQ = 1).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from struct import Struct
from typing import Any, cast

from models.errors import LocalProtocolError, RemoteProtocolError
from protocols.iec104.application.asdu import MAX_OBJECT_ADDRESS, InformationObject
from protocols.iec104.application.cp56 import TimeTags
from protocols.iec104.application.files import (
    AckFile,
    CallFile,
    DirectoryEntry,
    FileReady,
    LastSection,
    QueryLog,
    SectionReady,
    Segment,
)
from protocols.iec104.application.monitored import ADDRESS_OCTETS
from protocols.iec104.application.single import Fields, SingleElement
from protocols.iec104.application.types import AsduType, Kind

MAX_SEGMENT_OCTETS = 236
"""What the 249 octets of an ASDU leave for a segment."""


def _plain(record: type, fields_format: str) -> SingleElement:
    """Every field is one number of the record."""

    def read(address: int, fields: Fields, time_ns: int | None, clock: int) -> InformationObject:
        return cast(InformationObject, record(address, *fields))

    return SingleElement(fields_format, record, read, lambda item: tuple(item[1:]))


def _with_length(record: type, fields_format: str, place: int) -> SingleElement:
    """The same with LOF, three octets, as field `place` (from 0, the address not counted)."""

    def read(address: int, fields: Fields, time_ns: int | None, clock: int) -> InformationObject:
        low, high = fields[place : place + 2]
        return cast(InformationObject, record(address, *fields[:place], low | high << 16, *fields[place + 2 :]))

    def write(item: tuple[int, ...]) -> Fields:
        _, *fields = item
        return (*fields[:place], fields[place] & 0xFFFF, fields[place] >> 16, *fields[place + 1 :])

    return SingleElement(fields_format, record, read, write)


FILE_ELEMENTS: dict[Kind, SingleElement] = {
    Kind.FILE_READY: _with_length(FileReady, "HHBB", 1),
    Kind.SECTION_READY: _with_length(SectionReady, "HBHBB", 2),
    Kind.CALL_FILE: _plain(CallFile, "HBB"),
    Kind.LAST_SECTION: _plain(LastSection, "HBBB"),
    Kind.ACK_FILE: _plain(AckFile, "HBB"),
}


class _FileUnit:
    """What the units that are no single object of fixed size share."""

    one: int
    bare: int

    def __init__(self, row: AsduType) -> None:
        self.row = row

    def _refuse_unless(self, fits: bool, body: bytes, count: int) -> None:
        if not fits:
            raise RemoteProtocolError(
                f"{self.row.name} with {count} objects has {len(body)} octets, which do not fit: link closed"
            )

    def _objects(self, objects: Sequence[InformationObject], record: type) -> None:
        for item in objects:
            if type(item) is not record or not 0 <= item.address <= MAX_OBJECT_ADDRESS:
                raise LocalProtocolError(f"{self.row.name} carries {record.__name__} with addresses of 24 bits")

    def _packed(self, pack: Callable[..., bytes], *fields: Any) -> bytes:
        try:
            return pack(*fields)
        except struct.error as error:
            raise LocalProtocolError(f"{self.row.name}: {error}") from error


class SegmentUnit(_FileUnit):
    """125: object address, NOF, NOS, LOS and that many octets."""

    _head = Struct("<HBHBB")
    one, bare = _head.size + MAX_SEGMENT_OCTETS, _head.size + MAX_SEGMENT_OCTETS - ADDRESS_OCTETS

    def read(
        self, body: bytes, count: int, sequence: bool, tags: TimeTags, arrival_ns: int | None
    ) -> tuple[InformationObject, ...]:
        self._refuse_unless(count == 1 and not sequence and len(body) >= self._head.size, body, count)
        low, high, name, section, length = self._head.unpack_from(body)
        data = body[self._head.size :]
        self._refuse_unless(len(data) == length, body, count)
        return (Segment(low | high << 16, name, section, data),)

    def write(self, objects: Sequence[InformationObject], sequence: bool, tags: TimeTags) -> bytes:
        self._objects(objects, Segment)
        [item] = cast("Sequence[Segment]", objects)
        if sequence or len(item.data) > MAX_SEGMENT_OCTETS:
            raise LocalProtocolError(f"segment of {len(item.data)} octets: {MAX_SEGMENT_OCTETS} fit, without SQ")
        low, high = item.address & 0xFFFF, item.address >> 16
        return self._packed(self._head.pack, low, high, item.name, item.section, len(item.data)) + item.data


class DirectoryUnit(_FileUnit):
    """126: NOF, LOF, SOF and the time of creation of each file; addresses follow each other where SQ = 1."""

    _entry = Struct("<HHBBH5s")
    _address = Struct("<HB")
    one, bare = _entry.size + ADDRESS_OCTETS, _entry.size

    def read(
        self, body: bytes, count: int, sequence: bool, tags: TimeTags, arrival_ns: int | None
    ) -> tuple[InformationObject, ...]:
        expected = ADDRESS_OCTETS + self.bare * count if sequence else self.one * count
        self._refuse_unless(count > 0 and len(body) == expected, body, count)
        entries: list[InformationObject] = []
        step = self.bare if sequence else self.one
        for place in range(count):
            low, high = self._address.unpack_from(body, 0 if sequence else place * step)
            address = low | high << 16
            address += place if sequence else 0
            self._refuse_unless(address <= MAX_OBJECT_ADDRESS, body, count)
            entries.append(self._read_entry(address, body, ADDRESS_OCTETS + place * step, tags))
        return tuple(entries)

    def write(self, objects: Sequence[InformationObject], sequence: bool, tags: TimeTags) -> bytes:
        self._objects(objects, DirectoryEntry)
        entries = cast("Sequence[DirectoryEntry]", objects)
        first = entries[0].address
        if not sequence or [entry.address for entry in entries] != list(range(first, first + len(entries))):
            raise LocalProtocolError(f"{self.row.name} is sent with SQ = 1 and object addresses without gaps")
        octets = self._packed(self._address.pack, first & 0xFFFF, first >> 16)
        return octets + b"".join(self._write_entry(entry, tags) for entry in entries)

    def _read_entry(self, address: int, body: bytes, start: int, tags: TimeTags) -> DirectoryEntry:
        name, low, high, sof, millisecond, minute = self._entry.unpack_from(body, start)
        time_ns, clock = tags.decode(millisecond, minute)
        return DirectoryEntry(address, name, low | high << 16, sof, time_ns, clock)

    def _write_entry(self, entry: DirectoryEntry, tags: TimeTags) -> bytes:
        """A file of unknown age carries an invalid time."""
        tag = tags.encode(entry.time_ns or 0, entry.quality)
        length = entry.length
        return self._packed(self._entry.pack, entry.name, length & 0xFFFF, length >> 16, entry.sof, *tag)


class QueryLogUnit(_FileUnit):
    """127: NOF and the two ends of the period."""

    _struct = Struct("<HBHH5sH5s")
    one, bare = _struct.size, _struct.size - ADDRESS_OCTETS

    def read(
        self, body: bytes, count: int, sequence: bool, tags: TimeTags, arrival_ns: int | None
    ) -> tuple[InformationObject, ...]:
        self._refuse_unless(count == 1 and not sequence and len(body) == self.one, body, count)
        low, high, name, start_ms, start, stop_ms, stop = self._struct.unpack(body)
        start_ns, start_clock = tags.decode(start_ms, start)
        stop_ns, stop_clock = tags.decode(stop_ms, stop)
        return (QueryLog(low | high << 16, name, start_ns, stop_ns, start_clock | stop_clock),)

    def write(self, objects: Sequence[InformationObject], sequence: bool, tags: TimeTags) -> bytes:
        self._objects(objects, QueryLog)
        [item] = cast("Sequence[QueryLog]", objects)
        if item.start_ns is None or item.stop_ns is None:
            raise LocalProtocolError(f"{self.row.name} needs both ends of its period")
        ends = (*tags.encode(item.start_ns, item.quality), *tags.encode(item.stop_ns, item.quality))
        return self._packed(self._struct.pack, item.address & 0xFFFF, item.address >> 16, item.name, *ends)
