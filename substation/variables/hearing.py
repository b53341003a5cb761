"""Who hears of which series: patterns are compared once per series, not once per value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.point import PointName
from models.wire.glob import matches
from models.wire.instance import Instance
from substation.exchange.variables import Cancel, Selection, Subscriber


@dataclass(frozen=True, slots=True, eq=False)
class _Subscription:
    selection: Selection
    subscriber: Subscriber


class Hearing:
    """Subscriptions of one provider."""

    def __init__(self) -> None:
        self._subscriptions: dict[_Subscription, None] = {}
        self._of_name: dict[PointName, tuple[_Subscription, ...]] = {}

    def subscribe(self, selection: Selection, subscriber: Subscriber) -> Cancel:
        subscription = _Subscription(selection, subscriber)
        self._subscriptions[subscription] = None
        self._of_name.clear()

        def cancel() -> None:
            del self._subscriptions[subscription]
            self._of_name.clear()

        return cancel

    def tell(self, instances: Sequence[Instance]) -> None:
        """Each subscriber in one call, in the order given."""
        told: dict[_Subscription, list[Instance]] = {}
        for instance in instances:
            for subscription in self._of(name_of(instance)):
                told.setdefault(subscription, []).append(instance)
        for subscription, mine in told.items():
            subscription.subscriber.events(mine)

    def _of(self, name: PointName) -> tuple[_Subscription, ...]:
        found = self._of_name.get(name)
        if found is None:
            found = tuple(each for each in self._subscriptions if concerns(each.selection, name))
            self._of_name[name] = found
        return found


def name_of(instance: Instance) -> PointName:
    return PointName(instance.location, instance.variable)


def concerns(selection: Selection, name: PointName) -> bool:
    """Whether the series is asked for."""
    return matches(selection.variable, name.variable) and matches(selection.location, name.location)
