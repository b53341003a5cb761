"""The engine without sockets: what it makes of records that were changed on their way."""

from __future__ import annotations

import random
import ssl
import time

import pytest

from protocols.tls.contexts import mutual_context
from protocols.tls.engine import TlsEngine
from tests.protocols.tls.ends import parameters
from tests.substation.trust.pki import Clocks, Pki

TIMES = 150


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Of the side that accepts, and of the one that connects."""
    pki = Pki(tmp_path_factory.mktemp("tls") / "authority", Clocks(time.time_ns()))
    for name in ("RTU", "NCC"):
        pki.issue(name, role=None, hosts=("h",))
    return mutual_context(parameters(pki, "RTU"), True), mutual_context(parameters(pki, "NCC"), False)


def pair(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> tuple[TlsEngine, TlsEngine]:
    accepts, connects = contexts
    return TlsEngine(accepts, lambda shown: None, True), TlsEngine(connects, lambda shown: None, False)


def changed(octets: bytes, dice: random.Random) -> bytes:
    """Bits flipped, cut off, or something put in."""
    made = bytearray(octets)
    match dice.randrange(3):
        case 0:
            for _ in range(dice.randint(1, 4)):
                made[dice.randrange(len(made))] ^= 1 << dice.randrange(8)
        case 1:
            del made[dice.randrange(len(made)) :]
        case _:
            made[dice.randrange(len(made)) :] = dice.randbytes(dice.randint(1, 600))
    return bytes(made)


@pytest.mark.parametrize("struck", range(4))
def test_a_flight_that_was_changed(contexts: tuple[ssl.SSLContext, ssl.SSLContext], struck: int) -> None:
    """Either hands are not shaken, or it did not matter; nothing else is ever raised."""
    dice = random.Random(104 + struck)  # noqa: S311 - no secret
    for _ in range(TIMES // (1 + struck)):
        server, client = pair(contexts)
        client.start()
        try:
            for flight in range(6):
                one, other = (client, server) if flight % 2 == 0 else (server, client)
                octets = one.take_output()
                other.receive(changed(octets, dice) if flight == struck and octets else octets)
        except ssl.SSLError:
            assert len(server.take_output()) < 4000  # its flight and an alert at most


def test_a_forged_record_ends_the_connection(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    server, client = pair(contexts)
    client.start()
    for _ in range(3):
        server.receive(client.take_output())
        client.receive(server.take_output())
    assert server.is_established
    client.send(b"switch off")
    record = bytearray(client.take_output())
    record[-1] ^= 1
    with pytest.raises(ssl.SSLError, match=r"(?i)bad record mac"):
        server.receive(bytes(record))
    assert server.take_output()  # the alert
    with pytest.raises(ssl.SSLError):
        server.receive(b"")


def test_records_may_come_in_any_pieces(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    server, client = pair(contexts)
    client.start()
    for _ in range(3):
        for octet in client.take_output():
            server.receive(bytes([octet]))
        for octet in server.take_output():
            client.receive(bytes([octet]))
    client.send(bytes(range(256)) * 300)
    client.send(b"")
    clear = b"".join(server.receive(bytes([octet])) for octet in client.take_output())
    assert clear == bytes(range(256)) * 300
    client.close()
    server.receive(client.take_output())
    assert server.is_ended
