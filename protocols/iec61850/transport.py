"""An association over a socket that is connected already: what the library offers for host and port alone."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import TypeVar

from open61850.mms import InformationReport, MmsClient, MmsConnectionError, MmsTimeout
from open61850.mms.association import AssociationParameters, association_request, decode_association_response
from open61850.mms.transport import IsoConnection, TransportError, connection_request, recv_tpkt, send_tpkt

_C = TypeVar("_C", bound=MmsClient)

_CONNECT_CONFIRM = 0xD0


class SocketTransport(IsoConnection):
    """COTP class 0 over a given socket (RFC 1006). local: our own address, as the device sees it."""

    local = ""

    @classmethod
    def over(cls, sock: socket.socket, local: str) -> SocketTransport:
        """After the connect confirm. OSError; the socket's time-out is the caller's."""
        send_tpkt(sock, connection_request())
        confirm = recv_tpkt(sock)
        if confirm is None:
            raise TransportError("the connection was closed before the COTP connect confirm")
        if len(confirm) < 2 or confirm[1] & 0xF0 != _CONNECT_CONFIRM:
            raise TransportError(f"no COTP connect confirm but {confirm[:8].hex()}")
        made = cls(sock, tpdu_size=cls._negotiated_tpdu_size(confirm))
        made.local = local
        return made

    @property
    def local_address(self) -> str | None:
        return self.local or None


def associate(
    kind: type[_C],
    sock: socket.socket,
    local: str,
    timeout_s: float,
    on_report: Callable[[InformationReport], None],
    parameters: AssociationParameters | None = None,
) -> _C:
    """Blocks. Nothing is received yet; the socket is the association's own from now on, closed when this raises."""
    try:
        sock.settimeout(timeout_s)
        transport = SocketTransport.over(sock, local)
        transport.send(association_request(parameters or AssociationParameters()))
        answer = transport.recv()
        if answer is None:
            raise MmsConnectionError("the connection was closed during the association")
        accepted = decode_association_response(answer)
        sock.settimeout(None)
    except TimeoutError:
        sock.close()
        raise MmsTimeout(f"no answer to the association within {timeout_s:g} s") from None
    except BaseException:
        sock.close()
        raise
    return kind(transport, on_information_report=on_report, request_timeout=timeout_s, association=accepted)
