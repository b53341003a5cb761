"""One claim of the demonstration: what was said, what was measured, and what speaks against it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from substation.demo.hierarchy.scene import Scene

Figure = float | int | str


@dataclass(slots=True)
class Claim:
    """figures: by name, with the unit of measure in the name. A claim whose chapter has not ended does not hold."""

    name: str
    text: str
    figures: dict[str, Figure] = field(default_factory=dict)
    objections: list[str] = field(default_factory=list)
    seconds: float = 0.0
    ended: bool = False

    @property
    def held(self) -> bool:
        return self.ended and not self.objections

    def expect(self, holds: bool, objection: str) -> None:
        """objection: said when it does not."""
        if not holds:
            self.objections.append(objection)

    def plain(self) -> dict[str, object]:
        """As the report holds it."""
        return {
            "name": self.name,
            "claim": self.text,
            "held": self.held,
            "seconds": round(self.seconds, 2),
            "figures": self.figures,
            "objections": self.objections,
        }


@dataclass(frozen=True, slots=True)
class Chapter:
    """tell: verifies the claim, within a time. RingmainError and TimeoutError are objections to it."""

    name: str
    text: str
    tell: Callable[[Scene, Claim], Awaitable[None]]
    within_s: float
