"""What a unit says of itself when it joins: its software and the hash of its files."""

from __future__ import annotations

from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version

from substation.config import UnitConfig
from substation.members.membership import Profile


def profile_of(config: UnitConfig, parent: str) -> Profile:
    """parent: name of the unit above."""
    return Profile(config.name, config.level.value, parent, _version(), configuration_hash(config))


def configuration_hash(config: UnitConfig) -> str:
    """SHA-256 over unit.toml and the site's files, hexadecimal: another one means that a file has changed."""
    digest = sha256()
    for file in (config.file, config.scd, config.network, config.addresses):
        try:
            content = b"" if file is None else file.read_bytes()
        except OSError:
            content = b""  # it was there a moment ago; the hash will differ, as it should
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()


def _version() -> str:
    try:
        return version("ringmain")
    except PackageNotFoundError:  # run from a tree that is not installed
        return "unknown"
