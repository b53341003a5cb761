"""Who has control of a unit: one holder at one level (SAFETY S18), and who asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from models.command import Originator, OriginatorCategory


class Level(Enum):
    """FREE: nobody has taken control. LOCAL: people on the spot. STATION: a person at this unit. REMOTE: a centre."""

    FREE = "free"
    LOCAL = "local"
    STATION = "station"
    REMOTE = "remote"


@dataclass(frozen=True, slots=True)
class Authority:
    """holder: a person (LOCAL, STATION) or a control centre (REMOTE). since_ns: UTC. asked_by: who waits for it."""

    level: Level = Level.FREE
    holder: str = ""
    since_ns: int = 0
    asked_by: str = ""
    asked_why: str = ""

    def __str__(self) -> str:
        return "nobody" if self.level is Level.FREE else f"{self.holder} ({self.level.value})"


@dataclass(frozen=True, slots=True)
class AuthoritySettings:
    """required: nobody commands until somebody has control. free_after_s: control of a person whose last session has
    ended ends after that time; 0: never."""

    required: bool = False
    free_after_s: float = 0.0


FREE = Authority()
IDENTITY_LENGTH = 64
"""Longest name that a source of commands has (orIdent of IEC 61850-7-3)."""


def without_control(who: Originator, present: Authority, required: bool, of_order: bool) -> str:
    """Why this source may not command now; '' when it may.

    of_order: a step of an order, which was approved by who had control then; it goes on until somebody stops it.
    Automation goes on too, except under local control.
    """
    if present.level is Level.LOCAL:
        return f"{present.holder} has local control of the unit; ask for it"
    if of_order or who.category not in _LEVELS:
        return ""
    if present.level is Level.FREE:
        return "nobody has control of the unit; take it first" if required else ""
    if (_LEVELS[who.category], who.identity) == (present.level, present.holder[:IDENTITY_LENGTH]):
        return ""
    return f"{present} has control of the unit; ask for it"


_LEVELS = {
    OriginatorCategory.BAY_CONTROL: Level.STATION,
    OriginatorCategory.STATION_CONTROL: Level.STATION,
    OriginatorCategory.MAINTENANCE: Level.STATION,
    OriginatorCategory.REMOTE_CONTROL: Level.REMOTE,
}
"""Sources that need control; those that are left out are automation or market services."""
