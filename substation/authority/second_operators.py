"""What waits for a second operator: another person agrees within the time, or it does not happen (SAFETY S18)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from models.driver import Clock
from substation.authority.agreeing import Agreement
from substation.exchange.access import Identity, Right

MOST_WAITING = 32


@dataclass(slots=True)
class Waiting:
    """An act that one person wants. right: what the second one needs to have at the place, too."""

    number: int
    asker: Identity
    what: str
    location: str
    right: Right
    until_ns: int
    answer: asyncio.Future[str] = field(repr=False)


class SecondOperators:
    """One per unit, in memory: after a restart nobody has agreed to anything."""

    def __init__(self, within_s: float, clock: Clock) -> None:
        self._within_s, self._clock = within_s, clock
        self._waiting: dict[int, Waiting] = {}
        self._seconds: dict[int, str] = {}
        self._given = 0
        self.changed: Callable[[], None] = lambda: None
        self.tell: Callable[[str, str], None] = lambda location, text: None

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        return tuple(self._waiting.values())

    async def agree(self, asker: Identity, what: str, location: str, right: Right) -> Agreement:
        """Wait until another person says yes or no, or the time is over."""
        if len(self._waiting) >= MOST_WAITING:
            return Agreement(refusal=f"{MOST_WAITING} acts wait for a second operator already; ask again later")
        waiting = self._begin(asker, what, location, right)
        try:
            async with asyncio.timeout(self._within_s):
                refusal = await waiting.answer
        except TimeoutError:
            refusal = f"no second operator has agreed within {self._within_s:g} s"
            self.tell(location, f"{what} by {asker.name}: {refusal}")
        finally:
            second = self._end(waiting)
        return Agreement(second="" if refusal else second, refusal=f"S18: {refusal}" if refusal else "")

    def _begin(self, asker: Identity, what: str, location: str, right: Right) -> Waiting:
        self._given += 1
        until_ns = self._clock() + round(self._within_s * 1e9)
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        waiting = self._waiting[self._given] = Waiting(self._given, asker, what, location, right, until_ns, answer)
        self.tell(location, f"{what} by {asker.name} awaits a second operator (number {waiting.number})")
        self.changed()
        return waiting

    def _end(self, waiting: Waiting) -> str:
        self._waiting.pop(waiting.number, None)
        self.changed()
        return self._seconds.pop(waiting.number, "")

    def say(self, number: int, who: Identity, yes: bool) -> str:
        """Another person's word; '' when it counts, else why not."""
        waiting = self._waiting.get(number)
        if waiting is None or waiting.answer.done():
            return f"nothing with the number {number} waits for a second operator"
        if who.name == waiting.asker.name or who.key_id == waiting.asker.key_id:
            return f"S18: {who.name} has asked for it; the second operator is another person"
        if not who.may(waiting.right, waiting.location):
            return f"S18: {who} may not {waiting.right.value} at {waiting.location}"
        self._seconds[number] = who.name
        word = "agreed to" if yes else "refused"
        self.tell(waiting.location, f"{who.name} has {word}: {waiting.what} by {waiting.asker.name}")
        waiting.answer.set_result("" if yes else f"{who.name} refuses")
        return ""
