"""The line between supervisor and unit: JSON texts, one per line, over a socket pair that the unit inherits.

The unit says that it is ready (once) and that it lives; the supervisor says that a trial has been confirmed. When one
end is closed the other knows that its peer has gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Callable

READY, ALIVE, CONFIRMED = "ready", "alive", "confirmed"
ALIVE_S = 2.0
LONGEST_LINE = 4096
RESTART_STATUS = 75
"""Exit status of a unit that wants to be started again (EX_TEMPFAIL)."""

_LOOK_S = 0.25


class SupervisorLine:
    """The unit's end. `run` until the supervisor has gone (returns) or until cancelled."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._socket.setblocking(False)

    async def run(self, ready: Callable[[], bool], confirmed: Callable[[str], None]) -> None:
        """ready: whether the unit is healthy; asked until it is, then told. confirmed: hears of the end of a trial."""
        reader, writer = await asyncio.open_unix_connection(sock=self._socket, limit=LONGEST_LINE)
        telling = asyncio.ensure_future(_tell(writer, ready))
        try:
            async for word, text in words_of(reader):
                if word == CONFIRMED:
                    confirmed(text)
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
            await hang_up(writer)

    def close(self) -> None:
        """Where `run` has not come so far as to do it."""
        self._socket.close()


async def _tell(writer: asyncio.StreamWriter, ready: Callable[[], bool]) -> None:
    with contextlib.suppress(ConnectionError):
        await say(writer, ALIVE)
        while not ready():
            await asyncio.sleep(_LOOK_S)
            await say(writer, ALIVE)
        await say(writer, READY)
        while True:
            await asyncio.sleep(ALIVE_S)
            await say(writer, ALIVE)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """The peer sees it at once; the socket is closed when this returns."""
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def say(writer: asyncio.StreamWriter, word: str, text: str = "") -> None:
    """ConnectionError when the peer has gone."""
    writer.write(json.dumps([word, text]).encode() + b"\n")
    await writer.drain()


async def words_of(reader: asyncio.StreamReader) -> AsyncIterator[tuple[str, str]]:
    """What the peer says, until it has gone; what is not understood is left out."""
    while True:
        try:
            line = await reader.readline()
        except (ConnectionError, ValueError):
            return
        if not line:
            return
        with contextlib.suppress(ValueError, TypeError):
            word, text = json.loads(line)
            yield str(word), str(text)
