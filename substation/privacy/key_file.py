"""The private sum key on disk: mode 0600, under a passphrase where one is given (scrypt, AES-256-GCM)."""

from __future__ import annotations

import json
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from models.errors import ConfigError, RingmainError
from models.privacy.sum_key import PrivateSumKey, PublicSumKey

FILE_NAME = "meter_sums.key"
_SALT_OCTETS, _NONCE_OCTETS = 16, 12
_MEMORY_COST = 2**16  # 64 MiB
"""RFC 7914: N; r = 8, p = 1."""


def write_sum_key(key: PrivateSumKey, file: Path, passphrase: str | None) -> None:
    """ConfigError when the file exists already, or cannot be written: a key is never overwritten."""
    document: dict[str, object] = {"schema": 1, "n": key.public.to_octets().hex()}
    if passphrase is None:
        document["primes"] = key.to_octets().hex()
    else:
        salt, nonce = os.urandom(_SALT_OCTETS), os.urandom(_NONCE_OCTETS)
        sealed = AESGCM(_derived(passphrase, salt)).encrypt(nonce, key.to_octets(), key.public.fingerprint)
        document |= {"salt": salt.hex(), "nonce": nonce.hex(), "sealed": sealed.hex()}
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(json.dumps(document, indent=1) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
    except FileExistsError as error:
        raise ConfigError(str(file), None, "exists already", "move it away first, if it is to be replaced") from error
    except OSError as error:
        raise ConfigError(str(file), None, f"cannot be written: {error.strerror}", "choose another path") from error


def read_sum_key(file: Path, passphrase: str | None) -> PrivateSumKey:
    """ConfigError names the file."""
    try:
        document = json.loads(file.read_text(encoding="ascii"))
        key = PrivateSumKey.from_octets(_primes(document, file, passphrase))
    except OSError as error:
        remedy = "make one with 'ringmain privacy UNIT.toml key'"
        raise ConfigError(str(file), None, f"cannot be read: {error.strerror}", remedy) from error
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(str(file), None, f"is no key of sums: {error!r}", "restore it from its copy") from error
    except ConfigError:
        raise
    except RingmainError as error:
        raise ConfigError(str(file), None, str(error), "restore it from its copy") from error
    if key.public.to_octets().hex() != document["n"]:
        raise ConfigError(str(file), None, "its halves do not belong together", "restore it from its copy")
    return key


def _primes(document: dict[str, str], file: Path, passphrase: str | None) -> bytes:
    if "primes" in document:
        return bytes.fromhex(document["primes"])
    salt, nonce, sealed = (bytes.fromhex(document[name]) for name in ("salt", "nonce", "sealed"))
    if passphrase is None:
        raise ConfigError(str(file), None, "has a passphrase", "set 'passphrase_file' in [meter_sums]")
    fingerprint = PublicSumKey.from_octets(bytes.fromhex(document["n"])).fingerprint
    try:
        return AESGCM(_derived(passphrase, salt)).decrypt(nonce, sealed, fingerprint)
    except InvalidTag as error:
        raise ConfigError(str(file), None, "the passphrase does not fit", "correct the passphrase file") from error


def _derived(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=_MEMORY_COST, r=8, p=1).derive(passphrase.encode())
