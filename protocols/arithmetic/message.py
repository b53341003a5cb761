"""What pool and worker say: u32 length (big-endian) + CBOR. Job: `[work, arguments]`. Answer: `["ok", result]`, or the
name of an error and its text."""

from __future__ import annotations

import struct
from enum import Enum

from models.errors import AlgorithmError, LocalProtocolError, RemoteProtocolError, RingmainError
from models.wire.cbor import WireValue, decode, encode, plain

HEADER = struct.Struct(">I")
LONGEST_OCTETS = 64 * 1024 * 1024
"""Far above the largest sum."""
OK = "ok"


class Work(Enum):
    """What a worker can do; arguments and results as `protocols.arithmetic.worker` says."""

    NOISE = "noise"
    ADD = "add"
    DECRYPT = "decrypt"


ERRORS: dict[str, type[RingmainError]] = {
    "refused": RemoteProtocolError,
    "impossible": AlgorithmError,
    "wrong": LocalProtocolError,
    "failed": RingmainError,
}
"""How an error travels: the first whose class fits."""


def to_frame(item: WireValue) -> bytes:
    body = encode(item)
    return HEADER.pack(len(body)) + body


def from_body(body: bytes) -> list[WireValue]:
    """The array in a frame's body; RemoteProtocolError when it is none of two."""
    item = plain(decode(body), "frame")
    if not isinstance(item, list) or len(item) != 2:
        raise RemoteProtocolError("a frame of the arithmetic holds an array of two")
    return item


def error_name(error: RingmainError) -> str:
    return next(name for name, kind in ERRORS.items() if isinstance(error, kind))
