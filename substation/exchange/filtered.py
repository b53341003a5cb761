"""A subscriber behind the condition and the owner's policy of each instance [DI4, SE2]."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from models.wire.condition import Term
from models.wire.instance import Instance
from substation.exchange.access import Identity
from substation.exchange.policy_guard import PolicyGuard, names_of, too_early
from substation.exchange.variables import Subscriber

Withheld = Callable[[str, bool], None]
"""Told once per subscription and kind what the policy keeps back. True: denied; False: the minimum delay lasts on."""


class Filtered:
    """Delivers what holds and what the requester may have now; only what is delivered counts as an access."""

    def __init__(
        self, inner: Subscriber, condition: Term, requester: Identity, guard: PolicyGuard, withheld: Withheld
    ) -> None:
        self._inner, self._condition, self._requester, self._guard = inner, condition, requester, guard
        self._withheld = withheld
        self._told: set[bool] = set()

    def events(self, instances: Sequence[Instance]) -> None:
        if passed := [instance for instance in instances if self._passes(instance)]:
            self._inner.events(passed)

    def latest(self, instances: Sequence[Instance]) -> None:
        if passed := [instance for instance in instances if self._passes(instance)]:
            self._inner.latest(passed)

    def _passes(self, instance: Instance) -> bool:
        if instance.policy is None:
            return self._condition.holds(instance)
        grant = self._guard.grant(self._requester, instance)
        if grant is None:  # said before the condition: that it is denied must not tell whether it holds
            return self._keep_back(instance, True)
        if not self._condition.holds(instance):
            return False
        return self._guard.late_enough(self._requester, instance, grant) or self._keep_back(instance, False)

    def _keep_back(self, instance: Instance, denied: bool) -> bool:
        self._guard.withheld += 1
        if denied not in self._told:
            self._told.add(denied)
            which = [instance]
            self._withheld(f"the owner's policy denies {names_of(which)}" if denied else too_early(which), denied)
        return False
