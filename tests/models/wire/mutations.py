"""Ways to spoil frames: on the octets, and on the values inside them, which are then signed again."""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy

import cbor2

Octets = Callable[[random.Random, bytes, bytes], bytes]
"""(random, a frame, another one) -> a spoiled frame."""

LENGTH_BOMBS = [
    bytes.fromhex(text)
    for text in ("9bffffffffffffffff", "bb7fffffffffffffff", "5b00000000ffffffff", "7bffffffffffffffff", "9a0fffffff")
]
WRONG_TAGS = [
    bytes.fromhex(text) for text in ("c0", "c2", "d81c", "d81d", "d823", "d81e", "d9d9f7", "d84b", "d0", "c6")
]
OUTRAGEOUS: list[object] = [
    None, True, -1, 0, 2**53, 2**63 - 1, 2**63, -(2**63), 2**64 - 1, 1e308, float("nan"), float("-inf"), "", "x" * 600,
    "x" * 5000, "\x00", "\U0010ffff", "*", "*" * 500, "//", "//a//b", b"", b"x" * 31, b"x" * 32, b"x" * 33,
    b"x" * 10_000, [], [[]], [1] * 1100, {}, {"": {}}, {"op": "query"}, {b"op": 1}, "hello", "login", "batch",
    "value > " * 100, "((((((((", "not " * 200, 'value like "' + "*a" * 200 + '"',
]  # fmt: skip


def _outrageous(rng: random.Random) -> object:
    return deepcopy(rng.choice(OUTRAGEOUS))


def flip(rng: random.Random, frame: bytes, _other: bytes) -> bytes:
    spoiled = bytearray(frame)
    for _ in range(rng.choice((1, 1, 1, 2, 8))):
        spoiled[rng.randrange(len(spoiled))] ^= 1 << rng.randrange(8)
    return bytes(spoiled)


def cut(rng: random.Random, frame: bytes, _other: bytes) -> bytes:
    return frame[: rng.randrange(len(frame))]


def append(rng: random.Random, frame: bytes, _other: bytes) -> bytes:
    return frame + rng.randbytes(rng.choice((1, 2, 64)))


def splice(rng: random.Random, frame: bytes, other: bytes) -> bytes:
    return frame[: rng.randrange(len(frame))] + other[rng.randrange(len(other)) :]


def bomb(rng: random.Random, frame: bytes, _other: bytes) -> bytes:
    place = rng.randrange(len(frame))
    return frame[:place] + rng.choice(LENGTH_BOMBS) + frame[place + rng.choice((0, 1, 5)) :]


def tag(rng: random.Random, frame: bytes, _other: bytes) -> bytes:
    place = rng.choice((0, 1, rng.randrange(len(frame))))
    return frame[:place] + rng.choice(WRONG_TAGS) + frame[place + rng.choice((0, 1)) :]


def repeat(rng: random.Random, frame: bytes, _other: bytes) -> bytes:
    start = rng.randrange(len(frame))
    part = frame[start : start + rng.randrange(1, 40)]
    return frame[:start] + part * rng.choice((2, 3, 100)) + frame[start:]


def nest(rng: random.Random, frame: bytes, _other: bytes) -> bytes:
    place = rng.randrange(len(frame))
    return (
        frame[:place]
        + rng.choice((b"\x81", b"\xa1\x61a", b"\x9f", b"\xbf")) * rng.choice((1, 30, 2000))
        + frame[place:]
    )


ON_OCTETS: tuple[Octets, ...] = (flip, flip, cut, append, splice, bomb, tag, repeat, nest)


def octets(rng: random.Random, frame: bytes, other: bytes) -> bytes:
    """One of ON_OCTETS."""
    return rng.choice(ON_OCTETS)(rng, frame, other) if frame else b"\xd2"


def values(rng: random.Random, item: object) -> object:
    """A copy with one to three places changed: another type, a limit, a missing, additional or moved part."""
    copy: object = cbor2.loads(cbor2.dumps(item))
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        copy = _changed(rng, copy)
    return copy


def _changed(rng: random.Random, item: object) -> object:
    if isinstance(item, dict) and item and rng.random() < 0.8:
        return _changed_map(rng, item)
    if isinstance(item, list) and item and rng.random() < 0.8:
        return _changed_array(rng, item)
    return _outrageous(rng)


def _changed_map(rng: random.Random, item: dict[object, object]) -> object:
    key = rng.choice(list(item))
    match rng.randrange(6):
        case 0:
            del item[key]
        case 1:
            name = rng.choice(("x", "", "op", "id", "after", "cursor", "policy", b"\xff", "value" * 30))
            item[name] = _outrageous(rng)  # a copy: it may be changed in its turn
        case 2:
            item[key] = deepcopy(item[rng.choice(list(item))])
        case _:
            item[key] = _changed(rng, item[key])
    return item


def _changed_array(rng: random.Random, item: list[object]) -> object:
    place = rng.randrange(len(item))
    match rng.randrange(6):
        case 0:
            del item[place]
        case 1:
            item.insert(place, _outrageous(rng))
        case 2:
            item *= rng.choice((2, 12))  # three times inside each other is enough to spoil the machine
        case _:
            item[place] = _changed(rng, item[place])
    return item


CONDITION_PARTS = (
    "value", "value.a.b", "quality", "quality.old_data", "time", "location", "variable", "owner", "==", "!=", "<", "<=",
    ">", ">=", "like", "and", "or", "not", "(", ")", "1", "-1.5e9", "1e999", "9" * 400, '"a"', "'b*'", '"2026-03-01"',
    '"2026-99-99T99:99"', "good", "invalid", "on", "off", "true", "ä", "\x00", "\ud7ff", "__import__", ";", "value..a",
    " ", "\n",
)  # fmt: skip


def condition(rng: random.Random, valid: str) -> str:
    """A condition made of parts in any order, or a valid one with characters changed."""
    if rng.random() < 0.5:
        return " ".join(rng.choice(CONDITION_PARTS) for _ in range(rng.choice((1, 2, 3, 5, 9, 40, 300))))
    place = rng.randrange(len(valid) + 1)
    return (
        valid[:place]
        + rng.choice((*CONDITION_PARTS, "", chr(rng.randrange(0x800))))
        + valid[place + rng.randrange(3) :]
    )
