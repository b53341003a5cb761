"""Plain CBOR (RFC 8949) only: no tags, no indefinite lengths, no duplicate keys, text keys, bounded depth.

Tags are refused inside the decoder, before anything is built from them: shared references (28, 29) could make a small
frame explode, and regular expressions or big numbers (35, 2) cost time that an attacker chooses.
"""

from __future__ import annotations

from enum import Enum
from io import BytesIO

import cbor2

from models.errors import LocalProtocolError, RemoteProtocolError

WireValue = None | bool | int | float | str | bytes | list["WireValue"] | dict[str, "WireValue"]
"""What may travel: integers are 64 bit, an enumeration travels as its integer (Dbpos: 0 intermediate, 1 off, 2 on)."""

MAX_DEPTH = 24
MAX_PROBLEM = 200
_SIZES = {1: 24, 2: 25, 4: 26, 8: 27}
_INT_MIN, _INT_MAX = -(2**63), 2**63 - 1
_BUILT_IN_TAGS = (0, 1, 2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 1004, 43000, 55799)


def encode(value: object) -> bytes:
    """One CBOR item; LocalProtocolError when something in it is not a WireValue."""
    try:
        return cbor2.dumps(value)
    except (cbor2.CBOREncodeError, RecursionError) as error:
        raise LocalProtocolError(f"a value cannot travel: {error}; only plain CBOR types may") from error


def byte_string(octets: bytes) -> bytes:
    """`octets` as one item, its length in the shortest form: what `encode` makes, for those who join items."""
    return _head(0x40, len(octets)) + octets


def octets_within(item: bytes) -> bytes | None:
    """What `byte_string` made `item` of; None for everything else."""
    for size in (2, 3, 1, 5):
        head = _head(0x40, max(len(item) - size, 0))
        if len(head) == size and item.startswith(head):
            return item[size:]
    return None


def array_head(count: int) -> bytes:
    """What precedes `count` items that are encoded already."""
    return _head(0x80, count)


def _head(kind: int, count: int) -> bytes:
    if count < 24:
        return bytes((kind | count,))
    size = next(size for size in (1, 2, 4, 8) if count < 1 << (8 * size))
    return bytes((kind | _SIZES[size],)) + count.to_bytes(size, "big")


def decode(data: bytes, *, text_keys: bool = False) -> object:
    """The one item that `data` holds, not yet checked by `plain`; RemoteProtocolError on anything else.

    text_keys: maps have texts or octets as keys and nothing else, so that nobody chooses numbers that collide.
    """
    decoder = cbor2.CBORDecoder(
        BytesIO(data),
        semantic_decoders=_NO_TAGS,
        tag_hook=_refuse_tag,
        max_depth=MAX_DEPTH,
        allow_indefinite=False,
        allow_duplicate_keys=False,
        strict_hashable_types=text_keys,
    )
    try:
        item: object = decoder.decode()
    except (cbor2.CBORError, ValueError, TypeError, MemoryError) as error:
        problem = " ".join(str(error).split())[:MAX_PROBLEM]  # the sender has chosen some of it
        raise RemoteProtocolError(f"not plain CBOR: {problem}") from error
    if _has_more(decoder):
        raise RemoteProtocolError("not plain CBOR: bytes follow the item")
    return item


def plain(item: object, field: str) -> WireValue:
    """The same item, checked to be a WireValue; RemoteProtocolError names the field."""
    if item is None or isinstance(item, (bool, float, str, bytes)):
        return item
    if isinstance(item, int) and _INT_MIN <= item <= _INT_MAX:
        return item
    if isinstance(item, list):
        return [plain(part, field) for part in item]
    if isinstance(item, dict) and all(isinstance(key, str) for key in item):
        return {key: plain(part, field) for key, part in item.items()}
    raise RemoteProtocolError(f"field '{field}' holds a {type(item).__name__} that is not a plain value")


def outgoing(value: object, name: str) -> WireValue:
    """A value of our own as a WireValue: enumerations by value, tuples as arrays; LocalProtocolError gives `name`."""
    if isinstance(value, Enum):
        return outgoing(value.value, name)
    if value is None or isinstance(value, (bool, float, str, bytes)):
        return value
    if isinstance(value, int) and _INT_MIN <= value <= _INT_MAX:
        return value
    if isinstance(value, (list, tuple)):
        return [outgoing(part, name) for part in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: outgoing(part, name) for key, part in value.items()}
    raise LocalProtocolError(f"{name} holds a {type(value).__name__} that cannot travel; only plain values may")


def _has_more(decoder: cbor2.CBORDecoder) -> bool:
    try:
        return bool(decoder.read(1))
    except cbor2.CBORDecodeEOF:
        return False


def _refuse_built_in(_value: object, _immutable: bool) -> object:
    raise ValueError("tags are not allowed")


def _refuse_tag(tag: cbor2.CBORTag, _immutable: bool) -> object:
    raise ValueError(f"tag {tag.tag} is not allowed")


_NO_TAGS = dict.fromkeys(_BUILT_IN_TAGS, _refuse_built_in)
