"""addresses.json: where each simulated device listens, so that units find it, today and after the next start."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from models.errors import ConfigError

Address = tuple[str, int]
"""Host and port."""


def earlier_ports(file: Path) -> dict[str, int]:
    """Ports that an earlier run wrote to addresses.json; nothing where there is none that can be read."""
    try:
        addresses = json.loads(file.read_text(encoding="utf-8"))
        return {str(name): int(port) for name, (_, port) in addresses.items() if 0 < int(port) < 65536}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def write_addresses(file: Path, addresses: Mapping[str, Address]) -> None:
    """Write the file at once, so that nobody reads half of it. ConfigError when that is not possible."""
    temporary = file.with_suffix(".new")
    try:
        temporary.write_text(json.dumps(addresses, indent=1) + "\n", encoding="utf-8")
        temporary.replace(file)
    except OSError as error:
        remedy = "name another file with --addresses"
        raise ConfigError(str(file), None, f"cannot be written: {error.strerror}", remedy) from error
