"""TLS of an MMS link (IEC 62351-3, -4, port 3782): the loop speaks TLS, the library gets one end of a socket pair."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import NamedTuple

from models.driver import Clock, LinkConfig
from models.errors import LinkError
from protocols.tls.link import SecureDialler
from protocols.tls.relay import Relay
from protocols.tls.security_event import SecurityCode

_HANDSHAKE_S = 12.0
"""Longer than the shell's own limit, whose words are better."""


class Line(NamedTuple):
    """A connected socket for the library, our own address, and the relay that knows why it ended."""

    socket: socket.socket
    local: str
    relay: Relay

    def close(self) -> None:
        """End both sides; harmless where the library has done so."""
        self.relay.abort()
        self.socket.close()


class _Words:
    """Why we ended a session ourselves (revoked, expired, keys served long enough) is its reason, not only a notice."""

    def __init__(self, notice: Callable[[str], None], ended: Callable[[str], None]) -> None:
        self._notice, self._ended = notice, ended
        self._own = ""

    def notice(self, text: str) -> None:
        if text.startswith(SecurityCode.SESSION_ENDED.name):
            self._own = text
        self._notice(text)

    def ended(self, reason: str) -> None:
        self._ended(reason or self._own)


class SecureLines:
    """Opens the connections of one link. ConfigError when a file cannot be used."""

    def __init__(self, link: LinkConfig, clock: Clock) -> None:
        self._link = link
        self._dialler = SecureDialler(link, clock)

    async def open(self, timeout_s: float, notice: Callable[[str], None], ended: Callable[[str], None]) -> Line:
        """LinkError in the words of what went wrong. ended: with the reason, when TLS ends; '' where there is none."""
        host, port = self._link.host, self._link.port
        try:
            async with asyncio.timeout(timeout_s + _HANDSHAKE_S):
                words = _Words(notice, ended)
                relay = await self._dialler.connect(lambda: Relay(words.ended), host, port, words.notice, None)
                try:
                    far = await relay.open()
                except BaseException:
                    relay.abort()
                    raise
        except TimeoutError as error:
            raise LinkError(f"no TLS connection within {timeout_s + _HANDSHAKE_S:g} s") from error
        except OSError as error:
            raise LinkError(f"cannot connect to {host}:{port}: {error.strerror or error}") from error
        return Line(far, relay.addresses[0][0], relay)

    def counters(self) -> dict[str, int]:
        """Of this link since the start, by speaking name."""
        return self._dialler.counters()
