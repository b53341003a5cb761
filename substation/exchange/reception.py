"""Connections before their login: strangers may knock, but not in such numbers that nobody else gets in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from websockets.asyncio.server import ServerConnection

from substation.exchange.rate import Allowances


class Reception:
    """waiting: connections without login, of all addresses together and of one; logins: how often one may begin.

    When too many wait, the one that has waited longest leaves for the newcomer, of the address that has most: a login
    takes milliseconds, so silent connections keep nobody out. refused: told an address and why.
    """

    def __init__(self, waiting: int, of_address: int, logins: Allowances, refused: Callable[[str, str], None]) -> None:
        self._most, self._most_of_address, self._logins, self._refused = waiting, of_address, logins, refused
        self._waiting: dict[str, dict[Guest, None]] = {}

    def arrived(self, guest: Guest) -> bool:
        """Whether another connection from there may wait; then `left` follows exactly once."""
        if not self._logins.take(guest.address):
            self._refused(guest.address, "too many connections from there in a short time")
            return False
        self._make_room(guest.address)
        self._waiting.setdefault(guest.address, {})[guest] = None
        return True

    def left(self, guest: Guest) -> None:
        """It has logged in, or has gone."""
        there = self._waiting[guest.address]
        del there[guest]
        if not there:
            del self._waiting[guest.address]

    def _make_room(self, address: str) -> None:
        if len(self._waiting.get(address, ())) >= self._most_of_address:
            full, why = address, f"{self._most_of_address} connections from there wait for their login already"
        elif sum(map(len, self._waiting.values())) >= self._most:
            full = max(self._waiting, key=lambda each: len(self._waiting[each]))
            why = f"{self._most} connections wait for their login already"
        else:
            return
        self._refused(full, why)
        next(iter(self._waiting[full])).send_away()


class Guest:
    """One connection at the reception, from its first octet to its login or its end."""

    def __init__(self, reception: Reception, transport: asyncio.Transport) -> None:
        name = transport.get_extra_info("peername")
        self._reception, self._transport = reception, transport
        self.address = str(name[0]) if name else ""
        self.is_welcome = self._waits = reception.arrived(self)

    def leaves(self) -> None:
        """More than once does no harm."""
        if self._waits:
            self._waits = False
            self._reception.left(self)

    def send_away(self) -> None:
        self.leaves()
        self._transport.abort()


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
    """It waits no longer: it has shown who it is, and is judged, or has gone."""
    guest = getattr(socket, "guest", None)
    if isinstance(guest, Guest):
        guest.leaves()
