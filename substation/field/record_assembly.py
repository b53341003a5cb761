"""Disturbance records put together again from the parts in which a front end delivers them."""

from __future__ import annotations

from models.errors import RemoteProtocolError
from models.front_end import RecordPart
from models.record import MOST_NAME, MOST_OCTETS, Record


class RecordAssembly:
    """One record at a time; whoever sends parts out of order, or more than announced, is broken."""

    def __init__(self) -> None:
        self._octets = bytearray()
        self._first: RecordPart | None = None

    def take(self, part: RecordPart) -> Record | None:
        """The record once it is complete. RemoteProtocolError for a part that does not fit."""
        if part.offset == 0:
            self._first, self._octets = part, bytearray()
        first = self._first
        if first is None or (part.link, part.name, part.size) != (first.link, first.name, first.size):
            raise RemoteProtocolError("a part of a disturbance record belongs to no record")
        if part.offset != len(self._octets) or part.offset + len(part.octets) > part.size or part.size > MOST_OCTETS:
            raise RemoteProtocolError(f"a part of disturbance record {part.name!r:.50} does not fit")
        if len(part.name) > MOST_NAME:
            raise RemoteProtocolError(f"the name of a disturbance record has {len(part.name)} characters")
        self._octets += part.octets
        if len(self._octets) < part.size:
            return None
        self._first, content = None, bytes(self._octets)
        self._octets = bytearray()
        return Record(first.name, first.time_ns, content)
