"""APCI: the six octets around every ASDU (IEC 60870-5-104 5): I, S and U frames, and cutting a stream into them."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from struct import Struct
from typing import NamedTuple

from protocols.iec104.link.closing import Closing, ClosingError

_START = 0x68
_CONTROL_OCTETS = 4
_MAX_LENGTH = 253
_MODULUS = 0x8000
_I_FRAME = Struct("<BBHH")


class Function(IntEnum):
    """First control octet of U frames."""

    STARTDT_ACT = 0x07
    STARTDT_CON = 0x0B
    STOPDT_ACT = 0x13
    STOPDT_CON = 0x23
    TESTFR_ACT = 0x43
    TESTFR_CON = 0x83


class Information(NamedTuple):
    """I frame: N(S), N(R) modulo 32768, and the ASDU."""

    sent: int
    received: int
    asdu: bytes


class Supervisory(NamedTuple):
    """S frame: N(R) modulo 32768."""

    received: int


class Unnumbered(NamedTuple):
    """U frame."""

    function: Function


Apdu = Information | Supervisory | Unnumbered


def information(sent: int, received: int, asdu: bytes) -> bytes:
    """I frame; the counts may be larger than the modulus."""
    return _I_FRAME.pack(_START, len(asdu) + _CONTROL_OCTETS, sent % _MODULUS << 1, received % _MODULUS << 1) + asdu


def supervisory(received: int) -> bytes:
    """S frame."""
    return _I_FRAME.pack(_START, _CONTROL_OCTETS, 1, received % _MODULUS << 1)


def unnumbered(function: Function) -> bytes:
    """U frame."""
    return bytes([_START, _CONTROL_OCTETS, function, 0, 0, 0])


def ahead(number: int, count: int) -> int:
    """How far a number modulo 32768 is ahead of a count, 0..32767."""
    return (number - count) % _MODULUS


class Splitter:
    """Cuts the stream of octets into frames. Holds at most one incomplete frame."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[Apdu]:
        """The frames that are complete now. Raises ClosingError at the first octet that fits no frame."""
        octets, at = self._rest + data, 0
        while at < len(octets):
            if octets[at] != _START:
                raise ClosingError(
                    Closing.START_OCTET, f"frame starts with {octets[at]:#04x} instead of 0x68: link closed"
                )
            if at + 1 == len(octets):
                break
            if not _CONTROL_OCTETS <= octets[at + 1] <= _MAX_LENGTH:
                raise ClosingError(
                    Closing.FRAME_LENGTH, f"frame length {octets[at + 1]} is not within 4..253: link closed"
                )
            end = at + 2 + octets[at + 1]
            if end > len(octets):
                break
            yield _parse(octets[at + 2 : end])
            at = end
        self._rest = octets[at:]


def _parse(frame: bytes) -> Apdu:
    sent, received = frame[0] | frame[1] << 8, frame[2] | frame[3] << 8
    if sent & 1 == 0:
        if received & 1:
            raise ClosingError(Closing.CONTROL_FIELD, "I frame with an odd N(R) field: link closed")
        return Information(sent >> 1, received >> 1, frame[_CONTROL_OCTETS:])
    if len(frame) != _CONTROL_OCTETS:
        raise ClosingError(Closing.CONTROL_FIELD, f"S or U frame of {len(frame)} octets instead of 4: link closed")
    if sent == 1 and received & 1 == 0:
        return Supervisory(received >> 1)
    if frame[0] in _FUNCTIONS and not any(frame[1:]):
        return Unnumbered(Function(frame[0]))
    raise ClosingError(Closing.CONTROL_FIELD, f"control field {frame.hex()} is no frame of IEC 104: link closed")


_FUNCTIONS = frozenset(Function)
