"""Where a unit listens, and the WebSocket that leads there: plain, or over TLS."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_socket
from websockets.exceptions import InvalidHandshake, InvalidURI

from models.errors import LinkError

PING_S = 10.0
MAX_FRAME_OCTETS = 16 * 1024 * 1024
LOCAL = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Address:
    """tls: for wss addresses; None there trusts what the machine does."""

    url: str
    tls: ssl.SSLContext | None = None

    def require_safe(self, password: str) -> None:
        """LinkError where a context would not be used, or a password would travel where others can read it."""
        parts = urlsplit(self.url)
        if self.tls is not None and parts.scheme != "wss":
            raise LinkError(f"{self.url}: TLS needs an address that begins with wss:")
        if password and parts.scheme != "wss" and parts.hostname not in LOCAL:
            raise LinkError(f"{self.url}: a password travels over TLS only; give an address that begins with wss:")

    async def open(self, timeout_s: float) -> ClientConnection:
        """To be closed by whoever opens it. LinkError when there is no connection."""
        try:
            return await open_socket(
                self.url,
                ssl=self.tls or (True if self.url.startswith("wss:") else None),
                compression=None,
                max_size=MAX_FRAME_OCTETS,
                ping_interval=PING_S,
                ping_timeout=PING_S,
                open_timeout=timeout_s,
                close_timeout=1.0,
                proxy=None,
                user_agent_header=None,
            )
        except (OSError, InvalidHandshake, InvalidURI, TimeoutError) as error:
            raise LinkError(f"no connection: {error}") from error
