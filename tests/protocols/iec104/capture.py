"""What went over a connection as a pcap file, and what tshark, an independent decoder, says of it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Iterator
from enum import Enum
from pathlib import Path
from struct import Struct
from typing import NamedTuple

import pytest

needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed (make setup-test)")


_PORT = 2404


class Direction(Enum):
    """Ports of source and destination."""

    CONTROL = (40000, _PORT)
    MONITOR = (_PORT, 40000)


class Sent(NamedTuple):
    """One APDU and who sent it."""

    direction: Direction
    octets: bytes


class Decoded(NamedTuple):
    """One frame as tshark sees it; the fields of the ASDU are empty for S and U frames. addresses: of the objects."""

    complaints: str
    frame_type: str
    type_id: int | None
    cause: int | None
    negative: bool
    test: bool
    originator: int | None
    common_address: int | None
    sequence: bool
    addresses: tuple[int, ...]


def apdus(direction: Direction, stream: bytes) -> Iterator[Sent]:
    """Cut a stream by its length octets; AssertionError where it is no row of whole frames."""
    while stream:
        assert stream[0] == 0x68
        length = 2 + stream[1]
        assert len(stream) >= length
        yield Sent(direction, stream[:length])
        stream = stream[length:]


_FILE = Struct("<IHHiIII")
_PACKET = Struct("<IIII")
_IP = Struct(">BBHHHBBHII")
_TCP = Struct(">HHIIBBHHH")
_RAW_IP = 101
_LOOPBACK = 0x7F000001


def write(path: Path, *connections: Iterable[Sent]) -> None:
    """One TCP segment per frame, one connection after the other, as if they had been captured whole."""
    number = 0
    with path.open("wb") as stream:
        stream.write(_FILE.pack(0xA1B2C3D4, 2, 4, 0, 0, 65535, _RAW_IP))
        for connection, frames in enumerate(connections):
            sequence = dict.fromkeys(Direction, 1)
            for direction, octets in frames:
                stream.write(_packet(number, connection, direction, sequence, octets))
                sequence[direction] += len(octets)
                number += 1


def _packet(number: int, connection: int, direction: Direction, sequence: dict[Direction, int], octets: bytes) -> bytes:
    other = Direction.MONITOR if direction is Direction.CONTROL else Direction.CONTROL
    ports = [port if port == _PORT else port + connection for port in direction.value]
    tcp = _TCP.pack(*ports, sequence[direction], sequence[other], 0x50, 0x18, 65535, 0, 0)
    size = _IP.size + len(tcp) + len(octets)
    ip = _IP.pack(0x45, 0, size, number & 0xFFFF, 0x4000, 64, 6, 0, _LOOPBACK, _LOOPBACK)
    return _PACKET.pack(1_795_169_730 + number, 0, size, size) + ip + tcp + octets


_FIELDS = (
    "_ws.malformed", "_ws.expert.message", "iec60870_104.type", "iec60870_asdu.typeid", "iec60870_asdu.causetx",
    "iec60870_asdu.nega", "iec60870_asdu.test", "iec60870_asdu.oa", "iec60870_asdu.addr", "iec60870_asdu.sq",
    "iec60870_asdu.ioa",
)  # fmt: skip


def tshark(path: Path, *arguments: str) -> list[list[str]]:
    """Run it on a capture; rows of tab-separated fields."""
    command = ["tshark", "-n", "-r", str(path), "-o", "tcp.check_checksum:FALSE", *arguments]
    finished = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return [line.split("\t") for line in finished.stdout.splitlines()]


def decoded(path: Path) -> list[Decoded]:
    """Every frame of a capture, in order."""
    rows = tshark(path, "-T", "fields", *(part for field in _FIELDS for part in ("-e", field)))
    return [_decoded(row) for row in rows]


def _decoded(row: list[str]) -> Decoded:
    malformed, expert, frame_type, type_id, cause, negative, test, originator, station, sequence, addresses = row
    numbers = [int(text, 0) if text else None for text in (type_id, cause, originator, station)]
    signs = [text in ("1", "True") for text in (negative, test, sequence)]
    return Decoded(
        malformed + expert, frame_type, numbers[0], numbers[1], signs[0], signs[1], numbers[2], numbers[3], signs[2],
        tuple(int(text, 0) for text in addresses.split(",") if text),
    )  # fmt: skip
