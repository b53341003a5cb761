"""The head of a report as it comes from the session: everything before the values of its members (IEC 61850-8-1).

Read from the octets at once, without the general decoder: a station's reports arrive by thousands in a second, and
their heads alone say which block they are of, whether one is missing, and where the values stand.
"""

from __future__ import annotations

from typing import NamedTuple

from open61850.mms import MmsProtocolError
from open61850.mms.pdu import SESSION_DATA

_REPORT_NAME = b"\x80\x03RPT"  # vmd-specific name of the list of variables
_SEQUENCE, _TIME, _DATA_SET, _REFERENCES = 0x4000, 0x2000, 0x0800, 0x0400  # OptFlds, first bit reserved
_REASON, _OVERFLOW, _ENTRY, _REVISION, _SEGMENTS = 0x1000, 0x0200, 0x0100, 0x0080, 0x0040
_TEXT, _BITS, _BOOLEAN, _OCTETS = 0x8A, 0x84, 0x83, 0x89
_NUMBERS = (0x86, 0x85)  # some devices send unsigned fields as integers
_TIMES = (0x8C, 0x91)  # binary time; a few send UTC time


class Heading(NamedTuple):
    """Absent optional fields are None. time: the octets of TimeOfEntry; inclusion: octets of the bit string with the
    count of unused bits before them; values_at: where references or values begin.
    """

    rpt_id: str
    sequence: int | None
    time: bytes | None
    data_set: str | None
    overflow: bool | None
    entry_id: bytes | None
    conf_rev: int | None
    segment: int | None
    more_follow: bool
    inclusion: bytes
    has_references: bool
    has_reasons: bool
    values_at: int


def length_at(octets: bytes, offset: int) -> tuple[int, int]:
    """A definite length at `offset`, and where its contents begin; MmsProtocolError beyond the end."""
    try:
        first = octets[offset]
        if first < 0x80:
            content, length = offset + 1, first
        else:
            content = offset + 1 + (first & 0x7F)
            length = int.from_bytes(octets[offset + 1 : content], "big")
    except IndexError:
        raise MmsProtocolError("report truncated in a length") from None
    if first == 0x80 or content + length > len(octets):
        raise MmsProtocolError(f"undecodable MMS PDU: {length} octets at {content} of {len(octets)}")
    return length, content


def report_at(octets: bytes) -> int:
    """Where the fields of a report begin in a message of the session, or -1 where it is none (or is garbage)."""
    if _REPORT_NAME not in octets[:64] or not octets.startswith(SESSION_DATA):
        return -1
    try:
        return _report_at(octets)
    except MmsProtocolError:
        return -1  # the general decoder says what is wrong


def _report_at(octets: bytes) -> int:
    position = len(SESSION_DATA)
    for tag in (0x61, 0x30):  # presentation: fully encoded data, list of values
        position = _inside(octets, position, tag)
    if octets[position] != 0x02:
        raise MmsProtocolError("presentation data without a context")
    length, content = length_at(octets, position + 1)
    position = content + length
    for tag in (0xA0, 0xA3, 0xA0):  # single ASN.1 type, unconfirmed, information report
        position = _inside(octets, position, tag)
    named = _inside(octets, position, 0xA1)
    if octets[named : named + len(_REPORT_NAME)] != _REPORT_NAME:
        raise MmsProtocolError("not on RPT")
    return _last_inside(octets, named + len(_REPORT_NAME), 0xA0)


def _inside(octets: bytes, position: int, tag: int) -> int:
    if position >= len(octets) or octets[position] != tag:
        raise MmsProtocolError(f"tag {tag:#x} expected")
    return length_at(octets, position + 1)[1]


def _last_inside(octets: bytes, position: int, tag: int) -> int:
    content = _inside(octets, position, tag)
    if content + length_at(octets, position + 1)[0] != len(octets):
        raise MmsProtocolError("octets after the report")
    return content


class Fields:
    """Reads the fields of a report one after the other. MmsProtocolError names the field that is missing or wrong."""

    __slots__ = ("_octets", "position")

    def __init__(self, octets: bytes, position: int) -> None:
        self._octets, self.position = octets, position

    def take(self, tag: int, what: str) -> bytes:
        octets, position = self._octets, self.position
        if position + 1 >= len(octets):
            raise MmsProtocolError(f"report truncated before {what}")
        if octets[position] != tag:
            raise MmsProtocolError(f"{what} of a report has tag {octets[position]:#x}, not {tag:#x}")
        length = octets[position + 1]
        start = position + 2
        if length >= 0x80:
            length, start = length_at(octets, position + 1)
        self.position = end = start + length
        if end > len(octets):
            raise MmsProtocolError(f"report truncated in {what}")
        return octets[start:end]

    def number(self, what: str) -> int:
        return int.from_bytes(self.either(_NUMBERS, what), "big")

    def either(self, tags: tuple[int, ...], what: str) -> bytes:
        tag = self._octets[self.position] if self.position < len(self._octets) else 0
        return self.take(tag if tag in tags else tags[0], what)

    def flag(self, what: str) -> bool:
        return any(self.take(_BOOLEAN, what))

    def text(self, what: str) -> str:
        return self.take(_TEXT, what).decode("ascii", errors="replace")


def read_heading(octets: bytes, position: int) -> Heading:
    """The head of the report whose fields begin at `position`; MmsProtocolError for what is none."""
    fields = Fields(octets, position)
    rpt_id = fields.text("RptID")
    options = int.from_bytes(fields.take(_BITS, "OptFlds")[1:3].ljust(2, b"\0"), "big")

    return Heading(
        rpt_id,
        fields.number("SeqNum") if options & _SEQUENCE else None,
        fields.either(_TIMES, "TimeOfEntry") if options & _TIME else None,
        fields.text("DatSet") if options & _DATA_SET else None,
        fields.flag("BufOvfl") if options & _OVERFLOW else None,
        fields.take(_OCTETS, "EntryID") if options & _ENTRY else None,
        fields.number("ConfRev") if options & _REVISION else None,
        fields.number("SubSeqNum") if options & _SEGMENTS else None,
        fields.flag("MoreSegmentsFollow") if options & _SEGMENTS else False,
        fields.take(_BITS, "InclusionBitstring") or b"\0",
        bool(options & _REFERENCES),
        bool(options & _REASON),
        fields.position,
    )


def included(inclusion: bytes) -> tuple[int, ...]:
    """The members that an inclusion bit string names, from 0."""
    bits = int.from_bytes(inclusion[1:], "big")
    count = 8 * (len(inclusion) - 1)
    last = count - (inclusion[0] & 7)
    return tuple(index for index in range(last) if bits >> (count - 1 - index) & 1)
