"""COSE_Sign1 (RFC 9052 4.2) with EdDSA over Ed25519 (RFC 9053 2.2), tagged, key id in the protected header.

The frame is `18([protected, {}, payload, signature])`. One encoding only is accepted, so that a frame cannot be changed
without breaking it: algorithm -8 and the 32 octet key id in the protected header, nothing in the unprotected one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from models.errors import RemoteProtocolError
from models.wire import cbor
from models.wire.keys import KeyId, SigningKey, VerifyKey

CONTEXT = b"ringmain data interface 1"
"""external_aad of every signature: a key used elsewhere too never signs for us by accident."""

FindKey = Callable[[KeyId], VerifyKey | None]

_TAG_SIGN1 = b"\xd2"
_ALGORITHM, _KEY_ID = 1, 4
_EDDSA = -8
_KEY_ID_OCTETS, _SIGNATURE_OCTETS = 32, 64


class Signed(NamedTuple):
    """A payload whose signature has been verified with the key of that id."""

    key_id: KeyId
    payload: bytes


class UnknownKeyError(RemoteProtocolError):
    """The frame names a key that nobody has admitted."""

    def __init__(self, key_id: KeyId) -> None:
        self.key_id = key_id
        super().__init__(f"key {key_id.hex()[:16]} is not known; admit it with 'ringmain enrol'")


def sign(key: SigningKey, payload: bytes, context: bytes = CONTEXT) -> bytes:
    """The frame that carries `payload` signed by `key`. context: another one for what is no frame of a session."""
    protected = cbor.encode({_ALGORITHM: _EDDSA, _KEY_ID: key.key_id})
    signature = key.sign(_to_be_signed(protected, payload, context))
    return _TAG_SIGN1 + cbor.encode([protected, {}, payload, signature])


def verify(frame: bytes, find: FindKey, context: bytes = CONTEXT) -> Signed:
    """The payload and who signed it; RemoteProtocolError when the frame is malformed, unknown or not authentic."""
    protected, payload, signature = _parts(frame)
    key_id = _key_id(protected)
    key = find(key_id)
    if key is None:
        raise UnknownKeyError(key_id)
    if key.key_id != key_id or not key.verifies(signature, _to_be_signed(protected, payload, context)):
        raise RemoteProtocolError(f"the signature of key {key_id.hex()[:16]} does not fit the message")
    return Signed(key_id, payload)


def peek(frame: bytes) -> Signed:
    """What the frame claims, not verified: only to read the key that a first message brings along."""
    protected, payload, _ = _parts(frame)
    return Signed(_key_id(protected), payload)


def _parts(frame: bytes) -> tuple[bytes, bytes, bytes]:
    if frame[:1] != _TAG_SIGN1:
        raise RemoteProtocolError("not a COSE_Sign1 frame: tag 18 is expected")
    match cbor.decode(frame[1:]):
        case [bytes(protected), dict(unprotected), bytes(payload), bytes(signature)] if not unprotected:
            if len(signature) == _SIGNATURE_OCTETS:
                return protected, payload, signature
    raise RemoteProtocolError("not a COSE_Sign1 frame: [protected, {}, payload, 64 octets] is expected")


def _key_id(protected: bytes) -> KeyId:
    header = cbor.decode(protected)
    if isinstance(header, dict) and set(header) == {_ALGORITHM, _KEY_ID} and header[_ALGORITHM] == _EDDSA:
        key_id = header[_KEY_ID]
        if isinstance(key_id, bytes) and len(key_id) == _KEY_ID_OCTETS:
            return KeyId(key_id)
    raise RemoteProtocolError("COSE header: {1: -8, 4: key id of 32 octets} is expected")


def _to_be_signed(protected: bytes, payload: bytes, context: bytes) -> bytes:
    return cbor.encode(["Signature1", protected, context, payload])
