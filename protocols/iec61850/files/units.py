"""File services of MMS as octets (ISO 9506-2, as IEC 61850-8-1 uses them): requests, and what a device answers.

    fileOpen [72] name, position -> handle, size, time     fileDelete [76] name -> nothing
    fileRead [73] handle -> octets, more follows           fileDirectory [77] folder, continue after -> entries, more
    fileClose [74] handle -> nothing

A file's name is one GraphicString with the whole path; devices that split it are understood. Names are taken as
Latin-1, so that what a device has told is given back as it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from open61850 import ber

from models.errors import RemoteProtocolError

OPEN, READ, CLOSE, DELETE, DIRECTORY = 72, 73, 74, 76, 77
OBTAIN, RENAME = 46, 75
"""The device may not fetch files from us, nor do we rename any."""
MOST_NAME = 200
LARGEST_SIZE = 0xFFFF_FFFF

_GRAPHIC_STRING, _SEQUENCE = 0x19, 0x30
_LONGEST_TIME = 40
_LATIN_1 = "\xff"  # its last character


class Attributes(NamedTuple):
    """size: octets. modified: GeneralizedTime as the device wrote it, '' where it gives none."""

    size: int
    modified: str


class Entry(NamedTuple):
    """Of a directory; the name of a folder ends with a slash of either kind at most devices."""

    name: str
    attributes: Attributes


class Page(NamedTuple):
    """One answer of fileDirectory."""

    entries: tuple[Entry, ...]
    more: bool


class Opened(NamedTuple):
    """handle: frsmID of this transfer."""

    handle: int
    attributes: Attributes


class Piece(NamedTuple):
    """One answer of fileRead."""

    octets: bytes
    more: bool


# -- requests


def open_request(name: str, position: int) -> bytes:
    """position: octets to leave out."""
    content = ber.encode_tlv(0xA0, _name(name)) + ber.encode_tlv(0x81, ber.encode_unsigned(position))
    return _service(OPEN, content)


def read_request(handle: int) -> bytes:
    return _service(READ, ber.encode_integer(handle), constructed=False)


def close_request(handle: int) -> bytes:
    return _service(CLOSE, ber.encode_integer(handle), constructed=False)


def delete_request(name: str) -> bytes:
    return _service(DELETE, _name(name))


def directory_request(folder: str, after: str) -> bytes:
    """folder: '' for the root. after: name of the last entry that was told, '' for the first page."""
    content = ber.encode_tlv(0xA0, _name(folder)) if folder else b""
    if after:
        content += ber.encode_tlv(0xA1, _name(after))
    return _service(DIRECTORY, content)


def _service(number: int, content: bytes, constructed: bool = True) -> bytes:
    return ber.encode_tlv(ber.make_tag(number, constructed=constructed), content)


def _name(name: str) -> bytes:
    return ber.encode_tlv(_GRAPHIC_STRING, name.encode("latin-1"))


# -- answers; each raises RemoteProtocolError for what is none


def opened(content: bytes) -> Opened:
    fields = _fields(content)
    return Opened(_signed(fields, 0x80), _attributes(fields.get(0xA1, b"")))


def piece(content: bytes) -> Piece:
    fields = _fields(content)
    if 0x80 not in fields:
        raise RemoteProtocolError("an answer to fileRead has no data")
    return Piece(fields[0x80], fields.get(0x81, b"\xff") != b"\x00")


def page(content: bytes) -> Page:
    fields = _fields(content)
    listed = _items(fields.get(0xA0, b""))
    if len(listed) == 1:
        inner = _items(listed[0][1])
        if inner and inner[0][0] == _SEQUENCE:  # the list is in a sequence of its own, as ISO 9506-2 has it
            listed = inner
    entries = (_entry(value) for _, value in listed if value)
    return Page(tuple(each for each in entries if is_name(each.name)), fields.get(0x81, b"\x00") != b"\x00")


def is_name(name: str) -> bool:
    """Anything else in a directory is passed over: nobody could ask for it, or show it."""
    return 0 < len(name) <= MOST_NAME and name.isprintable() and max(name) <= _LATIN_1


def _entry(content: bytes) -> Entry:
    fields = _fields(content)
    if 0xA0 not in fields:
        raise RemoteProtocolError("an entry of a directory has no name")
    return Entry(_joined(_items(fields[0xA0])), _attributes(fields.get(0xA1, b"")))


def _joined(parts: Iterable[tuple[int, bytes]]) -> str:
    return "/".join(value.decode("latin-1").rstrip("\x00") for _, value in parts)


def _attributes(content: bytes) -> Attributes:
    fields = _fields(content)
    size = int.from_bytes(fields[0x80], "big") if 0x80 in fields else 0
    modified = fields.get(0x81, b"").decode("latin-1")
    if size > LARGEST_SIZE or len(modified) > _LONGEST_TIME:
        raise RemoteProtocolError("attributes of a file are out of range")
    return Attributes(size, modified)


def _signed(fields: dict[int, bytes], tag: int) -> int:
    octets = fields.get(tag, b"")
    if not 0 < len(octets) <= 5:
        raise RemoteProtocolError("an opened file has no handle")
    return ber.decode_integer(octets)


def _fields(content: bytes) -> dict[int, bytes]:
    return dict(_items(content))


def _items(content: bytes) -> list[tuple[int, bytes]]:
    try:
        return [(item.tag, item.value) for item in ber.iter_tlvs(content)]
    except ber.BerError as error:
        raise RemoteProtocolError(f"an answer of the file service cannot be read: {error}") from error
