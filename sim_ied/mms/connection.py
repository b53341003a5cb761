"""One association of a simulated IED: what open61850's connection does, and the services that it lacks."""

from __future__ import annotations

import logging
import socket
import struct
from typing import TYPE_CHECKING

from open61850 import ber
from open61850.mms import pdu
from open61850.mms.errors import MmsProtocolError
from open61850.mms.pdu import ObjectName
from open61850.mms.transport import IsoConnection, TransportError
from open61850.server import ServerConnection, protocol

if TYPE_CHECKING:
    from sim_ied.mms.server import Server

logger = logging.getLogger(__name__)

ASSOCIATION_S = 10.0
"""A client that connects and says nothing is sent away."""
SEND_S = 10
"""A client that does not read is sent away: nobody else waits for it longer than this."""
ERROR_RESOURCE = 3
"""MMS error class 'resource'; code 0 is 'other' (ISO 9506-2)."""

_LIBRARY_SERVICES = frozenset({1, 2, 4, 5, 6, 12, 79, 83})


class Connection(ServerConnection):
    """data_sets: those that last as long as this association (`@name`)."""

    server: Server

    def __init__(self, server: Server, iso: IsoConnection, peer: tuple[object, ...]) -> None:
        super().__init__(server, iso, peer)
        self.data_sets: dict[str, list[ObjectName]] = {}

    def serve(self) -> None:
        """Associate, then answer requests until one side ends."""
        try:
            self._associate()
            while not self.closed.is_set() and (data := self.iso.recv()) is not None:
                if not self._handle(pdu.unwrap(data)):
                    break
        except (TransportError, MmsProtocolError, OSError) as error:
            logger.debug("association with %s ended: %s", self.address, error)
        finally:
            self.close()
            self.server._forget(self)  # noqa: SLF001 - the library's own connection calls it so

    def _associate(self) -> None:
        server = self.server
        request = protocol.decode_association_request(self._recv_or_raise())
        accept, self.pdu_size = protocol.association_accept(
            request,
            max_pdu_size=server.max_pdu_size,
            max_outstanding=server.max_outstanding,
            nesting_level=server.nesting_level,
        )
        self.mms_context = request.mms_context
        self.iso.send(_with_services(accept, _LIBRARY_SERVICES | server.services.keys()))
        self.iso._sock.settimeout(None)  # noqa: SLF001 - the library publishes its socket under no other name

    def _service(self, request: protocol.ConfirmedRequest) -> bytes:
        """The answer to a request; one that does not fit the PDU size agreed becomes an error."""
        service = self.server.services.get(request.service)
        try:
            answer = service(self, request) if service is not None else None
            response = answer if answer is not None else super()._service(request)
        except (AssertionError, AttributeError, TypeError) as error:
            raise MmsProtocolError(f"argument of the wrong type: {error}") from error
        if len(response) > self.pdu_size:
            return protocol.confirmed_error(request.invoke_id, ERROR_RESOURCE, 0)
        return response


def limit_waiting(client: socket.socket) -> None:
    """Bound what a client can make the server wait: for its first words, and for its reading."""
    client.settimeout(ASSOCIATION_S)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("@ll", SEND_S, 0))


def _with_services(accept: bytes, services: frozenset[int]) -> bytes:
    """The library announces a fixed list of services; the same octets with the bits of ours."""
    unused, announced = protocol.SERVICES_SUPPORTED
    bits = bytearray(len(announced))
    for number in services:
        bits[number // 8] |= 0x80 >> number % 8
    before = ber.encode_tlv(0x82, bytes([unused]) + announced)
    return accept.replace(before, ber.encode_tlv(0x82, bytes([unused]) + bytes(bits)), 1)
