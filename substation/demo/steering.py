"""The simulator's control socket, seen from the demonstration: faults in, the physics' own truth out."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from models.errors import RingmainError

_MOST_BYTES = 16 * 1024 * 1024


async def ask(socket: Path, request: dict[str, object]) -> dict[str, Any]:
    """One request, one answer. RingmainError when the simulator refuses or is not there."""
    try:
        reader, writer = await asyncio.open_unix_connection(str(socket), limit=_MOST_BYTES)
        try:
            writer.write(json.dumps(request).encode() + b"\n")
            line = await reader.readline()
        finally:
            writer.close()
    except OSError as error:
        raise RingmainError(f"the simulator does not answer on {socket}: {error}") from error
    answer: dict[str, Any] = json.loads(line) if line else {"ok": False, "error": "the simulator went away"}
    if not answer.pop("ok"):
        raise RingmainError(f"the simulator refuses {request}: {answer['error']}")
    return answer
