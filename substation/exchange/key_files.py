"""Key files: private keys are readable by their owner alone; a unit makes its own key at its first start."""

from __future__ import annotations

import os
from pathlib import Path

from models.errors import ConfigError
from models.wire.keys import KeyTextError, SigningKey, VerifyKey

RENEWED = (
    "the data directory has been used before but held no unit.key: the unit has a new identity; whoever has pinned the"
    " old key, its parent and its children must admit the new one, unless unit.key is brought back"
)
UNIT_KEY, UNIT_PUBLIC = "unit.key", "unit.pub"
STAKEHOLDERS = "keys.sqlite"


def read_signing_key(file: Path) -> SigningKey:
    """ConfigError names the file."""
    try:
        return SigningKey.from_text(_text(file))
    except KeyTextError as error:
        raise ConfigError(str(file), None, str(error), "give a private key file") from error


def read_verify_key(file: Path) -> VerifyKey:
    """From a public key file, or the public half of a private one; ConfigError names the file."""
    text = _text(file)
    try:
        return SigningKey.from_text(text).public if "PRIVATE KEY" in text else VerifyKey.from_text(text)
    except KeyTextError as error:
        raise ConfigError(str(file), None, str(error), "give a public key file, or make a pair with --new") from error


def write_key_pair(key: SigningKey, private: Path, public: Path) -> None:
    """Both files as PEM; the private one with mode 0600. ConfigError when the private file exists already."""
    try:
        descriptor = os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(key.to_text())
            stream.flush()
            os.fsync(stream.fileno())
        public.write_text(key.public.to_text(), encoding="ascii")
    except OSError as error:
        raise ConfigError(str(private), None, f"cannot be written: {error.strerror}", "choose another path") from error


def unit_key(data: Path) -> SigningKey:
    """The unit's key in its data directory, made when there is none; clients may pin its public half.

    ConfigError when the directory cannot be made.
    """
    private = data / UNIT_KEY
    if private.exists():
        return read_signing_key(private)
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problem = f"cannot be made: {error.strerror}"
        raise ConfigError(str(data), None, problem, "correct 'data' in unit.toml, or the rights") from error
    key = SigningKey.generate()
    write_key_pair(key, private, data / UNIT_PUBLIC)
    return key


def has_lost_its_key(data: Path) -> bool:
    """Whether a unit has run here before, whose key is gone."""
    return (data / STAKEHOLDERS).exists() and not (data / UNIT_KEY).exists()


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(file), None, f"cannot be read: {error}", "give the path of a key file") from error
