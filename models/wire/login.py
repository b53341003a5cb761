"""Whose key signed a login: one that is admitted, one that a certificate names, or a fresh one beside a password.

Nothing here trusts a certificate or a password: it is only shown that the client holds the key.
"""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from models.errors import RemoteProtocolError
from models.wire import cose
from models.wire.cose import Chain, FindKey, UnknownKeyError
from models.wire.envelope import Envelope, envelope_of
from models.wire.keys import VerifyKey
from models.wire.messages import Login


def authentic(frame: bytes, find: FindKey) -> tuple[VerifyKey, Envelope, Chain]:
    """The key that signed, what it signed, and the certificates that came along; RemoteProtocolError otherwise."""
    parts = cose.parse(frame, with_chain=True)
    key = find(parts.key_id)
    if key is None and parts.chain:
        key = certified_key(parts.chain[0])
    if key is None:
        key = _brought_along(parts)
    cose.require_signature(parts, key)
    return key, envelope_of(parts.payload), parts.chain


def certified_key(certificate: bytes) -> VerifyKey:
    """The public key of a certificate in DER; RemoteProtocolError when it cannot be read or is no Ed25519 key."""
    try:
        public = x509.load_der_x509_certificate(certificate).public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise RemoteProtocolError("x5chain: the first certificate cannot be read") from error
    if not isinstance(public, Ed25519PublicKey):
        raise RemoteProtocolError("x5chain: the first certificate has no Ed25519 key")
    return VerifyKey(public.public_bytes(Encoding.Raw, PublicFormat.Raw))


def _brought_along(parts: cose.Parts) -> VerifyKey:
    """The fresh key of a password login; read before it is verified, as the key in a hello is."""
    login = envelope_of(parts.payload).message
    if isinstance(login, Login) and login.user and login.key:
        return VerifyKey(login.key)
    raise UnknownKeyError(parts.key_id)
