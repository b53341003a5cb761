"""Clients of the units' data interfaces: whoever asks, asks from outside, with a key of its own."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from types import TracebackType

from models.errors import LinkError
from models.wire.instance import Instance
from protocols.exchange.client import Client, RequestError, connect
from substation.demo.hierarchy.site import HierarchySite
from substation.demo.hierarchy.unit_files import OPERATOR
from substation.exchange.key_files import read_signing_key
from substation.neighbour_address import listening_at

ANSWER_S = 30.0
TRIES, RETRY_S = 3, 1.0
SERVICE = "demonstration"


class Asking:
    """One client for each unit and stakeholder, made when it is first needed and kept."""

    def __init__(self, site: HierarchySite) -> None:
        self._site = site
        self._clients: dict[tuple[str, str], tuple[Client, AsyncExitStack]] = {}
        self._making: defaultdict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)

    async def __aenter__(self) -> Asking:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.gather(*(stack.aclose() for _, stack in self._clients.values()))

    async def at(self, unit: str, who: str = OPERATOR) -> Client:
        """LinkError when the unit does not listen."""
        async with self._making[unit, who]:
            known = self._clients.get((unit, who))
            if known is None:
                stack = AsyncExitStack()
                known = (await stack.enter_async_context(await self._opened(unit, who)), stack)
                self._clients[unit, who] = known
        return known[0]

    async def _opened(self, unit: str, who: str) -> Client:
        """Not yet connected. A unit that starts may need a moment to tell its address."""
        for _ in range(TRIES):
            try:
                url = listening_at(self._site.data(unit))
                break
            except LinkError:
                await asyncio.sleep(RETRY_S)
        else:
            url = listening_at(self._site.data(unit))
        return connect(url, read_signing_key(self._site.key_file(who)), service=SERVICE, timeout_s=ANSWER_S)

    async def forget(self, units: set[str]) -> None:
        """They have been killed, and will listen elsewhere."""
        gone = [key for key in self._clients if key[0] in units]
        stacks = [self._clients.pop(key)[1] for key in gone]
        await asyncio.gather(*(stack.aclose() for stack in stacks))


async def refusal(question: Awaitable[list[Instance]]) -> str:
    """The words with which a query is refused; '' when it is answered."""
    try:
        await question
    except RequestError as error:
        return str(error)
    return ""


async def answered(question: Awaitable[list[Instance]]) -> list[Instance]:
    """Nothing when the query is refused."""
    try:
        return await question
    except RequestError:
        return []
