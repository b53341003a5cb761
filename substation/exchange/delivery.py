"""From a provider's deliveries to the outbox of a connection, with the cursor that belongs to each of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from models.wire.instance import Instance
from models.wire.messages import MISSED_UNKNOWN
from substation.exchange.outbox import Outbox
from substation.exchange.variables import Missed

Position = Callable[[], int]
"""Cursor behind the newest instance that the provider has told."""

MOST_HELD = 20_000


class Delivery:
    """A Subscriber. position: None where the provider cannot repeat anything.

    Between `hold` and `release` what comes waits, bounded, behind what is still to be repeated.
    """

    def __init__(self, outbox: Outbox, subscription: int, position: Position | None = None) -> None:
        self._outbox, self._subscription, self._position = outbox, subscription, position
        self._held: list[tuple[Sequence[Instance], bool, int | None]] | None = None
        self._count = self._dropped = 0

    def hold(self) -> None:
        self._held = []

    def release(self, missed: Missed) -> None:
        """First what was missed, then what has come meanwhile."""
        held, self._held = self._held or [], None
        unknown = MISSED_UNKNOWN in (missed.count, self._dropped)
        count = MISSED_UNKNOWN if unknown else missed.count + self._dropped
        self._outbox.events(self._subscription, missed.instances, missed.until, count)
        for instances, is_event, cursor in held:
            self._put(instances, is_event, cursor)

    def events(self, instances: Sequence[Instance]) -> None:
        self._take(instances, True, None if self._position is None else self._position())

    def latest(self, instances: Sequence[Instance]) -> None:
        self._take(instances, False, None)

    def _take(self, instances: Sequence[Instance], is_event: bool, cursor: int | None) -> None:
        if self._held is None:
            self._put(instances, is_event, cursor)
        elif self._count + len(instances) > MOST_HELD:
            self._dropped += len(instances)
        else:
            self._count += len(instances)
            self._held.append((instances, is_event, cursor))

    def _put(self, instances: Sequence[Instance], is_event: bool, cursor: int | None) -> None:
        if is_event:
            self._outbox.events(self._subscription, instances, cursor)
        else:
            self._outbox.latest(self._subscription, instances)
