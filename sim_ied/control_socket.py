"""A control socket: one JSON object per line in, one per line out, on a Unix socket that its owner alone may open."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from models.errors import ConfigError, RingmainError

_MOST_BYTES = 64 * 1024

CarryOut = Callable[[dict[str, object]], Awaitable[dict[str, object]]]
"""Do what a request says; a RingmainError becomes `{"ok": false, "error": TEXT}`."""


async def serve_control(carry_out: CarryOut, socket: Path) -> AbstractAsyncContextManager[object]:
    """Listen until the context is left. ConfigError when the path cannot serve as a socket."""
    if socket.exists() and not socket.is_socket():  # a file of somebody else's, never to be deleted
        raise ConfigError(str(socket), None, "is no socket", "name a path for --control that does not exist")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(json.dumps(await _answer(carry_out, line)).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError):  # gone, or a line longer than allowed
            pass
        finally:
            writer.close()

    try:
        socket.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(serve, path=str(socket), limit=_MOST_BYTES)
        socket.chmod(0o600)
    except OSError as error:
        remedy = "name a short path in a folder you may write to"
        raise ConfigError(str(socket), None, f"cannot be opened as a socket: {error}", remedy) from error
    return server


async def _answer(carry_out: CarryOut, line: bytes) -> dict[str, object]:
    try:
        request = json.loads(line)
    except (ValueError, RecursionError) as error:
        return {"ok": False, "error": f"not JSON: {error}"}
    if not isinstance(request, dict):
        return {"ok": False, "error": "an object is expected"}
    try:
        return {"ok": True, **await carry_out(request)}
    except RingmainError as error:
        return {"ok": False, "error": str(error)}
