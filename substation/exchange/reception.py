"""Connections before their login: strangers may knock, but not in such numbers that nobody else gets in."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

from websockets.asyncio.server import ServerConnection

from substation.exchange.rate import Allowances


class Reception:
    """waiting: connections without login, of all addresses together and of one; logins: how often one may begin.

    refused: told the address and why, once per connection.
    """

    def __init__(self, waiting: int, of_address: int, logins: Allowances, refused: Callable[[str, str], None]) -> None:
        self._most, self._most_of_address, self._logins, self._refused = waiting, of_address, logins, refused
        self._waiting: Counter[str] = Counter()

    def arrived(self, address: str) -> bool:
        """Whether another connection from there may wait; then `left` follows exactly once."""
        if problem := self._problem(address):
            self._refused(address, problem)
            return False
        self._waiting[address] += 1
        return True

    def left(self, address: str) -> None:
        """It has logged in, or has gone."""
        self._waiting[address] -= 1
        if not self._waiting[address]:
            del self._waiting[address]

    def _problem(self, address: str) -> str:
        if self._waiting[address] >= self._most_of_address:
            return f"{self._most_of_address} connections from there wait for their login already"
        if self._waiting.total() >= self._most:
            return f"{self._most} connections wait for their login already"
        return "" if self._logins.take(address) else "too many connections from there in a short time"


class Guest:
    """One connection at the reception, from its first octet to its login or its end."""

    def __init__(self, reception: Reception, transport: asyncio.BaseTransport) -> None:
        name = transport.get_extra_info("peername")
        self._reception, self._address = reception, str(name[0]) if name else ""
        self.is_welcome = self._waits = reception.arrived(self._address)

    def leaves(self) -> None:
        """More than once does no harm."""
        if self._waits:
            self._waits = False
            self._reception.left(self._address)


def received_by(reception: Reception, kind: type[ServerConnection]) -> type[ServerConnection]:
    """`kind` of connection, received before anything else happens to it."""

    class Received(kind):  # type: ignore[misc,valid-type]  # with TLS or without, decided when the unit starts
        guest: Guest | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:
            self.guest = Guest(reception, transport)
            if self.guest.is_welcome:
                super().connection_made(transport)
            else:
                transport.abort()

        def connection_lost(self, exc: Exception | None) -> None:
            if self.guest is not None and self.guest.is_welcome:
                self.guest.leaves()
                super().connection_lost(exc)

    return Received


def logged_in(socket: ServerConnection) -> None:
    """It waits no longer."""
    guest = getattr(socket, "guest", None)
    if isinstance(guest, Guest):
        guest.leaves()
