"""The owner's policy of each instance [SE2]: who may read or write it, and how often."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from models.driver import Clock
from models.policy import ANYONE, Access, Grant
from models.wire.instance import Instance
from substation.exchange import access_times
from substation.exchange.access import SECURITY_OFFICERS, Identity, Right
from substation.exchange.access_times import AccessTimes
from substation.exchange.variables import Ownership

OPERATOR = "DSO"
OPEN = Grant(ANYONE, ANYONE, Access.READ_WRITE)
"""What the owner has, and everyone where there is no policy."""
OF_THE_OPERATOR = frozenset({Right.OPERATE, Right.CONFIGURE})
OF_SECURITY = frozenset({Right.SECURITY, Right.ROLES, Right.AUDIT})
NAMED = 3
"""So many variables are named in a refusal; the others are counted."""


@dataclass(slots=True)
class Judged:
    """Instances of one answer. denied: no grant. early: granted, but the minimum delay is not over."""

    allowed: list[Instance] = field(default_factory=list)
    denied: list[Instance] = field(default_factory=list)
    early: list[Instance] = field(default_factory=list)

    @property
    def note(self) -> str:
        """What was withheld, in words, without values; empty: nothing."""
        parts = []
        if self.denied:
            parts.append(f"{_counted(self.denied)} withheld: the owner's policy denies {names_of(self.denied)}")
        if self.early:
            parts.append(f"{_counted(self.early)} withheld: {too_early(self.early)}")
        return "; ".join(parts)


class PolicyGuard:
    """One per unit. operator: the stakeholder as whom the operator's people are named in policies.

    Those who may operate or configure act for the operator: what it owns (owner '') is theirs.
    """

    def __init__(self, clock: Clock, operator: str = OPERATOR, times: AccessTimes | None = None) -> None:
        self._operator = operator
        self._times = AccessTimes(clock) if times is None else times
        self.withheld = 0
        """Instances that policies have kept back since the start."""

    def owns(self, requester: Identity, owner: str) -> bool:
        return owner == requester.name if owner else not OF_THE_OPERATOR.isdisjoint(requester.rights)

    def grant(self, requester: Identity, instance: Instance) -> Grant | None:
        """What allows to read it; None: denied. The delay of the grant is the caller's to see to."""
        if instance.policy is None or self.owns(requester, instance.owner):
            return OPEN
        found = (instance.policy.grant_for(name, requester.service, Access.READ) for name in self._names(requester))
        return min((grant for grant in found if grant), key=lambda grant: grant.minimum_delay_ns, default=None)

    def may_write(self, requester: Identity, owned: Ownership, location: str) -> bool:
        """The owner; the operator's people with the right it takes; the meter or device that measures it; whom the
        owner's policy allows to write."""
        if owned.owner == "" and requester.may(owned.right, location):
            return True
        if requester.name in {owned.owner, owned.teller} - {""}:
            return True
        policy = owned.policy
        names = self._names(requester)
        return policy is not None and any(policy.grant_for(name, requester.service, Access.WRITE) for name in names)

    def late_enough(self, requester: Identity, instance: Instance, grant: Grant) -> bool:
        """Whether the minimum delay is over; if so this counts as an access."""
        if grant.minimum_delay_ns == 0:
            return True
        access = access_times.Access(requester.name, grant.service, instance.location, instance.variable)
        return self._times.take(access, grant.minimum_delay_ns)

    def window_start(self, requester: Identity, instances: Iterable[Instance], start_ns: int) -> int:
        """From when on a series must be read, so that the windows of its minimum delays are whole."""
        delays = {grant.minimum_delay_ns for each in instances if (grant := self.grant(requester, each))}
        return min((start_ns // delay_ns * delay_ns for delay_ns in delays if delay_ns), default=start_ns)

    def judge(self, requester: Identity, instances: Sequence[Instance]) -> Judged:
        """Split an answer, before any condition: what is withheld must not depend on values.

        An answer is one access of each variable. Of a series it shows one instance, the first, of each window of the
        minimum delay since 1970: whatever is asked for, and however often, never more comes out of a window.
        """
        if all(instance.policy is None for instance in instances):
            return Judged(allowed=list(instances))
        judged = Judged()
        admitted: dict[tuple[str, str], bool] = {}
        windows: set[tuple[str, str, int, int]] = set()
        for instance in instances:
            grant = self.grant(requester, instance)
            if grant is None:
                judged.denied.append(instance)
            elif grant.minimum_delay_ns == 0:
                judged.allowed.append(instance)
            else:
                series = (instance.location, instance.variable)
                if series not in admitted:
                    admitted[series] = self.late_enough(requester, instance, grant)
                window = (*series, grant.minimum_delay_ns, instance.time_ns // grant.minimum_delay_ns)
                fits = admitted[series] and window not in windows
                windows.add(window)
                (judged.allowed if fits else judged.early).append(instance)
        self.withheld += len(judged.denied) + len(judged.early)
        return judged

    def _names(self, requester: Identity) -> tuple[str, ...]:
        names = [requester.name]
        if not OF_THE_OPERATOR.isdisjoint(requester.rights):
            names.append(self._operator)
        if not OF_SECURITY.isdisjoint(requester.rights):
            names.append(SECURITY_OFFICERS)
        return tuple(names)


def names_of(instances: Sequence[Instance]) -> str:
    """`MMXU1.TotW at CMU017, ... and 4 more`."""
    names = list(dict.fromkeys(f"{instance.variable} at {instance.location}" for instance in instances))
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def too_early(instances: Sequence[Instance]) -> str:
    return f"the owner's policy asks for more time between two accesses of {names_of(instances)}"


def _counted(instances: Sequence[Instance]) -> str:
    return f"{len(instances)} instance{'s' if len(instances) > 1 else ''}"
