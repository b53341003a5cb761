"""One file of a device being read. Nothing it says is believed: sizes must fit, and there is an end to everything."""

from __future__ import annotations

from weakref import WeakSet

from models.errors import RemoteProtocolError
from protocols.iec61850.files.units import Attributes, Opened, Piece, open_request

MOST_HELD = 256 * 1024 * 1024
"""Octets of unfinished files of all links of a process, only of what has arrived: a device that promises much and sends
little holds up nobody."""
_EMPTY_IN_A_ROW = 3

_unfinished: WeakSet[Transfer] = WeakSet()


class NoRoomError(RemoteProtocolError):
    """Nothing is wrong with the file: too much of others is under way."""


class Transfer:
    """attributes: as the directory has them. It may be opened again after a break, and goes on where it was.

    Its octets count as held for as long as it exists.
    """

    def __init__(self, name: str, attributes: Attributes, most_octets: int) -> None:
        self.name, self.attributes = name, attributes
        self.received = 0
        self._most_octets = most_octets
        self._parts: list[bytes] = []
        self._empty = 0
        _unfinished.add(self)

    @property
    def request(self) -> bytes:
        """To open it."""
        return open_request(self.name, self.received)

    def opened(self, answer: Opened) -> None:
        """RemoteProtocolError where it is no longer the file that was listed; it begins anew then."""
        if answer.attributes.size != self.attributes.size:
            self.restart()
            raise RemoteProtocolError(
                f"file {self.name} has {answer.attributes.size} octets, its directory says {self.attributes.size}"
            )

    def take(self, piece: Piece) -> bool:
        """True when the file is complete. RemoteProtocolError for one that does not fit, or finds no room: it begins
        anew.
        """
        self._empty = 0 if piece.octets else self._empty + 1
        self.received += len(piece.octets)
        self._parts.append(piece.octets)
        if sum(each.received for each in _unfinished) > MOST_HELD:
            self.restart()
            raise NoRoomError(f"file {self.name} finds no room: {MOST_HELD} octets of files are under way")
        problem = self._problem(piece.more)
        if problem:
            self.restart()
            raise RemoteProtocolError(f"file {self.name} {problem}")
        return not piece.more

    def restart(self) -> None:
        self.received, self._empty, self._parts = 0, 0, []

    def content(self) -> bytes:
        """Once complete."""
        return b"".join(self._parts)

    def _problem(self, more: bool) -> str:
        size = self.attributes.size
        if self.received > size or self.received > self._most_octets:
            return f"is longer than the {size} octets of its directory"
        if not more and self.received < size:
            return f"ends after {self.received} of {size} octets"
        if self._empty >= _EMPTY_IN_A_ROW:
            return "goes on without another octet"
        return ""
