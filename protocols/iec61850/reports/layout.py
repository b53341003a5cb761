"""How a member of a data set lies in the octets of a report: learned from one that the general decoder has read.

A device encodes the same member with the same tags and lengths each time. A layout holds these and where value, quality
and time stand between them, so that neighbouring members of one layout are read by one `struct` in one go. Octets whose
tags or lengths are others are not read by it: they go to the general decoder, which says what is wrong with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from struct import Struct
from typing import Any, NamedTuple

from open61850.data import BitStringData
from open61850.mms import MmsProtocolError

from models.point import Cdc, Dbpos, Handle
from protocols.iec61850.mapping import Field, Role, quality_of
from protocols.iec61850.reports.heading import length_at

_STRUCTURES = (0xA1, 0xA2)
_MOST_OCTETS = 512  # of one member; longer ones are arrays and texts
_DEEPEST = 8
_POSITIONS = (Dbpos.INTERMEDIATE, Dbpos.OFF, Dbpos.ON, Dbpos.BAD)

Convert = Callable[[Sequence[Any]], list[Any]]


class _Qualities(dict[int, int]):
    """Quality by the two octets of its bit string, worked out once each."""

    def __missing__(self, octets: int) -> int:
        self[octets] = found = int(quality_of(BitStringData(octets.to_bytes(2, "big"), 3)))
        return found


QUALITIES = _Qualities()

_BOOLS = (Cdc.SPS, Cdc.SPC, Cdc.ACT, Cdc.ACD)
_DOUBLES = (Cdc.DPC, Cdc.DPS)
_WHOLES = (Cdc.INS, Cdc.ENS, Cdc.INC, Cdc.ISC, Cdc.BSC, Cdc.BCR)
_REALS = (Cdc.MV, Cdc.APC)


def _positions(column: Sequence[int]) -> list[Dbpos]:
    return [_POSITIONS[octet >> 6] for octet in column]


class _Leaf(NamedTuple):
    """Octets of the contents that never differ, how the others are unpacked and made a value."""

    fixed: int
    code: str
    convert: Convert = list


_VALUES: dict[tuple[int, int], tuple[tuple[Cdc, ...], _Leaf]] = {
    (0x83, 1): (_BOOLS, _Leaf(0, "?")),
    (0x84, 2): (_DOUBLES, _Leaf(1, "B", _positions)),
    (0x85, 1): (_WHOLES, _Leaf(0, "b")),
    (0x85, 2): (_WHOLES, _Leaf(0, "h")),
    (0x85, 4): (_WHOLES, _Leaf(0, "i")),
    (0x86, 1): (_WHOLES, _Leaf(0, "B")),
    (0x86, 2): (_WHOLES, _Leaf(0, "H")),
    (0x86, 4): (_WHOLES, _Leaf(0, "I")),
    (0x87, 5): (_REALS, _Leaf(1, "f")),
    (0x87, 9): (_REALS, _Leaf(1, "d")),
}
"""By tag and length: the classes whose value may be so, and its leaf. fixed: unused bits of a bit string, format of a
floating-point number."""
_QUALITY_LEAF, _TIME_LEAF = _Leaf(1, "H"), _Leaf(0, "Q")
_FORMATS = {("f", 0x08), ("d", 0x0B)}


@dataclass(slots=True)
class Slot:
    """Columns of one point of a member. time: -1 where the member has none."""

    value: int = -1
    quality: int = -1
    time: int = -1
    convert: Convert = list


class Shape(NamedTuple):
    """What makes two layouts the same one."""

    code: str
    literals: tuple[bytes, ...]
    columns: tuple[tuple[int, int, int], ...]
    is_event: bool


@dataclass(slots=True, eq=False)
class Layout:
    """struct: of one member; literals: columns that must hold just these octets; slots: one per point, in the order of
    the handles of `Learned`."""

    struct: Struct
    literals: tuple[tuple[int, bytes], ...]
    slots: tuple[Slot, ...]
    is_event: bool
    shape: Shape


class Learned(NamedTuple):
    """The layout of one member, and whose points its slots are."""

    layout: Layout
    handles: tuple[Handle, ...]


@dataclass(slots=True)
class _Pieces:
    """A format under construction."""

    cdc: Mapping[Handle, Cdc]
    wanted: dict[tuple[int, ...], Field]
    code: str = ">"
    column: int = 0
    literal: bytearray = field(default_factory=bytearray)
    literals: list[tuple[int, bytes]] = field(default_factory=list)
    slots: dict[Handle, Slot] = field(default_factory=dict)

    def close_literal(self) -> None:
        if self.literal:
            self.literals.append((self.column, bytes(self.literal)))
            self.code += f"{len(self.literal)}s"
            self.column += 1
            self.literal.clear()

    def leaf(self, tag: int, contents: bytes, path: tuple[int, ...]) -> bool:
        """False where a leaf that is wanted is not as its class has it."""
        found = self.wanted.pop(path, None)
        if found is None:
            self.close_literal()
            self.code += f"{len(contents)}x"
            return True
        leaf = self._wanted(found, tag, contents)
        if leaf is None:
            return False
        self.literal += contents[: leaf.fixed]
        self.close_literal()
        slot = self.slots.setdefault(found.handle, Slot())
        setattr(slot, _COLUMNS[found.role], self.column)
        if found.role is Role.VALUE:
            slot.convert = leaf.convert
        self.code += leaf.code
        self.column += 1
        return True

    def _wanted(self, found: Field, tag: int, contents: bytes) -> _Leaf | None:
        if found.role is Role.QUALITY:
            return _QUALITY_LEAF if (tag, len(contents)) == (0x84, 3) else None
        if found.role is Role.TIME:
            return _TIME_LEAF if (tag, len(contents)) == (0x91, 8) else None
        classes, leaf = _VALUES.get((tag, len(contents)), ((), _QUALITY_LEAF))
        if self.cdc[found.handle] not in classes:
            return None
        return None if leaf.code in "fd" and (leaf.code, contents[0]) not in _FORMATS else leaf


_COLUMNS = {Role.VALUE: "value", Role.QUALITY: "quality", Role.TIME: "time"}


def learn(octets: bytes, fields: Sequence[Field], cdc: Mapping[Handle, Cdc]) -> Learned | None:
    """The layout of the member whose encoding `octets` is; None where it cannot be read by one.

    Every point of it must have value and quality in the member, and events stand alone in theirs.
    """
    if len(octets) > _MOST_OCTETS:
        return None
    pieces = _Pieces(cdc, {each.path: each for each in fields})
    try:
        complete = _walk(octets, 0, len(octets), (), pieces, 0)
    except MmsProtocolError:
        return None
    pieces.close_literal()
    slots = tuple(pieces.slots.values())
    if not complete or pieces.wanted or any(slot.value < 0 or slot.quality < 0 for slot in slots):
        return None
    is_event = any(cdc[handle].is_event for handle in pieces.slots)
    if is_event and len(slots) > 1:
        return None
    literals = tuple(pieces.literals)
    columns = tuple((slot.value, slot.quality, slot.time) for slot in slots)
    shape = Shape(pieces.code, tuple(each for _, each in literals), columns, is_event)
    return Learned(Layout(Struct(pieces.code), literals, slots, is_event, shape), tuple(pieces.slots))


def _walk(octets: bytes, start: int, end: int, path: tuple[int, ...], pieces: _Pieces, depth: int) -> bool:
    """Every element from `start` to `end`; the outermost is the member itself and has no index."""
    index, position = 0, start
    while position < end:
        length, content = length_at(octets, position + 1)
        if content + length > end:
            return False
        tag = octets[position]
        inner = path if depth == 0 else (*path, index)
        pieces.literal += octets[position:content]
        if tag in _STRUCTURES:
            if depth >= _DEEPEST or not _walk(octets, content, content + length, inner, pieces, depth + 1):
                return False
        elif not pieces.leaf(tag, octets[content : content + length], inner):
            return False
        position, index = content + length, index + 1
    return True
