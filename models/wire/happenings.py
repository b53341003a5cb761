"""What a client session tells its owner: the closed union that `receive`, `tick` and `disconnected` return."""

from __future__ import annotations

from dataclasses import dataclass

from models.wire.instance import Instance
from models.wire.messages import Code, Welcome


@dataclass(frozen=True, slots=True)
class Opened:
    """The link is up and the login accepted. unit: the unit's name."""

    unit: str
    welcome: Welcome


@dataclass(frozen=True, slots=True)
class Answered:
    """A request has ended. Every request ends exactly once; a subscription that was accepted goes on living.

    code TIMED_OUT, UNKNOWN and NOT_SENT are also given by the session itself. instances: all of a query's answer.
    """

    id: int
    code: Code
    text: str = ""
    cause: int | None = None
    instances: tuple[Instance, ...] = ()


@dataclass(frozen=True, slots=True)
class Notified:
    """Instances of a subscription, oldest first. missed: dropped before them; MISSED_UNKNOWN: nobody can count."""

    id: int
    instances: tuple[Instance, ...]
    missed: int = 0


@dataclass(frozen=True, slots=True)
class Noted:
    """The unit says something about a subscription that goes on: what the owners' policies keep back from it."""

    id: int
    text: str


@dataclass(frozen=True, slots=True)
class Resumed:
    """The subscription is in force again after a lost link.

    What was missed follows where the unit can tell it; elsewhere instances of the time between may be missing.
    """

    id: int


@dataclass(frozen=True, slots=True)
class Closed:
    """The link is gone. code: why the server closed it, None when it just broke."""

    text: str
    code: Code | None = None


Happening = Opened | Answered | Notified | Noted | Resumed | Closed
