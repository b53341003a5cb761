"""What one connection still has to be told, bounded: a slow reader costs fixed memory and learns what it missed.

Overflow policies: events keep the newest and count what was dropped; of measurands the newest of each point stays.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from models.wire.instance import Instance
from models.wire.messages import MAX_INSTANCES, MISSED_UNKNOWN, Notify

MAX_EVENTS = 20_000
MAX_LATEST = 100_000


@dataclass(slots=True)
class _Waiting:
    """events: each with the cursor behind it, where one belongs there: behind the last of a delivery."""

    events: deque[tuple[Instance, int | None]] = field(default_factory=deque)
    latest: dict[tuple[str, str], Instance] = field(default_factory=dict)
    missed: int = 0

    def any(self) -> bool:
        return bool(self.events or self.latest or self.missed)

    def miss(self, count: int) -> None:
        """MISSED_UNKNOWN stays unknown, whatever is added."""
        unknown = MISSED_UNKNOWN in (self.missed, count)
        self.missed = MISSED_UNKNOWN if unknown else self.missed + count


class Outbox:
    """changed: called when something has come in and nothing waited before."""

    def __init__(self, changed: Callable[[], None], max_events: int = MAX_EVENTS, max_latest: int = MAX_LATEST) -> None:
        self._changed = changed
        self._max_events, self._max_latest = max_events, max_latest
        self._events = self._latest = 0
        self._waiting: dict[int, _Waiting] = {}
        self._line: dict[int, None] = {}  # subscriptions with something to tell, in the order of their turns

    def events(
        self, subscription: int, instances: Sequence[Instance], cursor: int | None = None, missed: int = 0
    ) -> None:
        """Keep each of them; over the bound the oldest of this subscription go and are counted.

        cursor: behind the last of them. missed: dropped before them elsewhere, or MISSED_UNKNOWN.
        """
        waiting = self._waiting.setdefault(subscription, _Waiting())
        waiting.miss(missed)
        last = len(instances) - 1
        for index, instance in enumerate(instances):
            if self._events >= self._max_events:
                waiting.miss(1)
                if not waiting.events:
                    continue
                waiting.events.popleft()
                self._events -= 1
            waiting.events.append((instance, cursor if index == last else None))
            self._events += 1
        self._queue_up(subscription)

    def latest(self, subscription: int, instances: Sequence[Instance]) -> None:
        """Replace what has not left yet; a new point over the bound is dropped and counted."""
        waiting = self._waiting.setdefault(subscription, _Waiting())
        for instance in instances:
            name = (instance.location, instance.variable)
            if name not in waiting.latest:
                if self._latest >= self._max_latest:
                    waiting.miss(1)
                    continue
                self._latest += 1
            waiting.latest[name] = instance
        self._queue_up(subscription)

    def forget(self, subscription: int) -> None:
        """The subscription has ended."""
        waiting = self._waiting.pop(subscription, None)
        self._line.pop(subscription, None)
        if waiting is not None:
            self._events -= len(waiting.events)
            self._latest -= len(waiting.latest)

    def take(self) -> Notify | None:
        """The next message, at most MAX_INSTANCES; subscriptions take turns. None: nothing to tell."""
        if not self._line:
            return None
        subscription = next(iter(self._line))
        del self._line[subscription]
        waiting = self._waiting[subscription]
        notify = self._next(subscription, waiting)
        if waiting.any():
            self._line[subscription] = None
        return notify

    def empty(self) -> bool:
        return not self._line

    def _queue_up(self, subscription: int) -> None:
        idle = not self._line
        if self._waiting[subscription].any():
            self._line.setdefault(subscription)
        if idle and self._line:
            self._changed()

    def _next(self, subscription: int, waiting: _Waiting) -> Notify:
        marked = [waiting.events.popleft() for _ in range(min(len(waiting.events), MAX_INSTANCES))]
        self._events -= len(marked)
        taken = [instance for instance, _ in marked]
        cursor = next((mark for _, mark in reversed(marked) if mark is not None), None)
        names = list(waiting.latest)[: MAX_INSTANCES - len(taken)]
        self._latest -= len(names)
        taken += [waiting.latest.pop(name) for name in names]
        missed, waiting.missed = waiting.missed, 0
        return Notify(subscription, tuple(taken), missed, cursor)
