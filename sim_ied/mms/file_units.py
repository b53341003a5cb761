"""File services of MMS as a device sees them (ISO 9506-2): what is asked, and the answers' octets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from open61850 import ber

OPEN, READ, CLOSE, DELETE, DIRECTORY = 72, 73, 74, 76, 77
ERROR_FILE = 11
"""Error class; of its codes:"""
BUSY, BAD_POSITION, DENIED, NON_EXISTENT = 2, 5, 6, 7

_GRAPHIC_STRING = 0x19


class Attributes(NamedTuple):
    """modified_ns: UTC."""

    size: int
    modified_ns: int


def names_of(content: bytes) -> str:
    """A FileName: one GraphicString, or several that make a path."""
    return "/".join(item.value.decode("latin-1") for item in ber.iter_tlvs(content))


def open_request(content: bytes) -> tuple[str, int]:
    """Name and initial position."""
    fields = {item.tag: item.value for item in ber.iter_tlvs(content)}
    return names_of(fields[0xA0]), ber.decode_unsigned(fields[0x81])


def directory_request(content: bytes) -> tuple[str, str]:
    """Folder and the name to continue after, '' where absent."""
    fields = {item.tag: item.value for item in ber.iter_tlvs(content)}
    return names_of(fields.get(0xA0, b"")), names_of(fields.get(0xA1, b""))


def opened(handle: int, attributes: Attributes) -> bytes:
    return ber.encode_tlv(0x80, ber.encode_integer(handle)) + ber.encode_tlv(0xA1, _attributes(attributes))


def piece(octets: bytes, more: bool) -> bytes:
    return ber.encode_tlv(0x80, octets) + ber.encode_tlv(0x81, ber.encode_boolean(more))


def entry(name: str, attributes: Attributes) -> bytes:
    """One DirectoryEntry."""
    named = ber.encode_tlv(0xA0, ber.encode_tlv(_GRAPHIC_STRING, name.encode("latin-1")))
    return ber.encode_tlv(0x30, named + ber.encode_tlv(0xA1, _attributes(attributes)))


def page(entries: Sequence[bytes], more: bool) -> bytes:
    listed = ber.encode_tlv(0xA0, ber.encode_tlv(0x30, b"".join(entries)))
    return listed + ber.encode_tlv(0x81, ber.encode_boolean(more))


def _attributes(attributes: Attributes) -> bytes:
    modified = datetime.fromtimestamp(attributes.modified_ns / 1e9, UTC)
    text = f"{modified:%Y%m%d%H%M%S}.{modified.microsecond // 1000:03d}Z"
    return ber.encode_tlv(0x80, ber.encode_unsigned(attributes.size)) + ber.encode_tlv(0x81, text.encode())
