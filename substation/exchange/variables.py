"""The seam between the request processor and those who hold variables: points, model, orders, events, other units.

A provider serves variables by name and pattern; a `Route` tells the processor which ones, and which right they take.
Providers never check roles, conditions or policies: the processor, the only door, does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from models.errors import RingmainError
from models.policy import Policy
from models.wire.cbor import WireValue
from models.wire.condition import Term, TimeRange
from models.wire.instance import Instance
from models.wire.messages import Code, Function
from substation.exchange.access import Identity, Right

MOST_REPEATED = 20_000
"""Instances that are told afterwards at most; what is older is counted as missed."""

Cancel = Callable[[], None]
"""Ends a subscription; called once."""


class RefusedError(RingmainError):
    """The request is refused; `code` and the text go to the requester. cause: AddCause of IEC 61850-7-2."""

    def __init__(self, code: Code, text: str, cause: int | None = None) -> None:
        self.code, self.cause = code, cause
        super().__init__(text)


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for. variable and location may hold `*` (models.wire.glob).

    A provider may use condition, function and count to read less; it must not aggregate. Those it ignores are applied
    by the processor afterwards.
    """

    variable: str
    location: str
    condition: Term
    function: Function | None = None
    count: int | None = None

    def time_range(self) -> TimeRange:
        """Times that can satisfy the condition; open ends where it does not say."""
        return self.condition.time_range()


@dataclass(frozen=True, slots=True)
class WriteResult:
    """How a write ended. cause: AddCause. instances: what it created (D3.2 3.2.6).

    told: its provider has put the refusal into the event list itself.
    """

    code: Code
    text: str = ""
    cause: int | None = None
    instances: tuple[Instance, ...] = ()
    told: bool = False


class Subscriber(Protocol):
    """Where a provider delivers; both calls return at once and never fail."""

    def events(self, instances: Sequence[Instance]) -> None:
        """Each one counts: kept in order up to a bound; a reader that is too slow is told how many it missed."""

    def latest(self, instances: Sequence[Instance]) -> None:
        """Only the newest of each variable and location counts: a slow reader never sees the others."""


class Variables(Protocol):
    """A provider. All calls come from the loop's thread. RefusedError refuses; no other error is expected."""

    async def read(self, selection: Selection) -> list[Instance]:
        """Instances by rising time; without a time in the condition the present ones. [] when nothing fits."""

    def subscribe(self, selection: Selection, subscriber: Subscriber, initial: bool) -> Cancel:
        """Deliver every new instance; initial: the present ones at once, before any other."""

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        """Create a new instance. Returns when the outcome is known, or known to be unknown."""


@dataclass(frozen=True, slots=True)
class Missed:
    """What a subscriber has missed, by arrival. until: cursor behind the last. count: lost, or MISSED_UNKNOWN."""

    instances: tuple[Instance, ...]
    until: int
    count: int = 0


@runtime_checkable
class Replays(Protocol):
    """A provider that can tell afterwards what a subscriber has missed while its link was down.

    Cursors rise with every instance told by `events`, and are close to the UTC ns of its arrival, so that they mean
    something after a restart too.
    """

    def position(self) -> int:
        """Cursor behind the newest instance that has been told; what comes later has a higher one."""

    async def since(self, selection: Selection, after: int, until: int) -> Missed:
        """The newest MOST_REPEATED of those told after `after` and not after `until`, before its condition.

        Where a restart lies between, instances of some seconds before `after` may come again: none is lost.
        """


@dataclass(frozen=True, slots=True)
class Ownership:
    """Whose a variable is. owner: stakeholder, '' = the operator of the unit. policy: who else may write it.

    right: what the operator's own people need to write what the operator owns. teller: the unit, meter or device at
    whose name it stands and whose measurement it is, '' = nobody: whoever owns it, this one writes it.
    """

    owner: str
    policy: Policy | None
    right: Right = Right.OPERATE
    teller: str = ""


class OwnedVariables(Variables, Protocol):
    """A provider of declared variables, which have owners: these decide who writes, not roles alone."""

    def serves(self, variable: str, location: str) -> bool:
        """Whether it has any that fits; both may be patterns."""

    def ownership(self, variable: str, location: str) -> Ownership:
        """Of one that it serves."""

    async def write_owned(
        self, variable: str, location: str, value: WireValue, requester: Identity, policy: Policy | None
    ) -> WriteResult:
        """As write. policy: of the owner, for this instance and those that follow; None: as before."""


@dataclass(frozen=True, slots=True)
class Route:
    """Variables and locations that match the patterns belong to `provider`. write: the right it takes, None: read-only.

    The processor takes the first route that matches, so exact names stand before `*`. owned: the provider again where
    it has owned variables; such a route stands aside for what it does not serve, and shares patterns with the next.
    places: where a write to a location acts, all of which the area of responsibility must hold; None: there.
    """

    variable: str
    location: str
    provider: Variables
    write: Right | None = None
    read: Right = Right.READ
    owned: OwnedVariables | None = None
    places: Callable[[str], Sequence[str]] | None = None
