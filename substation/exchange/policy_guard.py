"""The owner's policy of each instance (SE2): who is authorised, and how often."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from models.driver import Clock
from models.policy import Access
from models.wire.instance import Instance
from substation.exchange.access import Identity

MAX_REMEMBERED = 100_000


class PolicyGuard:
    """One per unit. Instances without a policy are open to everyone who may read at all."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last_ns: OrderedDict[tuple[bytes, str, str, str], int] = OrderedDict()

    def allowed(self, requester: Identity, instances: Sequence[Instance]) -> list[Instance]:
        """Those that the requester may read now; an access that is allowed counts for the minimum delay."""
        return [instance for instance in instances if instance.policy is None or self._permits(requester, instance)]

    def _permits(self, requester: Identity, instance: Instance) -> bool:
        if instance.policy is None or instance.owner == requester.name:
            return True
        grant = instance.policy.grant_for(requester.name, requester.service, Access.READ)
        if grant is None:
            return False
        return grant.minimum_delay_ns == 0 or self._late_enough(requester, instance, grant.minimum_delay_ns)

    def _late_enough(self, requester: Identity, instance: Instance, delay_ns: int) -> bool:
        access = (bytes(requester.key_id), requester.service, instance.location, instance.variable)
        now_ns = self._clock()
        last_ns = self._last_ns.get(access)
        if last_ns is not None and now_ns - last_ns < delay_ns:
            return False
        self._last_ns[access] = now_ns
        self._last_ns.move_to_end(access)
        while len(self._last_ns) > MAX_REMEMBERED:
            self._last_ns.popitem(last=False)
        return True
