"""The key that encrypts a unit's databases at rest (D3.2 4.4.1.3 Secure storage), from a file or the environment."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from models.errors import StorageError

_HEX = re.compile(r"[0-9a-fA-F]{64}")
_REMEDY = "`openssl rand -hex 32` makes one"


class CipherKey:
    """256 bits. Never shown: neither repr nor any error holds them."""

    __slots__ = ("_hex",)

    def __init__(self, text: str, source: str) -> None:
        """text: 64 hexadecimal digits. StorageError, which names `source` only, for everything else."""
        if not _HEX.fullmatch(text):
            raise StorageError(f"{source}: a key is 64 hexadecimal digits and nothing else; {_REMEDY}")
        self._hex = text.lower()

    def __repr__(self) -> str:
        return "CipherKey(...)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CipherKey) and self._hex == other._hex  # noqa: SLF001 - the same class

    def __hash__(self) -> int:
        return hash(self._hex)

    def literal(self) -> str:
        """For SQLCipher's PRAGMA key and ATTACH: the raw key, which needs no derivation."""
        return f"\"x'{self._hex}'\""


def key_of_file(file: Path) -> CipherKey:
    """StorageError when others than its owner may read the file, or it holds no key."""
    try:
        mode = file.stat().st_mode
        text = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"{file}: the key cannot be read: {error}; {_REMEDY}") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise StorageError(f"{file}: others may read this key (mode {stat.S_IMODE(mode):04o}); chmod 600 it")
    return CipherKey(text, str(file))


def key_of_environment(name: str, environment: Mapping[str, str] = os.environ) -> CipherKey:
    """StorageError when the variable is not set or holds no key."""
    if name not in environment:
        raise StorageError(f"the environment variable {name} is not set; it should hold the key of the databases")
    return CipherKey(environment[name].strip(), f"environment variable {name}")
