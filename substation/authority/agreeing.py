"""How those who carry out what people want ask for a second operator's word (SAFETY S18)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from substation.authority.four_eyes import Weighty
from substation.exchange.access import Identity, Right


@dataclass(frozen=True, slots=True)
class Agreement:
    """second: who has agreed. refusal: why it does not happen, '' when it may."""

    second: str = ""
    refusal: str = ""

    @property
    def words(self) -> str:
        """For the event list, after the first one's name."""
        return f" (second operator {self.second})" if self.second else ""


Agree = Callable[[Weighty, Identity, str, str, Right], Awaitable[Agreement]]
"""What, who, in words, where, and the right that both need."""


async def alone(_what: Weighty, _who: Identity, _text: str, _location: str, _right: Right) -> Agreement:
    """One person is enough."""
    return Agreement()
