"""What segment files consist of: frames with a length and two checksums, one frame for many events.

Numbers of events stand in every frame, so what is damaged, missing or written twice shows by itself. Little-endian.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from struct import Struct
from typing import NamedTuple
from zlib import crc32

VERSION = 1
MAGIC = b"\xa5EvB"
_HEAD = Struct("<4sB3xIQII")  # magic, kind, count, first number, octets and checksum of what follows
_SEAL = Struct("<I")  # checksum of the head
HEAD_OCTETS = _HEAD.size + _SEAL.size
_BEGINNING = Struct("<HxxIqQQ")
_STATE = Struct("<QQ")


class Kind(IntEnum):
    BEGINNING = 0  # of a segment
    LAST = 1  # the last record of every point, as a segment begins
    EVENTS = 2
    DROPPED = 3  # numbers whose events were never written; they have been counted
    STATE = 4  # first number that is not acknowledged, events lost so far
    PICTURE = 5  # records that were not sent: how points were when they were first seen


class Frame(NamedTuple):
    """number: of records, or of events dropped. at, end: octets of the file."""

    kind: Kind
    number: int
    first: int
    payload: bytes
    at: int
    end: int


class Head(NamedTuple):
    kind: Kind
    number: int
    first: int
    octets: int
    checksum: int


class Beginning(NamedTuple):
    """segment: its number. since_ns: when the buffer was made, ns UTC."""

    version: int
    segment: int
    since_ns: int
    acknowledged: int
    lost: int


def frame(kind: Kind, first: int, count: int = 0, payload: bytes = b"") -> bytes:
    head = _HEAD.pack(MAGIC, kind, count, first, len(payload), crc32(payload))
    return head + _SEAL.pack(crc32(head)) + payload


def beginning(segment: int, first: int, since_ns: int, acknowledged: int, lost: int) -> bytes:
    return frame(Kind.BEGINNING, first, 0, _BEGINNING.pack(VERSION, segment, since_ns, acknowledged, lost))


def read_beginning(found: Frame) -> Beginning:
    return Beginning(*_BEGINNING.unpack(found.payload))


def state(acknowledged: int, lost: int) -> bytes:
    return frame(Kind.STATE, acknowledged, 0, _STATE.pack(acknowledged, lost))


def read_state(found: Frame) -> tuple[int, int]:
    """First number that is not acknowledged, events lost so far."""
    acknowledged, lost = _STATE.unpack(found.payload)
    return acknowledged, lost


def read_head(octets: bytes, at: int = 0) -> Head | None:
    """None where no sound head stands."""
    if len(octets) - at < HEAD_OCTETS:
        return None
    head = octets[at : at + _HEAD.size]
    if not head.startswith(MAGIC) or _SEAL.unpack_from(octets, at + _HEAD.size)[0] != crc32(head):
        return None
    _, kind, *rest = _HEAD.unpack(head)
    return Head(Kind(kind), *rest) if kind in _KINDS else None


_KINDS = frozenset(Kind)


def frames(octets: bytes) -> Iterator[Frame]:
    """The sound frames of a file, whatever stands between them."""
    at = 0
    while (at := octets.find(MAGIC, at)) >= 0:
        head = read_head(octets, at)
        if head is None:
            at += 1
            continue
        start = at + HEAD_OCTETS
        payload = octets[start : start + head.octets]
        if len(payload) < head.octets or crc32(payload) != head.checksum:
            at += 1 if len(payload) < head.octets else HEAD_OCTETS
            continue
        yield Frame(head.kind, head.number, head.first, payload, at, start + head.octets)
        at = start + head.octets
