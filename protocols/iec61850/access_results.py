"""Values as MMS carries them (ISO 9506-2, AccessResult and Data), where the library's decoder falls short.

It seeks the shortest decimal of a 32-bit number, which costs more than everything else and fails near the largest one
(so one wild value would end the association), and it follows a nesting of any depth.
"""

from __future__ import annotations

from struct import Struct

from open61850 import ber
from open61850.data import (
    TAG_ARRAY,
    TAG_FLOAT,
    TAG_STRUCTURE,
    ArrayData,
    FloatData,
    IECData,
    StructureData,
    decode_data,
)
from open61850.mms import DataAccessError, MmsProtocolError
from open61850.mms.pdu import AccessResult

_ACCESS_ERROR = 0x80
_DEEPEST = 32  # nesting that is agreed on is 10 as a rule
_SINGLE = Struct(">f")
_SINGLE_OCTETS = 5  # with the octet of the format


def access_result(tag: int, contents: bytes) -> AccessResult:
    """One result of a read, or one value of a report."""
    if tag == _ACCESS_ERROR:
        return DataAccessError(int.from_bytes(contents, "big", signed=True))
    return value_of(tag, contents)


def access_results(octets: bytes) -> list[AccessResult]:
    """All of them; BerError or MmsProtocolError for garbage."""
    return [access_result(each.tag, each.value) for each in ber.iter_tlvs(octets)]


def value_of(tag: int, contents: bytes, depth: int = 0) -> IECData:
    """A value; 32-bit numbers exactly as they are."""
    if tag == TAG_FLOAT and len(contents) == _SINGLE_OCTETS:
        (number,) = _SINGLE.unpack_from(contents, 1)
        return FloatData(number)
    if tag not in (TAG_STRUCTURE, TAG_ARRAY):
        return decode_data(tag, contents)
    if depth >= _DEEPEST:
        raise MmsProtocolError(f"undecodable data: nested deeper than {_DEEPEST}")
    members = [value_of(each.tag, each.value, depth + 1) for each in ber.iter_tlvs(contents)]
    return StructureData(members) if tag == TAG_STRUCTURE else ArrayData(members)
