"""Where a unit on the same machine listens: the address file in its data directory, for one that takes any port."""

from __future__ import annotations

import json
from pathlib import Path

from models.errors import LinkError

LISTENING = "listening.json"
"""Name of the file; it is there while the unit listens."""


def address_of(url: str, data: Path | None) -> str:
    """The URL itself, or that of the unit whose data directory is given; LinkError as of `listening_at`."""
    return url if data is None else listening_at(data)


def listening_at(data: Path) -> str:
    """URL of the data interface; LinkError while the unit does not listen, so that it is tried again."""
    file = data / LISTENING
    try:
        host, port = json.loads(file.read_text(encoding="utf-8"))["data_interface"]
        return f"ws://{host}:{int(port)}"
    except FileNotFoundError as error:
        raise LinkError(f"{file} is not there: the unit does not listen yet") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LinkError(f"{file} tells no address: {error!r}") from error
