"""Where the units are that the meters speak to: by URL and key file, or by what they tell in their data directory."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from models.errors import ConfigError, LinkError
from models.wire.keys import KeyTextError, SigningKey, VerifyKey
from sim_ied.customers.settings import UnitPlace

_LISTENING, _PUBLIC_KEY = "listening.json", "unit.pub"


@dataclass(frozen=True, slots=True)
class Address:
    """key: None: the first one seen is kept."""

    url: str
    key: VerifyKey | None


def find(place: UnitPlace) -> Address:
    """LinkError while the unit does not listen: try again later. ConfigError for a key file that is none."""
    if place.data is None:
        return Address(place.url, None if place.key is None else read_public(place.key))
    try:
        host, port = json.loads((place.data / _LISTENING).read_text(encoding="utf-8"))["data_interface"]
        key = place.key or place.data / _PUBLIC_KEY
        return Address(f"ws://{host}:{int(port)}", read_public(key) if key.exists() else None)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LinkError(f"{place.name} does not tell its address yet: {error!r}") from error


def read_public(file: Path) -> VerifyKey:
    """ConfigError names the file."""
    try:
        return VerifyKey.from_text(file.read_text(encoding="ascii"))
    except (OSError, UnicodeDecodeError, KeyTextError) as error:
        raise ConfigError(str(file), None, f"cannot be read: {error}", "give a public key file") from error


def read_private(file: Path) -> SigningKey:
    """ConfigError names the file."""
    try:
        return SigningKey.from_text(file.read_text(encoding="ascii"))
    except (OSError, UnicodeDecodeError, KeyTextError) as error:
        raise ConfigError(str(file), None, f"cannot be read: {error}", "give a private key file") from error
