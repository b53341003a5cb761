"""Direct links: each child is a client of its parent's data interface. No broker; the default engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from substation.exchange.access import Right
from substation.exchange.variables import Route
from substation.links.conversation import Conversation
from substation.links.engine import Hears, Parcel
from substation.links.mailbox import Mailboxes
from substation.links.upward import Upward


class DirectEngine:
    """An `Engine`. parent: its name, where there is one; upward: the link to it. routes: for our request processor."""

    def __init__(self, mailboxes: Mailboxes, parent: str = "", upward: Upward | None = None) -> None:
        self._mailboxes, self._parent, self._upward = mailboxes, parent, upward

    @property
    def routes(self) -> tuple[Route, ...]:
        return (Route("Link.*", "*", self._mailboxes, write=Right.READ),)

    async def run(self, hears: Hears) -> None:
        async with asyncio.TaskGroup() as group:
            self._mailboxes.open(hears, group)
            if self._upward is not None:
                await self._upward.run(hears)
            else:
                await asyncio.get_running_loop().create_future()

    async def deliver(self, neighbour: str, parcels: Sequence[Parcel]) -> None:
        if self._upward is not None and neighbour == self._parent:
            await self._upward.deliver(parcels)
        else:
            await self._mailboxes.deliver(neighbour, list(parcels))

    async def ask(self, neighbour: str, request: bytes) -> AsyncGenerator[bytes, None]:
        async with aclosing(self._conversation(neighbour).ask(request)) as answers:
            async for answer in answers:
                yield answer

    def _conversation(self, neighbour: str) -> Conversation:
        if self._upward is not None and neighbour == self._parent:
            return self._upward.conversation()
        return self._mailboxes.conversation(neighbour)
