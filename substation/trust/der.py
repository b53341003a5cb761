"""The few pieces of DER (X.690) that the role extension needs, read strictly: each value has one encoding."""

from __future__ import annotations

from models.errors import RingmainError

SEQUENCE, INTEGER, UTF8_STRING = 0x30, 0x02, 0x0C
_MAX_OCTETS = 4096


class DerError(RingmainError):
    """Octets that are not the DER that is expected."""


def encode(tag: int, content: bytes) -> bytes:
    """One value with its tag and definite length, at most 65535 octets."""
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    if length <= 0xFF:
        return bytes((tag, 0x81, length)) + content
    return bytes((tag, 0x82)) + length.to_bytes(2, "big") + content


def encode_integer(value: int) -> bytes:
    """Two's complement in as few octets as hold it (X.690 8.3)."""
    octets = (value if value >= 0 else ~value).bit_length() // 8 + 1
    return encode(INTEGER, value.to_bytes(octets, "big", signed=True))


def encode_text(text: str) -> bytes:
    return encode(UTF8_STRING, text.encode())


class Reader:
    """Takes values from the front; DerError for anything that is not DER. `done` refuses what is left."""

    def __init__(self, octets: bytes) -> None:
        if len(octets) > _MAX_OCTETS:
            raise DerError(f"{len(octets)} octets; at most {_MAX_OCTETS} are read")
        self.octets = octets

    def __bool__(self) -> bool:
        return bool(self.octets)

    @property
    def next_tag(self) -> int | None:
        return self.octets[0] if self.octets else None

    def take(self, tag: int) -> Reader:
        """The content of the next value, which must have this tag."""
        if self.next_tag != tag:
            found = "the end" if self.next_tag is None else f"tag {self.next_tag:#04x}"
            raise DerError(f"tag {tag:#04x} is expected, not {found}")
        start, length = self._length()
        if start + length > len(self.octets):
            raise DerError("a value is cut short")
        content, self.octets = self.octets[start : start + length], self.octets[start + length :]
        return Reader(content)

    def integer(self) -> int:
        octets = self.take(INTEGER).octets
        value = int.from_bytes(octets, "big", signed=True)
        if not octets or encode_integer(value)[2:] != octets:
            raise DerError("an INTEGER is not in its shortest form")
        return value

    def text(self) -> str:
        try:
            return self.take(UTF8_STRING).octets.decode()
        except UnicodeDecodeError as error:
            raise DerError("a UTF8String is not UTF-8") from error

    def done(self) -> None:
        if self.octets:
            raise DerError(f"{len(self.octets)} octets too many")

    def _length(self) -> tuple[int, int]:
        """Where the content starts, and its length; the shortest form only."""
        if len(self.octets) < 2:
            raise DerError("a value is cut short")
        first = self.octets[1]
        if first < 0x80:
            return 2, first
        count = first - 0x80
        octets = self.octets[2 : 2 + count]
        length = int.from_bytes(octets, "big")
        if count not in (1, 2) or len(octets) != count or length < (0x80, 0x100)[count - 1]:
            raise DerError("a length is not in its shortest definite form")
        return 2 + count, length
