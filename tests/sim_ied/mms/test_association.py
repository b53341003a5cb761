"""Associations: what is announced, how many there may be, what answers Status, and answers that are too large."""

from __future__ import annotations

import socket

import pytest
from open61850 import ber
from open61850.mms import ObjectName, ServiceError
from open61850.mms.errors import MmsError

from sim_ied.mms.server import Server
from tests.sim_ied.mms.small_device import LD, Client, client, served, until

DEFINE, DELETE, STATUS, CAPABILITIES = 11, 13, 0, 71


def test_services_are_announced_and_answered() -> None:
    with served() as server, client(server) as asker:
        assert asker.mms.association is not None
        assert all(asker.mms.association.supports(each) for each in (STATUS, 1, 2, 4, 5, 6, DEFINE, 12, DELETE))
        assert asker.mms.association.supports(CAPABILITIES)
        assert not asker.mms.association.supports(7)
        status = asker.mms.request(ber.encode_tlv(0x80, ber.encode_boolean(False)))
        assert [tlv.value for tlv in ber.iter_tlvs(status.content)] == [b"\x00", b"\x00"]
        capabilities = asker.mms.request(ber.encode_tlv(0xBF47))
        assert [tlv.value for tlv in ber.iter_tlvs(capabilities.content)] == [b"", b"\x00"]


def test_a_client_too_many_is_sent_away_and_a_place_becomes_free() -> None:
    with served(most_associations=1) as server:
        with client(server), pytest.raises((MmsError, OSError)):
            Client(server)
        until(lambda: not server.connections)
        until(lambda: _is_heard(server))


def _ended(guest: socket.socket) -> bool:
    try:
        return guest.recv(100) == b""
    except ConnectionResetError:
        return True


def _is_heard(server: Server) -> bool:
    try:
        with client(server) as later:
            return later.read("LLN0$ST$Beh$stVal") is not None
    except (MmsError, OSError):
        return False


def test_noise_ends_its_own_connection_alone() -> None:
    with served() as server, client(server) as asker:
        for noise in (b"GET / HTTP/1.1\r\n\r\n", b"\x03\x00\x00\x07\x02\xf0\x80", b"\x03\x00\x00\x05\x01"):
            with socket.create_connection(("127.0.0.1", server.port), timeout=5.0) as guest:
                guest.sendall(noise)
                assert _ended(guest)
        assert asker.read("LLN0$ST$Beh$stVal") is not None


def test_an_answer_larger_than_agreed_is_an_error_and_no_oversized_pdu() -> None:
    with served() as server, client(server, pdu_size=400) as asker:
        with pytest.raises(ServiceError):
            asker.mms.read_many([ObjectName("GGIO1", LD)])
        assert asker.read("GGIO1$ST$SPCSO1$stVal") is not None
        assert len(asker.mms.get_name_list(0, LD)) > 100  # in pages
