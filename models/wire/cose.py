"""COSE_Sign1 (RFC 9052 4.2) with EdDSA over Ed25519 (RFC 9053 2.2), tagged, key id in the protected header.

The frame is `18([protected, unprotected, payload, signature])`. One encoding only is accepted, so that a frame cannot
be changed without breaking it: algorithm -8 and the 32 octet key id in the protected header, nothing in the unprotected
one. A login alone may carry certificates there (x5chain of RFC 9360): whoever exchanges them breaks the signature too,
because the first one's key must have signed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from models.errors import LocalProtocolError, RemoteProtocolError
from models.wire import cbor
from models.wire.keys import KeyId, SigningKey, VerifyKey

CONTEXT = b"ringmain data interface 1"
"""external_aad of every signature: a key used elsewhere too never signs for us by accident."""
MAX_CERTIFICATES, MAX_CHAIN_OCTETS = 4, 8192

FindKey = Callable[[KeyId], VerifyKey | None]
Chain = tuple[bytes, ...]
"""Certificates in DER, the signer's first."""

_TAG_SIGN1 = b"\xd2"
_ALGORITHM, _KEY_ID, _X5CHAIN = 1, 4, 33
_EDDSA = -8
_KEY_ID_OCTETS, _SIGNATURE_OCTETS = 32, 64
_NOTHING = b"\xa0"
_SIGNATURE_HEAD = b"\x58\x40"
_TAIL_OCTETS = len(_SIGNATURE_HEAD) + _SIGNATURE_OCTETS
_SHORT_CHAIN = f"at most {MAX_CERTIFICATES} certificates and {MAX_CHAIN_OCTETS} octets"


class Parts(NamedTuple):
    """What a frame consists of; nothing in it has been verified. chain: empty except with a login."""

    key_id: KeyId
    payload: bytes
    chain: Chain
    protected: bytes
    signature: bytes


class Signed(NamedTuple):
    """A payload whose signature has been verified with the key of that id."""

    key_id: KeyId
    payload: bytes


class UnknownKeyError(RemoteProtocolError):
    """The frame names a key that nobody has admitted."""

    def __init__(self, key_id: KeyId) -> None:
        self.key_id = key_id
        super().__init__(f"key {key_id.hex()[:16]} is not known; admit it with 'ringmain enrol'")


def sign(key: SigningKey, payload: bytes, context: bytes = CONTEXT, chain: Chain = ()) -> bytes:
    """The frame that carries `payload` signed by `key`. context: another one for what is no frame of a session.

    LocalProtocolError for a chain that no unit would take.
    """
    if not _is_short(chain):
        raise LocalProtocolError(f"a certificate chain has {_SHORT_CHAIN}")
    unprotected = {_X5CHAIN: chain[0] if len(chain) == 1 else list(chain)} if chain else {}
    protected = cbor.encode({_ALGORITHM: _EDDSA, _KEY_ID: key.key_id})
    signature = key.sign(_to_be_signed(protected, payload, context))
    return _TAG_SIGN1 + cbor.encode([protected, unprotected, payload, signature])


class Signer:
    """Signs the frames of one key in a session: what they have in common is encoded once."""

    def __init__(self, key: SigningKey) -> None:
        self._key = key
        protected = cbor.byte_string(cbor.encode({_ALGORITHM: _EDDSA, _KEY_ID: key.key_id}))
        self._head = _TAG_SIGN1 + cbor.array_head(4) + protected + _NOTHING
        self._signed_head = _signed_head(protected)

    def sign(self, payload: bytes) -> bytes:
        """The same octets as `sign` makes."""
        body = cbor.byte_string(payload)
        return self._head + body + _SIGNATURE_HEAD + self._key.sign(self._signed_head + body)


class Verifier:
    """Verifies the frames of one key in a session; those in the shortest encoding without decoding them before."""

    def __init__(self, key: VerifyKey) -> None:
        self._key = key
        protected = cbor.byte_string(cbor.encode({_ALGORITHM: _EDDSA, _KEY_ID: key.key_id}))
        self._head = _TAG_SIGN1 + cbor.array_head(4) + protected + _NOTHING
        self._signed_head = _signed_head(protected)

    def payload(self, frame: bytes) -> bytes:
        """RemoteProtocolError when the frame is malformed, of another key or not authentic."""
        body = frame[len(self._head) : -_TAIL_OCTETS]
        payload = cbor.octets_within(body)
        tail = frame[-_TAIL_OCTETS:]
        if payload is None or not frame.startswith(self._head) or not tail.startswith(_SIGNATURE_HEAD):
            return verify(frame, self._find).payload
        if not self._key.verifies(tail[len(_SIGNATURE_HEAD) :], self._signed_head + body):
            raise _unfit(self._key.key_id)
        return payload

    def _find(self, key_id: KeyId) -> VerifyKey | None:
        return self._key if key_id == self._key.key_id else None


def verify(frame: bytes, find: FindKey, context: bytes = CONTEXT) -> Signed:
    """The payload and who signed it; RemoteProtocolError when the frame is malformed, unknown or not authentic."""
    parts = parse(frame)
    key = find(parts.key_id)
    if key is None:
        raise UnknownKeyError(parts.key_id)
    require_signature(parts, key, context)
    return Signed(parts.key_id, parts.payload)


def require_signature(parts: Parts, key: VerifyKey, context: bytes = CONTEXT) -> None:
    """RemoteProtocolError when `key` is not the one that the frame names, or has not signed it."""
    message = _to_be_signed(parts.protected, parts.payload, context)
    if key.key_id != parts.key_id or not key.verifies(parts.signature, message):
        raise _unfit(parts.key_id)


def parse(frame: bytes, *, with_chain: bool = False) -> Parts:
    """Not verified. with_chain: certificates may come along, as only a login's may."""
    if frame[:1] != _TAG_SIGN1:
        raise RemoteProtocolError("not a COSE_Sign1 frame: tag 18 is expected")
    match cbor.decode(frame[1:]):
        case [bytes(protected), dict(unprotected), bytes(payload), bytes(signature)] if len(
            signature
        ) == _SIGNATURE_OCTETS and (with_chain or not unprotected):
            return Parts(_key_id(protected), payload, _chain(unprotected), protected, signature)
    raise RemoteProtocolError("not a COSE_Sign1 frame: [protected, {}, payload, 64 octets] is expected")


def _key_id(protected: bytes) -> KeyId:
    header = cbor.decode(protected)
    if isinstance(header, dict) and set(header) == {_ALGORITHM, _KEY_ID} and header[_ALGORITHM] == _EDDSA:
        key_id = header[_KEY_ID]
        if isinstance(key_id, bytes) and len(key_id) == _KEY_ID_OCTETS:
            return KeyId(key_id)
    raise RemoteProtocolError("COSE header: {1: -8, 4: key id of 32 octets} is expected")


def _chain(unprotected: dict[object, object]) -> Chain:
    """RFC 9360 section 2: one certificate is a byte string, several are an array of them."""
    if not unprotected:
        return ()
    given = unprotected.get(_X5CHAIN) if len(unprotected) == 1 else None
    listed = given if isinstance(given, list) and len(given) > 1 else [given]
    chain = tuple(each for each in listed if isinstance(each, bytes))
    if len(chain) != len(listed) or not _is_short(chain):
        raise RemoteProtocolError(f"unprotected COSE header: {{33: x5chain}} is expected, {_SHORT_CHAIN}")
    return chain


def _is_short(chain: Chain) -> bool:
    return len(chain) <= MAX_CERTIFICATES and sum(map(len, chain)) <= MAX_CHAIN_OCTETS


def _unfit(key_id: KeyId) -> RemoteProtocolError:
    return RemoteProtocolError(f"the signature of key {key_id.hex()[:16]} does not fit the message")


def _to_be_signed(protected: bytes, payload: bytes, context: bytes) -> bytes:
    return cbor.encode(["Signature1", protected, context, payload])


def _signed_head(protected: bytes) -> bytes:
    """What precedes the payload in `_to_be_signed`. protected: encoded as byte string."""
    return cbor.array_head(4) + cbor.encode("Signature1") + protected + cbor.byte_string(CONTEXT)
