"""The units of file transfer and their qualifiers by name (IEC 60870-5-101 7.2.6.28-38 and 7.3.6)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from protocols.iec104.application.asdu import Asdu
from protocols.iec104.application.cause import Cause
from protocols.iec104.application.files import (
    AckFile,
    CallFile,
    DirectoryEntry,
    FileReady,
    LastSection,
    SectionReady,
    Segment,
)

LARGEST_FILE = 0xFFFFFF
"""LOF has three octets."""
LONGEST_SEGMENT = 236
"""What an ASDU of 249 octets leaves for a segment, behind header, object address, NOF, NOS and LOS."""
MOST_SECTIONS = 255
LAST_OF_DIRECTORY, IS_DIRECTORY = 0x20, 0x40
_NEGATIVE = 0x80


class Call(IntEnum):
    """SCQ, lower four bits."""

    DIRECTORY = 0
    SELECT_FILE = 1
    REQUEST_FILE = 2
    DEACTIVATE_FILE = 3
    DELETE_FILE = 4
    SELECT_SECTION = 5
    REQUEST_SECTION = 6
    DEACTIVATE_SECTION = 7


class Last(IntEnum):
    """LSQ: what ends, and whether it was broken off (deactivated)."""

    FILE = 1
    FILE_BROKEN_OFF = 2
    SECTION = 3
    SECTION_BROKEN_OFF = 4


class Ack(IntEnum):
    """AFQ, lower four bits."""

    FILE = 1
    FILE_REFUSED = 2
    SECTION = 3
    SECTION_REFUSED = 4


class Fault(IntEnum):
    """Upper four bits of SCQ and AFQ: why."""

    NONE = 0
    NO_MEMORY = 1
    CHECKSUM = 2
    SERVICE = 3
    FILE_NAME = 4
    SECTION_NAME = 5


class FileKey(NamedTuple):
    """A file in a station: common address, object address, name of file (NOF)."""

    common_address: int
    address: int
    name: int

    def __str__(self) -> str:
        return f"{self.common_address}/{self.address}/{self.name}"


class OfferedFile(NamedTuple):
    """A line of a directory. length: octets, 1..LARGEST_FILE; time_ns: creation, ns UTC."""

    key: FileKey
    length: int
    time_ns: int


def is_negative(qualifier: int) -> bool:
    """Of FRQ and SRQ."""
    return bool(qualifier & _NEGATIVE)


def low_bits(qualifier: int) -> int:
    """What SCQ or AFQ asks or says, without the reason."""
    return qualifier & 0x0F


def file_ready(key: FileKey, length: int, positive: bool) -> Asdu:
    return _unit(120, key, FileReady(key.address, key.name, length, 0 if positive else _NEGATIVE))


def section_ready(key: FileKey, section: int, length: int, positive: bool) -> Asdu:
    return _unit(121, key, SectionReady(key.address, key.name, section, length, 0 if positive else _NEGATIVE))


def call(key: FileKey, what: Call, section: int = 0, fault: Fault = Fault.NONE) -> Asdu:
    cause = Cause.REQUEST if what is Call.DIRECTORY else Cause.FILE_TRANSFER
    return _unit(122, key, CallFile(key.address, key.name, section, what | fault << 4), cause)


def last(key: FileKey, section: int, what: Last, checksum: int) -> Asdu:
    return _unit(123, key, LastSection(key.address, key.name, section, what, checksum & 0xFF))


def acknowledgement(key: FileKey, section: int, what: Ack, fault: Fault = Fault.NONE) -> Asdu:
    return _unit(124, key, AckFile(key.address, key.name, section, what | fault << 4))


def segment(key: FileKey, section: int, data: bytes) -> Asdu:
    return _unit(125, key, Segment(key.address, key.name, section, data))


def directory(common_address: int, entries: Sequence[DirectoryEntry], cause: Cause) -> Asdu:
    """Entries of one ASDU: consecutive object addresses (SQ = 1)."""
    return Asdu(126, cause, common_address, tuple(entries), sequence=True)


def _unit(
    type_id: int,
    key: FileKey,
    item: FileReady | SectionReady | CallFile | LastSection | AckFile | Segment,
    cause: Cause = Cause.FILE_TRANSFER,
) -> Asdu:
    return Asdu(type_id, cause, key.common_address, (item,))
