"""docs/decisions/0002: what c104 does on the wire. When one of these fails, the decision has lost a reason.

Frames are written out by hand (IEC 60870-5-104), so that no code of ours takes part.
"""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from .peer import peer

STARTDT_ACT = bytes.fromhex("680407000000")
ACTIVATION_CONFIRMATION = 7
ACTIVATION_TERMINATION = 10
GENERAL_INTERROGATION = bytes.fromhex("64 01 06 00 01 00 000000 14")
SINGLE_COMMAND_ON = bytes.fromhex("2d 01 06 00 01 00 010000 01")
CLOCK_SYNCHRONISATION_WITHOUT_TIME = bytes.fromhex("67 01 06 00 01 00 000000")


class Centre:
    """A control centre of a few lines: started data transfer, acknowledges every frame."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection, self.received = connection, 0
        self.stream = connection.makefile("rb")
        connection.sendall(STARTDT_ACT)
        assert self.stream.read(6)[2] == 0x0B  # STARTDT con

    def send(self, asdu: bytes) -> None:
        self.connection.sendall(bytes([0x68, 4 + len(asdu), 0, 0]) + self._receive_number() + asdu)

    def asdus(self) -> Iterator[bytes]:
        while len(header := self.stream.read(2)) == 2:
            frame = self.stream.read(header[1])
            if frame[0] & 1 == 0:  # I format
                self.received += 1
                self.connection.sendall(bytes([0x68, 4, 1, 0]) + self._receive_number())
                yield frame[4:]

    def _receive_number(self) -> bytes:
        return (self.received << 1).to_bytes(2, "little")


@contextmanager
def outstation(measurands: int) -> Iterator[tuple[Centre, subprocess.Popen[str]]]:
    with (
        peer("c104_outstation.py", str(measurands)) as (port, process),
        socket.create_connection(("127.0.0.1", port), timeout=10) as connection,
    ):
        centre = Centre(connection)
        with centre.stream:
            yield centre, process


def test_one_short_frame_kills_the_process() -> None:
    with outstation(5) as (centre, process):
        centre.send(CLOCK_SYNCHRONISATION_WITHOUT_TIME)
        assert process.wait(timeout=10) == -signal.SIGSEGV


def test_a_failing_command_is_confirmed_as_done() -> None:
    with outstation(5) as (centre, _):
        centre.send(SINGLE_COMMAND_ON)
        answer = next(centre.asdus())
        assert (answer[0], answer[2]) == (45, ACTIVATION_CONFIRMATION)  # the negative bit, 0x40, is not set


def test_an_interrogation_ends_before_it_is_complete() -> None:
    objects = 0
    with outstation(10_000) as (centre, _):
        centre.send(GENERAL_INTERROGATION)
        for asdu in centre.asdus():
            if asdu[0] == 100 and asdu[2] == ACTIVATION_TERMINATION:
                break
            objects += asdu[1] & 0x7F if asdu[0] != 100 else 0
    assert 0 < objects < 10_000
