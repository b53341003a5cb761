"""Variables of the unit itself (Model, Orders, Cases, Links...): published values, one or several instances each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from models.driver import Clock
from models.wire.cbor import WireValue
from models.wire.glob import matches
from models.wire.instance import Instance
from models.wire.messages import Code
from substation.exchange.access import Identity
from substation.exchange.variables import Cancel, RefusedError, Selection, Subscriber, WriteResult


@dataclass(frozen=True, slots=True, eq=False)
class _Subscription:
    selection: Selection
    subscriber: Subscriber


class Publication:
    """All of it stands at one location, the unit's name. `key` tells the instances of one variable apart."""

    def __init__(self, unit: str, clock: Clock) -> None:
        self._unit, self._clock = unit, clock
        self._instances: dict[str, dict[str, Instance]] = {}
        self._subscriptions: list[_Subscription] = []

    def publish(self, variable: str, value: WireValue, key: str = "", change: WireValue = None) -> None:
        """Set the present value. Subscribers are told `change` instead where only a part of a large value is new."""
        now_ns = self._clock()
        self._instances.setdefault(variable, {})[key] = Instance(variable, self._unit, value, now_ns)
        told = Instance(variable, self._unit, value if change is None else change, now_ns)
        for subscription in tuple(self._subscriptions):
            if self._concerns(subscription.selection, variable):
                subscription.subscriber.events([told])

    def publish_if_new(self, variable: str, value: WireValue, key: str = "") -> None:
        """As publish, but silent when nothing has changed."""
        present = self._instances.get(variable, {}).get(key)
        if present is None or present.value != value:
            self.publish(variable, value, key)

    def _concerns(self, selection: Selection, variable: str) -> bool:
        return matches(selection.variable, variable) and matches(selection.location, self._unit)

    def _present(self, selection: Selection) -> list[Instance]:
        found: Iterable[Instance] = (
            instance
            for variable, instances in self._instances.items()
            if self._concerns(selection, variable)
            for instance in instances.values()
        )
        return sorted(found, key=lambda instance: instance.time_ns)

    async def read(self, selection: Selection) -> list[Instance]:
        return self._present(selection)

    def subscribe(self, selection: Selection, subscriber: Subscriber, initial: bool) -> Cancel:
        if initial and (present := self._present(selection)):
            subscriber.events(present)
        subscription = _Subscription(selection, subscriber)
        self._subscriptions.append(subscription)
        return lambda: self._subscriptions.remove(subscription)

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        raise RefusedError(Code.NOT_ALLOWED, f"{variable} is published by the unit and cannot be written")
