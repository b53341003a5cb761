"""The unit's events, each told once: the newest at the start, every one from then on, and again what a break missed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hmi.link import Link
from hmi.reports import EventLine, event_from
from models.errors import RingmainError
from models.wire.happenings import Answered, Notified
from models.wire.instance import Instance
from models.wire.messages import Code, Function

NEWEST_EVENTS = 1000
VARIABLE = "Events"


class EventFeed:
    """added: called with new lines in their order; problem: with one line about what cannot be read."""

    def __init__(self, link: Link, added: Callable[[list[EventLine]], None], problem: Callable[[str], None]) -> None:
        self._link, self._added, self._problem = link, added, problem
        self._unit = ""
        self._seen: set[int] = set()
        self._subscription = 0
        link.resumed.connect(self._resumed)

    def start(self, unit: str) -> None:
        self._unit = unit
        self._subscription = self._link.subscribe(VARIABLE, unit, self._notified, initial=False)
        self._ask()

    def _resumed(self, subscription: int) -> None:
        if subscription == self._subscription:
            self._ask()

    def _ask(self) -> None:
        self._link.query(VARIABLE, self._unit, self._answered, function=Function.LAST, count=NEWEST_EVENTS)

    def _notified(self, notice: Notified) -> None:
        if notice.missed:
            self._ask()
        self._take(notice.instances)

    def _answered(self, answer: Answered) -> None:
        if answer.code is Code.OK:
            self._take(answer.instances)
        else:
            self._problem(f"the unit does not tell its events: {answer.code.value} {answer.text}")

    def _take(self, instances: Sequence[Instance]) -> None:
        lines = [line for line in map(self._line, instances) if line is not None]
        fresh = [line for line in lines if line.sequence not in self._seen]
        self._seen.update(line.sequence for line in fresh)
        if fresh:
            self._added(sorted(fresh, key=lambda line: line.sequence))

    def _line(self, instance: Instance) -> EventLine | None:
        try:
            return event_from(instance.value)
        except RingmainError as error:
            self._problem(str(error))
            return None
