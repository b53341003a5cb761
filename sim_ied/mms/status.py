"""Status and GetCapabilityList of a simulated IED (ISO 9506-2; IEC 61850-8-1 maps GetServerState onto Status)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from open61850 import ber
from open61850.server import protocol

if TYPE_CHECKING:
    from sim_ied.mms.connection import Connection
    from sim_ied.mms.server import Server

STATUS, CAPABILITIES = 0, 71
_STATE_CHANGES_ALLOWED, _OPERATIONAL = 0, 0


def serve_status(server: Server) -> None:
    """Answer both services on this server."""
    server.services[STATUS] = _status
    server.services[CAPABILITIES] = _capabilities


def _status(_: Connection, request: protocol.ConfirmedRequest) -> bytes:
    state = ber.encode_tlv(0x80, ber.encode_integer(_STATE_CHANGES_ALLOWED))
    return protocol.confirmed_response(
        request.invoke_id, STATUS, state + ber.encode_tlv(0x81, ber.encode_integer(_OPERATIONAL))
    )


def _capabilities(_: Connection, request: protocol.ConfirmedRequest) -> bytes:
    """No capability of the VMD needs a name: an empty list, and no more follows."""
    content = ber.encode_tlv(0xA0) + ber.encode_tlv(0x81, ber.encode_boolean(False))
    return protocol.confirmed_response(request.invoke_id, CAPABILITIES, content)
