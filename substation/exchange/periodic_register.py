"""One periodic subscription per stakeholder, service, variable and location, over all connections of the unit (DI5).

Whoever comes second is refused while the first connection lives. It is asked: a link that broke without a word must not
keep its owner, who has connected again, from the subscription.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from models.wire.messages import Code, Periodic
from substation.exchange.access import Identity
from substation.exchange.variables import RefusedError

IsAlive = Callable[[], Awaitable[bool]]
"""Whether the other end of a connection answers; one that does not is ended."""


class Claim(NamedTuple):
    """Whose periodic subscription for what."""

    stakeholder: str
    service: str
    variable: str
    location: str


def claim_of(requester: Identity, request: Periodic) -> Claim:
    return Claim(requester.name, requester.service, request.variable, request.location)


class _Holder(NamedTuple):
    connection: object
    subscription: int
    is_alive: IsAlive


class PeriodicRegister:
    """One per unit. connection: anything that tells connections apart."""

    def __init__(self) -> None:
        self._holders: dict[Claim, _Holder] = {}

    async def take(self, claim: Claim, connection: object, subscription: int, is_alive: IsAlive) -> None:
        """RefusedError when another subscription has it."""
        holder = self._holders.get(claim)
        if holder is not None and holder.connection is connection:
            raise _taken(f"subscription {holder.subscription} is periodic for this already")
        if holder is not None and await holder.is_alive():
            raise _taken(f"another connection of {claim.stakeholder} has a periodic subscription for this already")
        if self._holders.get(claim) is not holder:  # somebody was faster meanwhile
            return await self.take(claim, connection, subscription, is_alive)
        self._holders[claim] = _Holder(connection, subscription, is_alive)
        return None

    def leave(self, claim: Claim, connection: object) -> None:
        """Harmless when it has passed to another connection."""
        holder = self._holders.get(claim)
        if holder is not None and holder.connection is connection:
            del self._holders[claim]


def _taken(text: str) -> RefusedError:
    return RefusedError(Code.BAD_REQUEST, f"{text}; unsubscribe it first")
