"""A file cut into sections, and the checksum of both: the sum of all octets modulo 256 (IEC 60870-5-101 7.2.6.37)."""

from __future__ import annotations

from protocols.iec104.files.units import MOST_SECTIONS


class Sections:
    """The content of one file. size: octets of a section; larger where 255 sections would not hold the file."""

    def __init__(self, content: bytes, size: int) -> None:
        self.content = content
        self.size = max(size, -(-len(content) // MOST_SECTIONS))

    def __len__(self) -> int:
        """Number of sections."""
        return -(-len(self.content) // self.size)

    def section(self, number: int) -> bytes:
        """Section 1..len; empty where there is none."""
        return self.content[(number - 1) * self.size : number * self.size] if number > 0 else b""


class Assembly:
    """A file as it comes in, section by section. length: as announced, 0 where it was not; sections count from 1."""

    def __init__(self, length: int = 0) -> None:
        self.length = length
        self.section = self.size = self.checksum = 0
        self.announced = self.repeats = 0  # length of the section; how often it was begun again
        self._octets = bytearray()  # of the section
        self._sum = 0
        self._parts: list[bytes] = []

    def begin(self, section: int, length: int) -> None:
        """A section, or the same one again."""
        self.section, self.announced = section, length
        self._octets, self._sum = bytearray(), 0

    @property
    def is_begun(self) -> bool:
        """Octets of the section have come."""
        return bool(self._octets)

    def add(self, data: bytes) -> bool:
        """False when the section grows longer than announced."""
        self._octets += data
        self._sum = (self._sum + sum(data)) & 0xFF
        return len(self._octets) <= self.announced

    def end(self, checksum: int) -> bool:
        """The section is complete: take it, if length and checksum are right."""
        if len(self._octets) != self.announced or self._sum != checksum:
            return False
        self._parts.append(bytes(self._octets))
        self.size += len(self._octets)
        self.checksum = (self.checksum + self._sum) & 0xFF
        self.repeats = 0
        return True

    def content(self, checksum: int) -> bytes | None:
        """The whole file; None when length or checksum are wrong."""
        if (self.length and self.size != self.length) or checksum != self.checksum:
            return None
        return b"".join(self._parts)
