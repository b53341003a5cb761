"""Between the event loop and the worker thread of an IED: events in order, measurands by their latest value."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from models.point import PointName
from sim_ied.board import Change
from sim_ied.world import Completion

_MOST_EVENTS = 100_000
"""A device that cannot get rid of its events for so long forgets the oldest, like a full report buffer."""


@dataclass(slots=True)
class Letters:
    """What was in the box, to be handled in this order. freeze: hang until thawed."""

    events: list[Change] = field(default_factory=list)
    measurands: list[Change] = field(default_factory=list)
    completions: list[Completion] = field(default_factory=list)
    freeze: bool = False


class Mailbox:
    """Putting never blocks; taking waits."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._events: list[Change] = []
        self._measurands: dict[PointName, Change] = {}
        self._completions: list[Completion] = []
        self._frozen = False
        self._stopped = False

    def put(self, change: Change, is_event: bool) -> None:
        with self._condition:
            if is_event:
                self._events.append(change)
                del self._events[:-_MOST_EVENTS]
            else:
                self._measurands[change.point] = change
            self._condition.notify_all()

    def put_completion(self, completion: Completion) -> None:
        """The end of a command, after the events that were put before it."""
        with self._condition:
            self._completions.append(completion)
            self._condition.notify_all()

    def freeze(self, frozen: bool) -> None:
        with self._condition:
            self._frozen = frozen
            self._condition.notify_all()

    def stop(self) -> None:
        with self._condition:
            self._stopped, self._frozen = True, False
            self._condition.notify_all()

    def reopen(self) -> None:
        """After a stop: what was put meanwhile is there."""
        with self._condition:
            self._stopped = False

    def take(self) -> Letters | None:
        """Wait for letters; None when stopped."""
        with self._condition:
            self._condition.wait_for(self._is_due)
            if self._stopped:
                return None
            if self._frozen:
                return Letters(freeze=True)  # what is in the box stays there until the thaw
            letters = Letters(self._events, list(self._measurands.values()), self._completions)
            self._events, self._measurands, self._completions = [], {}, []
            return letters

    def wait_for_thaw(self) -> None:
        with self._condition:
            self._condition.wait_for(lambda: not self._frozen)

    def _is_due(self) -> bool:
        return bool(self._events or self._measurands or self._completions or self._frozen or self._stopped)
