"""TLS in front of a simulated IED's MMS server (IEC 62351-3, -4): the loop speaks TLS, the server's threads a socket.

The server accepts a client and hands its connection over before anything is read; it gets back one end of a socket pair
once hands are shaken and the client's certificate is one of the names'.
"""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import CancelledError

from models.errors import LinkError
from protocols.tls.endpoint import Endpoint
from protocols.tls.relay import Relay

_LONGEST_S = 15.0
"""Longer than a handshake may take."""


class SecureDoor:
    """Of one device. Made on the loop that its connections live on; called by threads of the server."""

    def __init__(self, endpoint: Endpoint, names: frozenset[str]) -> None:
        self._endpoint, self._names = endpoint, names
        self._loop = asyncio.get_running_loop()

    def __call__(self, client: socket.socket) -> socket.socket:
        """Blocks. OSError where hands are not shaken. What `client` was belongs to the loop; it is closed itself."""
        own = socket.socket(fileno=client.detach())
        opening = asyncio.run_coroutine_threadsafe(self._open(own), self._loop)
        try:
            return opening.result(_LONGEST_S)
        except (LinkError, TimeoutError, CancelledError) as error:
            opening.cancel()
            raise ConnectionAbortedError(f"TLS: {error}") from error

    async def _open(self, client: socket.socket) -> socket.socket:
        client.setblocking(False)
        relay = Relay()
        _, shell = await asyncio.get_running_loop().connect_accepted_socket(
            lambda: self._endpoint.accept(relay, self._names), client
        )
        try:
            await shell.ready()
            return await relay.open()
        except BaseException:
            shell.abort()
            raise
