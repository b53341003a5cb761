"""Why the members of a report are in it (ReasonForInclusion, IEC 61850-7-2): bits of one octet each. Pure."""

from __future__ import annotations

from open61850.data import BitStringData
from open61850.mms import MmsProtocolError, ReasonCode

from protocols.iec61850.reports.heading import Fields

CHANGED = 0x72
"""Bits of data change, quality change, data update and the application's own trigger."""
PERIODIC = 0x0C
"""Bits of integrity and general interrogation."""

_TAG, _OCTETS = 0x84, 4
_CODES = tuple(ReasonCode.from_bitstring(BitStringData(bytes([bits]), 1)) for bits in range(256))


def read_reasons(octets: bytes, position: int, count: int) -> tuple[int, ...]:
    """The first octet of each reason; one for all where they are the same. MmsProtocolError: undecodable."""
    coded = octets[position:]
    first = coded[:_OCTETS]
    if count and len(first) == _OCTETS and first[0] == _TAG and coded == first * count and first[1] == 2:
        return (first[3],)
    fields = Fields(octets, position)
    reasons = tuple(_bits(fields.take(_TAG, "ReasonCode")) for _ in range(count))
    return reasons + no_reasons(octets, fields.position)


def no_reasons(octets: bytes, position: int) -> tuple[int, ...]:
    """Of a report that has none: it ends here. MmsProtocolError where it does not."""
    if position != len(octets):
        raise MmsProtocolError(f"{len(octets) - position} unexpected octets after the values of a report")
    return ()


def only_repeats(reasons: tuple[int, ...], place: int) -> bool:
    """Whether the member at that place is there without any change; where nobody says why, it may be."""
    if not reasons:
        return True
    bits = reasons[place % len(reasons)]
    return not bits & CHANGED and bool(bits & PERIODIC)


def reason_code(bits: int) -> ReasonCode:
    """The library's reason code for the first octet of one."""
    return _CODES[bits]


def _bits(contents: bytes) -> int:
    """The first octet of a bit string without the bits that do not count."""
    if len(contents) < 2:
        return 0
    unused = contents[0] if len(contents) == 2 else 0
    return contents[1] >> unused << unused
