"""Ed25519 keys (RFC 8032) of stakeholders and units, named by their thumbprint; text in and out, no files."""

from __future__ import annotations

from hashlib import sha256
from typing import NewType

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from models.errors import RingmainError

KeyId = NewType("KeyId", bytes)
"""SHA-256 COSE Key Thumbprint (RFC 9679) of the public key, 32 octets."""

SEED_OCTETS = 32
_COSE_KEY_PREFIX = bytes.fromhex("a301012006215820")  # {1: OKP, -1: Ed25519, -2: 32 octets}, deterministic CBOR


class KeyTextError(RingmainError):
    """A key file does not hold what is expected."""


class VerifyKey:
    """A public key. `raw` are its 32 octets."""

    __slots__ = ("_public", "key_id", "raw")

    def __init__(self, raw: bytes) -> None:
        try:
            self._public = Ed25519PublicKey.from_public_bytes(raw)
        except ValueError as error:
            raise KeyTextError("an Ed25519 public key has 32 octets") from error
        self.raw = raw
        self.key_id = KeyId(sha256(_COSE_KEY_PREFIX + raw).digest())

    @classmethod
    def from_text(cls, text: str) -> VerifyKey:
        """From a PEM file (SubjectPublicKeyInfo) or 64 hexadecimal digits."""
        raw = _octets_of_hex(text)
        if raw is not None:
            return cls(raw)
        try:
            public = load_pem_public_key(text.encode())
        except (ValueError, UnsupportedAlgorithm) as error:
            raise KeyTextError("not a public key: PEM ('BEGIN PUBLIC KEY') or 64 hex digits are expected") from error
        if not isinstance(public, Ed25519PublicKey):
            raise KeyTextError("not an Ed25519 key; make one with 'ringmain enrol --new'")
        return cls(public.public_bytes(Encoding.Raw, PublicFormat.Raw))

    def to_text(self) -> str:
        """PEM, SubjectPublicKeyInfo (RFC 8410)."""
        return self._public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def verifies(self, signature: bytes, message: bytes) -> bool:
        try:
            self._public.verify(signature, message)
        except InvalidSignature:
            return False
        return True


class SigningKey:
    """A private key with its public half; never shown by repr or str."""

    __slots__ = ("_private", "public")

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = VerifyKey(private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    @classmethod
    def generate(cls) -> SigningKey:
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, seed: bytes) -> SigningKey:
        """The 32 octets of RFC 8032 5.1.5."""
        if len(seed) != SEED_OCTETS:
            raise KeyTextError(f"an Ed25519 seed has {SEED_OCTETS} octets, not {len(seed)}")
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def from_text(cls, text: str) -> SigningKey:
        """From an unencrypted PEM file (PKCS 8) or a seed of 64 hexadecimal digits."""
        seed = _octets_of_hex(text)
        if seed is not None:
            return cls.from_seed(seed)
        try:
            private = load_pem_private_key(text.encode(), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise KeyTextError("not a private key: PEM ('BEGIN PRIVATE KEY') or 64 hex digits are expected") from error
        if not isinstance(private, Ed25519PrivateKey):
            raise KeyTextError("not an Ed25519 key; make one with 'ringmain enrol --new'")
        return cls(private)

    @property
    def key_id(self) -> KeyId:
        return self.public.key_id

    def to_text(self) -> str:
        """PEM, PKCS 8 (RFC 8410), not encrypted: the file's mode protects it."""
        return self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    def sign(self, message: bytes) -> bytes:
        """64 octets."""
        return self._private.sign(message)


def _octets_of_hex(text: str) -> bytes | None:
    stripped = text.strip()
    if len(stripped) != 2 * SEED_OCTETS:
        return None
    try:
        return bytes.fromhex(stripped)
    except ValueError:
        return None
