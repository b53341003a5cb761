"""Backups under a passphrase: Argon2id makes the key, ChaCha20-Poly1305 seals the content in blocks.

Each block is bound to its place (nonce = its number, never used twice since the key is new for every backup) and to the
header of the backup, so blocks cannot be changed, moved, left out, or carried into another backup.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from substation.maintenance.errors import BackupError

BLOCK_OCTETS = 1024 * 1024
TAG_OCTETS = 16
SALT_OCTETS = 16
SHORTEST_PASSPHRASE = 12
_MEMORY_KIB, _PASSES, _LANES = 65_536, 3, 4


@dataclass(frozen=True, slots=True)
class Derivation:
    """How the key comes from the passphrase (RFC 9106); kept in the header."""

    salt: bytes
    memory_kib: int = _MEMORY_KIB
    passes: int = _PASSES
    lanes: int = _LANES

    @classmethod
    def new(cls) -> Derivation:
        return cls(os.urandom(SALT_OCTETS))

    def key(self, passphrase: str) -> bytes:
        """32 octets. Takes some tenths of a second, on purpose."""
        return hash_secret_raw(
            passphrase.encode(), self.salt, self.passes, self.memory_kib, self.lanes, hash_len=32, type=Type.ID
        )


class Sealer:
    """Takes octets, writes sealed blocks; `close` writes what is left."""

    def __init__(self, key: bytes, header: bytes, write: Callable[[bytes], object]) -> None:
        self._cipher, self._header, self._write = ChaCha20Poly1305(key), header, write
        self._waiting, self._number = bytearray(), 0

    def take(self, octets: bytes) -> None:
        self._waiting += octets
        while len(self._waiting) >= BLOCK_OCTETS:
            self._seal(bytes(self._waiting[:BLOCK_OCTETS]))
            del self._waiting[:BLOCK_OCTETS]

    def close(self) -> None:
        if self._waiting:
            self._seal(bytes(self._waiting))

    def _seal(self, block: bytes) -> None:
        self._write(self._cipher.encrypt(_nonce(self._number), block, self._header))
        self._number += 1


class Unsealer:
    """Reads the sealed blocks of a stream as one stream. size: octets of the whole content, from the header."""

    def __init__(self, key: bytes, header: bytes, stream: BinaryIO, size: int) -> None:
        self._cipher, self._header, self._stream = ChaCha20Poly1305(key), header, stream
        self._left, self._number, self._ready = size, 0, b""

    def read(self, octets: int) -> bytes:
        """At most so many; BackupError when the passphrase is wrong or the backup was altered."""
        if not self._ready and self._left:
            wanted = min(self._left, BLOCK_OCTETS)
            self._ready = self._open(self._stream.read(wanted + TAG_OCTETS))
            self._left -= wanted
            self._number += 1
        found, self._ready = self._ready[:octets], self._ready[octets:]
        return found

    def _open(self, block: bytes) -> bytes:
        try:
            return self._cipher.decrypt(_nonce(self._number), block, self._header)
        except (InvalidTag, ValueError) as error:
            raise BackupError("the passphrase is wrong, or the backup was altered or cut off") from error


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")
