"""A subscription as an asynchronous iterator of notices, bounded on this side too."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType

from models.wire.instance import Instance
from models.wire.messages import MISSED_UNKNOWN

MAX_NOTICES = 1000


@dataclass(frozen=True, slots=True)
class Notice:
    """Instances, oldest first. missed: dropped before these, by the unit or here; MISSED_UNKNOWN: nobody can count.

    resumed: first after a lost link.
    """

    instances: tuple[Instance, ...]
    missed: int = 0
    resumed: bool = False


class Subscription:
    """`async for notice in subscription`; ends when it is closed, refused after a lost link, or the client ends.

    note: what the unit says about it, in words: what the owners' policies keep back.
    """

    def __init__(self, identifier: int, unsubscribe: Callable[[int], Awaitable[None]]) -> None:
        self.id = identifier
        self.ended: str | None = None
        self.note = ""
        self._unsubscribe = unsubscribe
        self._notices: deque[Notice] = deque()
        self._missed = 0
        self._resumed = False
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Subscription:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> Notice:
        while not self._notices:
            if self.ended is not None:
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        return self._notices.popleft()

    async def close(self) -> None:
        """Unsubscribe; what has arrived can still be read."""
        if self.ended is None:
            self.end("closed")
            await self._unsubscribe(self.id)

    def put(self, instances: tuple[Instance, ...], missed: int) -> None:
        """From the client's loop: keep the newest notices, count what a slow reader loses."""
        if len(self._notices) >= MAX_NOTICES:
            dropped = self._notices.popleft()
            following = self._notices.popleft()
            unknown = MISSED_UNKNOWN in (dropped.missed, following.missed)
            lost = MISSED_UNKNOWN if unknown else dropped.missed + len(dropped.instances) + following.missed
            self._notices.appendleft(Notice(following.instances, lost, dropped.resumed or following.resumed))
        self._notices.append(Notice(instances, missed, self._resumed))
        self._resumed = False
        self._changed.set()

    def resumed(self) -> None:
        """The next notice is the first after a lost link."""
        self._resumed = True

    def end(self, reason: str) -> None:
        """No notices will come any more; `reason` in words."""
        self.ended = reason
        self._changed.set()
