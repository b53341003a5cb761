"""The published vectors of the signature and of every message: another implementation must make the same bytes."""

from __future__ import annotations

import json
from pathlib import Path

import cbor2
import pytest

from models.wire import cose
from models.wire.envelope import Envelope, envelope_of, seal, session_id
from models.wire.keys import SigningKey
from models.wire.login import certified_key
from models.wire.message_codec import from_map, to_map
from tests.cases.wire.make_vectors import vectors

VECTORS = json.loads((Path(__file__).parents[2] / "cases" / "wire" / "vectors.json").read_text())
KEYS = {name: SigningKey.from_seed(bytes.fromhex(item["seed"])) for name, item in VECTORS["keys"].items()}


@pytest.mark.parametrize("name", VECTORS["keys"])
def test_keys(name: str) -> None:
    expected = VECTORS["keys"][name]
    assert KEYS[name].public.raw.hex() == expected["public"]
    assert KEYS[name].key_id.hex() == expected["key_id"]


@pytest.mark.parametrize("vector", VECTORS["frames"], ids=lambda vector: vector["title"])
def test_frames(vector: dict[str, str]) -> None:
    key, frame = KEYS[vector["key"]], bytes.fromhex(vector["frame"])
    parts = cose.parse(frame, with_chain="login" in vector["title"])
    cose.require_signature(parts, key.public)
    envelope = envelope_of(parts.payload)
    assert cbor2.dumps(["Signature1", bytes.fromhex(vector["protected"]), cose.CONTEXT, parts.payload]) == (
        bytes.fromhex(vector["to_be_signed"])
    )
    assert seal(key, envelope, parts.chain) == frame
    maps = [to_map(message) for message in envelope.messages]
    assert tuple(from_map(each) for each in maps) == envelope.messages
    assert json.loads(json.dumps(maps[0] if len(maps) == 1 else maps, default=bytes.hex)) == vector["message"]


def test_the_file_is_what_the_programme_makes() -> None:
    assert vectors() == VECTORS


def test_the_certificate_names_the_key() -> None:
    (vector,) = (each for each in VECTORS["frames"] if each["title"] == "login with a certificate")
    (certificate,) = cose.parse(bytes.fromhex(vector["frame"]), with_chain=True).chain
    assert certified_key(certificate).raw == KEYS["client"].public.raw


def test_session() -> None:
    given = VECTORS["session"]
    derived = session_id(
        bytes.fromhex(given["challenge"]), bytes.fromhex(given["nonce"]), KEYS["unit"].key_id, KEYS["client"].key_id
    )
    assert derived.hex() == given["session"]


def test_the_signature_against_an_independent_reading_of_rfc_9052() -> None:
    """Built by hand from the RFC with cbor2 and the raw Ed25519 key, without our codec."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    for vector in VECTORS["frames"]:
        frame = cbor2.loads(bytes.fromhex(vector["frame"]))
        assert frame.tag == 18
        protected, unprotected, payload, signature = frame.value
        assert cbor2.dumps(unprotected).hex() == vector["unprotected"]
        assert set(unprotected) <= {33}
        key = VECTORS["keys"][vector["key"]]
        assert cbor2.loads(protected) == {1: -8, 4: bytes.fromhex(key["key_id"])}
        structure = cbor2.dumps(["Signature1", protected, b"ringmain data interface 1", payload])
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key["public"])).verify(signature, structure)


def test_envelope_names() -> None:
    frame = seal(
        KEYS["client"], Envelope(bytes(16), 7, 9, (from_map({"op": "unsubscribe", "id": 1, "subscription": 2}),))
    )
    assert cbor2.loads(cose.parse(frame).payload) == {
        "session": bytes(16),
        "sequence": 7,
        "time": 9,
        "message": {"op": "unsubscribe", "id": 1, "subscription": 2},
    }
