"""Orders that stand still between two steps, because a person wants it so (SAFETY S22)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CrewWord:
    """A crew's word that a step is done. name: who has done it; told_by: the operator who took the word. at_ns: UTC."""

    name: str
    told_by: str
    at_ns: int


class Pauses:
    """By order id. The executor waits with `moved`; whatever a person says of the order wakes it."""

    def __init__(self) -> None:
        self._paused: dict[str, str] = {}
        self._woken: dict[str, asyncio.Event] = {}

    def by(self, order: str) -> str:
        """Who has paused it; '' when it is not paused."""
        return self._paused.get(order, "")

    def pause(self, order: str, who: str) -> str:
        """'' when done, else why not."""
        if order in self._paused:
            return f"order {order} is paused by {self._paused[order]} already"
        self._paused[order] = who
        self.wake(order)
        return ""

    def resume(self, order: str) -> bool:
        """False when it was not paused."""
        found = self._paused.pop(order, None) is not None
        self.wake(order)
        return found

    def forget(self, order: str) -> None:
        """The order has ended."""
        self._paused.pop(order, None)
        self._woken.pop(order, None)

    def wake(self, order: str) -> None:
        """Somebody has said something of it."""
        if order in self._woken:
            self._woken[order].set()

    async def moved(self, order: str, most_s: float) -> None:
        """Until somebody says something of the order, at most that long."""
        woken = self._woken.setdefault(order, asyncio.Event())
        woken.clear()
        try:
            async with asyncio.timeout(most_s):
                await woken.wait()
        except TimeoutError:
            pass
