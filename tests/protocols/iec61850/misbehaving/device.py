"""A device that obeys a script: our simulated IED's server over real sockets, which asks before it says anything.

It serves `device.icd` in threads of the test's process. A `Script` may be exchanged at any time; what it leaves out is
done as a sound device does it.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from open61850.data import BitStringData, IECData, TimestampData
from open61850.mms import pdu
from open61850.mms.transport import TransportError, recv_tpkt, send_tpkt
from open61850.server import IedModel, protocol

from sim_ied.mms.connection import Connection, limit_waiting
from sim_ied.mms.server import Server

from ..bench import ICD

Request = protocol.ConfirmedRequest
NO_ANSWER: list[bytes] = []


def as_it_is(octets: bytes) -> list[bytes]:
    return [octets]


def sound(request: Request, answer: bytes) -> list[bytes]:
    return [answer]


@dataclass(frozen=True)
class Script:
    """confirm: COTP octets in place of the connect confirm, b"" for none. accept: what the answer to the association
    becomes. answer: what the answer to a request becomes. report: what an unconfirmed PDU becomes. requests: how many
    are answered before the connection is closed.
    """

    confirm: bytes | None = None
    accept: Callable[[bytes], list[bytes]] = as_it_is
    answer: Callable[[Request, bytes], list[bytes]] = sound
    report: Callable[[bytes], list[bytes]] = as_it_is
    requests: int | None = None


SOUND = Script()


class ScriptedConnection(Connection):
    """One client of the device."""

    server: ScriptedDevice

    def serve(self) -> None:
        self.count = 0
        whole, iso = self.iso.send, self.iso
        self.iso.send = self._accept  # type: ignore[method-assign]

        def associated() -> None:
            iso.send = whole  # type: ignore[method-assign]

        self._associated, self._whole = associated, whole
        super().serve()

    def _accept(self, octets: bytes) -> None:
        self._associated()
        for each in self.server.script.accept(octets):
            self._whole(each)

    def send(self, mms_pdu: bytes) -> None:
        is_report = mms_pdu[:1] == bytes([pdu.TAG_UNCONFIRMED])
        said = self.server.script.report(mms_pdu) if is_report else [mms_pdu]
        for each in said:
            super().send(each)

    def _handle(self, mms_pdu: bytes) -> bool:
        self.count += 1
        limit = self.server.script.requests
        if limit is not None and self.count > limit:
            return False
        request = protocol.decode_request(mms_pdu)
        if not isinstance(request, Request):
            return super()._handle(mms_pdu)
        self.server.requests.append(request)
        answer = self._service(request)
        for each in self.server.script.answer(request, answer):
            super().send(each)
        actions, self.after_response = self.after_response, []
        for action in actions:
            action()
        return True


class ScriptedDevice(Server):
    """requests: all that clients have asked. `model`, `reports` and `controls` are those of a sound device."""

    def __init__(self, script: Script, file: Path = ICD) -> None:
        super().__init__(IedModel.from_scl(str(file)), "127.0.0.1", 0)
        self.script = script
        self.requests: list[Request] = []

    def _serve(self, client: socket.socket, peer: tuple[object, ...]) -> None:
        limit_waiting(client)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if self.script.confirm is not None:
                recv_tpkt(client)
                if self.script.confirm:
                    send_tpkt(client, self.script.confirm)
                recv_tpkt(client)  # whatever comes, nothing is said any more
                client.close()
                return
            connection = ScriptedConnection(self, protocol.accept_cotp(client), peer)
        except (TransportError, OSError):
            client.close()
            return
        with self._lock:
            self.connections.append(connection)
        connection.serve()

    def say(self, mms_pdu: bytes) -> None:
        """To every client, past the script."""
        for connection in list(self.connections):
            with suppress(OSError):
                connection.iso.send(pdu.wrap(mms_pdu, connection.mms_context))

    def position(self, node: str, bits: str, time_ns: int = 0, quality: str = "0" * 13, clock: int = 0) -> None:
        """Of CSWI1 and its like, with quality and time at the same instant. time_ns 0: now."""
        base = f"IED1LD0/{node}.Pos"
        with self.model.batch():
            for attribute, value in (
                ("t", stamp(time_ns or time.time_ns(), clock)),
                ("q", bit_string(quality)),
                ("stVal", bit_string(bits)),
            ):
                self.model.set(f"{base}.{attribute}[ST]", value)


def bit_string(bits: str) -> IECData:
    unused = -len(bits) % 8
    return BitStringData(int(bits + "0" * unused, 2).to_bytes((len(bits) + unused) // 8, "big"), unused)


def stamp(time_ns: int, clock: int = 0) -> TimestampData:
    return TimestampData(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time_ns // 1000), clock)


@contextmanager
def scripted(script: Script = SOUND, file: Path = ICD) -> Iterator[ScriptedDevice]:
    made = ScriptedDevice(script, file)
    made.start()
    try:
        yield made
    finally:
        made.stop()
