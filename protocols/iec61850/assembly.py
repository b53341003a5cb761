"""Octets of a TCP stream to whole MMS messages: TPKT (RFC 1006) and COTP class 0 (ISO 8073). Sans-IO.

Takes what a read gave, however it is cut; one read of a busy link holds many messages.
"""

from __future__ import annotations

from struct import Struct

from open61850.mms.transport import TransportError

LONGEST = 1 << 20
"""Octets of one message: far more than any device agrees to (maxPduSize), far less than hurts."""

_HEADER = Struct(">BxHBBB")  # TPKT version, length; COTP length, code, end of message
_SHORTEST = 7
_VERSION, _DATA, _DISCONNECT, _LAST = 3, 0xF0, 0x80, 0x80


class Assembly:
    """One direction of one connection."""

    def __init__(self) -> None:
        self._rest = b""
        self._parts: list[bytes] = []
        self._size = 0
        self.ended = False

    def feed(self, octets: bytes) -> list[bytes]:
        """The messages that are complete now; TransportError for what is no TPKT. ended: the peer disconnected."""
        data = self._rest + octets if self._rest else octets
        messages: list[bytes] = []
        position, size = 0, len(data)
        while size - position >= _SHORTEST and not self.ended:
            version, length, header, code, last = _HEADER.unpack_from(data, position)
            if version != _VERSION or length < _SHORTEST - 1:
                raise TransportError(f"invalid TPKT header {data[position : position + 4].hex()}")
            if size - position < length:
                break
            if code & 0xF0 == _DATA and length >= _SHORTEST:
                self._take(data[position + 5 + header : position + length], last & _LAST, messages)
            elif code & 0xF0 == _DISCONNECT:
                self.ended = True
            position += length
        self._rest = data[position:]
        return messages

    def _take(self, part: bytes, last: int, messages: list[bytes]) -> None:
        if last and not self._parts:
            messages.append(part)
            return
        self._parts.append(part)
        self._size += len(part)
        if self._size > LONGEST:
            raise TransportError(f"a message of more than {LONGEST:,} octets")
        if last:
            messages.append(b"".join(self._parts))
            self._parts.clear()
            self._size = 0
