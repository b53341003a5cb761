"""A report larger than one PDU: segments that share its sequence number (IEC 61850-8-1, report format)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from open61850 import ber
from open61850.data import (
    BoolData,
    IECData,
    OctetStringData,
    RawData,
    UIntData,
    VisibleStringData,
    encode_binary_time,
    encode_data,
)
from open61850.mms.report import OptFlds, bitstring_of
from open61850.server import protocol
from open61850.server.reporting import ReportControl, _Entry

_FRAME_BYTES = 64
"""Tags and lengths around the access results."""
_HEAD_BYTES = 2 * 135 + 64
"""RptID and DatSet at their longest, and the small fields."""
_REFERENCE_BYTES = 132


def fits(rcb: ReportControl, entry: _Entry, pdu_size: int) -> bool:
    """Whether the whole entry is sure to fit one PDU of that size in octets."""
    references = _REFERENCE_BYTES * len(entry.indexes) if rcb.opt_flds().data_reference else 0
    head = _FRAME_BYTES + _HEAD_BYTES + len(rcb.members()) // 8
    return head + references + entry.size <= pdu_size


def segments(rcb: ReportControl, entry: _Entry, pdu_size: int) -> Iterator[bytes]:
    """The PDUs of one entry. A member larger than a PDU goes alone, and the client's limit is not kept then."""
    options = replace(_options(rcb), segmentation=True)
    parts = _parts(rcb, entry, pdu_size)
    for number, part in enumerate(parts):
        head = _head(rcb, entry, options)
        head += [UIntData(number), BoolData(number < len(parts) - 1)]
        yield _segment(rcb, head, part, options)


_Member = tuple[int, bytes, bytes]
"""Index in the data set, encoded value, encoded reason."""


def _options(rcb: ReportControl) -> OptFlds:
    options = rcb.opt_flds()
    return options if rcb.buffered else replace(options, buffer_overflow=False, entry_id=False)


def _parts(rcb: ReportControl, entry: _Entry, pdu_size: int) -> list[list[_Member]]:
    reference = _REFERENCE_BYTES if rcb.opt_flds().data_reference else 0
    room = pdu_size - _FRAME_BYTES - _HEAD_BYTES - len(rcb.members()) // 8
    parts: list[list[_Member]] = [[]]
    used = 0
    for member in zip(entry.indexes, _split(entry.values), _split(entry.reasons), strict=True):
        size = len(member[1]) + len(member[2]) + reference
        if parts[-1] and used + size > room:
            parts.append([])
            used = 0
        parts[-1].append(member)
        used += size
    return parts


def _head(rcb: ReportControl, entry: _Entry, options: OptFlds) -> list[IECData | int]:
    """The fields before the segment's own, in their order."""
    fields: list[tuple[bool, IECData]] = [
        (True, rcb.attr("RptID") or VisibleStringData("")),
        (True, options.to_bitstring()),
        (options.sequence_number, rcb.attr("SqNum") or UIntData(0)),
        (options.report_time_stamp, RawData(0x8C, encode_binary_time(entry.time))),
        (options.data_set_name, rcb.attr("DatSet") or VisibleStringData("")),
        (options.buffer_overflow, BoolData(rcb.overflowed)),
        (options.entry_id, OctetStringData(entry.entry_id.to_bytes(8, "big"))),
        (options.conf_revision, rcb.attr("ConfRev") or UIntData(0)),
    ]
    return [field for present, field in fields if present]


def _segment(rcb: ReportControl, head: list[IECData | int], part: list[_Member], options: OptFlds) -> bytes:
    members = rcb.members()
    included = {index for index, _, _ in part}
    values = [*head, bitstring_of([number in included for number in range(len(members))])]
    references = [VisibleStringData(f"{members[i].domain}/{members[i].item}") for i in sorted(included)]
    encoded = b"".join(encode_data(each) for each in references) if options.data_reference else b""
    encoded += b"".join(value for _, value, _ in part)
    if options.reason_for_inclusion:
        encoded += b"".join(reason for _, _, reason in part)
    return protocol.information_report(values, list_name="RPT", encoded=encoded)


def _split(content: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(content):
        end = ber.decode_tlv(content, start).end
        yield content[start:end]
        start = end
