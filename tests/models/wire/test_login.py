"""Three ways to log in: an admitted key, a certificate, a password; and what each of them refuses."""

from __future__ import annotations

import logging

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from models.errors import LocalProtocolError, RemoteProtocolError
from models.wire import messages as m
from models.wire.happenings import Closed
from models.wire.keys import SigningKey, VerifyKey
from models.wire.login import certified_key
from models.wire.server_session import LoggedIn, ServerSession
from models.wire.session import ClientSession
from tests.models.wire.authority import authority_certificate, certificate, issued
from tests.models.wire.pair import CLIENT, START, UNIT, Pair

STRANGER = SigningKey.from_seed(bytes([9]) * 32)


def nobody(_key_id: bytes) -> VerifyKey | None:
    return None


def frames_of(client: ClientSession, server: ServerSession) -> list[bytes]:
    """What the client sends upon the hello."""
    client.connected()
    for frame in server.outgoing(START):
        client.receive(frame, START)
    return client.outgoing(START)


def logged_in(client: ClientSession) -> LoggedIn:
    server = ServerSession(UNIT, "OBR", nobody)
    (frame,) = frames_of(client, server)
    login = server.receive(frame, START)
    assert isinstance(login, LoggedIn)
    return login


def test_a_certificate_brings_the_key() -> None:
    chain = (certificate(STRANGER.public, "Sven"), authority_certificate())
    for given in (chain[:1], chain):
        login = logged_in(ClientSession(STRANGER, certificate_chain=given, service="hmi"))
        assert (login.key_id, login.key.raw, login.chain) == (STRANGER.key_id, STRANGER.public.raw, given)
        assert (login.service, login.user, login.password) == ("hmi", "", "")


def test_an_admitted_key_is_used_before_the_certificate() -> None:
    pair = Pair(ClientSession(CLIENT, certificate_chain=(certificate(CLIENT.public, "Olga"),)))
    pair.open()
    pair.client.query("Model", "OBR", now=START)
    assert pair.to_server() == [m.Query(1, "Model", "OBR")]


def test_a_certificate_of_another_key_does_not_help() -> None:
    server = ServerSession(UNIT, "OBR", nobody)
    chain = (certificate(CLIENT.public, "Olga"),)
    (frame,) = frames_of(ClientSession(STRANGER, certificate_chain=chain), server)
    with pytest.raises(RemoteProtocolError, match="does not fit"):
        server.receive(frame, START)


def test_without_certificate_and_password_a_strange_key_is_not_known() -> None:
    server = ServerSession(UNIT, "OBR", nobody)
    (frame,) = frames_of(ClientSession(STRANGER), server)
    with pytest.raises(RemoteProtocolError, match="is not known"):
        server.receive(frame, START)


def test_a_password_login_signs_with_a_fresh_key(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    sessions = [ClientSession(None, user="Olga", password="correct horse") for _ in range(2)]
    logins = [logged_in(session) for session in sessions]
    assert {(login.user, login.password) for login in logins} == {("Olga", "correct horse")}
    assert logins[0].key_id != logins[1].key_id
    assert "horse" not in f"{logins[0]!r} {m.Login(1, b'', b'', password='correct horse')!r} {caplog.text}"


def test_a_refused_password_is_not_tried_again() -> None:
    pair = Pair(ClientSession(None, user="Olga", password="wrong"))
    pair.server = ServerSession(UNIT, "OBR", nobody)
    pair.client.connected()
    pair.to_client()
    pair.to_server()
    assert not pair.client.is_refused
    pair.server.goodbye(m.Code.NOT_ALLOWED, "user or password is wrong", START)
    assert pair.to_client() == [Closed("user or password is wrong", m.Code.NOT_ALLOWED)]
    assert pair.client.is_refused


def test_a_session_has_one_way_to_log_in() -> None:
    for key, user, password in ((None, "", ""), (CLIENT, "Olga", "x"), (None, "Olga", "")):
        with pytest.raises(LocalProtocolError, match="either a key or"):
            ClientSession(key, user=user, password=password)
    server = ServerSession(UNIT, "OBR", nobody)
    with pytest.raises(LocalProtocolError, match="at most 4 certificates"):
        frames_of(ClientSession(CLIENT, certificate_chain=(b"x",) * 5), server)


def _frame_with(unprotected: object) -> bytes:
    server = ServerSession(UNIT, "OBR", nobody)
    (frame,) = frames_of(ClientSession(STRANGER), server)
    protected, _, payload, signature = cbor2.loads(frame).value
    return b"\xd2" + cbor2.dumps([protected, unprotected, payload, signature])


CERTIFICATE = certificate(STRANGER.public, "Sven")


@pytest.mark.parametrize(
    "unprotected",
    [
        {33: 1},
        {33: []},
        {33: [CERTIFICATE]},  # one certificate is not an array
        {33: [CERTIFICATE, "x"]},
        {33: [CERTIFICATE] * 5},
        {33: b"x" * 8193},
        {33: CERTIFICATE, 4: b"x"},
        {34: CERTIFICATE},
        {33: b"no certificate"},
        {33: b""},
    ],
)
def test_bad_chains_are_refused(unprotected: object) -> None:
    server = ServerSession(UNIT, "OBR", nobody)
    with pytest.raises(RemoteProtocolError):
        server.receive(_frame_with(unprotected), START)


def test_only_a_login_carries_certificates() -> None:
    pair = Pair()
    pair.open()
    pair.client.query("Model", "OBR", now=START)
    (frame,) = pair.client.outgoing(START)
    protected, _, payload, signature = cbor2.loads(frame).value
    with pytest.raises(RemoteProtocolError, match="not a COSE_Sign1"):
        pair.server.receive(b"\xd2" + cbor2.dumps([protected, {33: CERTIFICATE}, payload, signature]), START)


def test_other_kinds_of_keys_are_refused() -> None:
    with pytest.raises(RemoteProtocolError, match="no Ed25519"):
        certified_key(issued(generate_private_key(65537, 2048).public_key(), "Sven", 1))
