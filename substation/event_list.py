"""The event list: every line goes to history, and to whoever watches."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace

from models.alarm import Category, Event, Severity
from models.driver import Clock
from models.point import PointName, Sample
from models.quality import is_stale
from substation.history.store import History
from substation.process_events import event_of
from substation.register import PointRegister

NEWEST = 10_000
"""Lines kept in memory for those who ask for the newest; older ones are asked from history."""

Listener = Callable[[int, Event], None]


class EventList:
    """Records lines. `tell` is for everybody who has something to say; `process` makes lines of process changes."""

    def __init__(self, register: PointRegister, history: History, clock: Clock) -> None:
        self._register, self._history, self._clock = register, history, clock
        # What was known when the unit ended: a change that the field buffered meanwhile is an event, the rest is not.
        self._previous = history.newest((handle, spec.cdc) for handle, spec in register.items() if spec.cdc.is_event)
        self._listeners: list[Listener] = []
        self.inhibited: Callable[[PointName], str] = lambda name: ""
        self.newest: deque[tuple[int, Event]] = deque(history.lines(NEWEST), maxlen=NEWEST)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """`listener(sequence, event)` for each new line; the result ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def record(self, event: Event) -> None:
        sequence = self._history.record(event)
        self.newest.append((sequence, event))
        for listener in tuple(self._listeners):
            listener(sequence, event)

    def tell(self, category: Category, severity: Severity, location: str, text: str) -> None:
        """A line about now."""
        now_ns = self._clock()
        self.record(Event(now_ns, now_ns, category, severity, location, text))

    def process(self, samples: list[Sample]) -> None:
        """Listener of the image. Values that merely turned stale are told once per link, not once per point."""
        for sample in samples:
            spec = self._register.spec(sample.handle)
            if not spec.cdc.is_event or is_stale(sample.quality):
                continue
            event = event_of(spec, self._previous.get(sample.handle), sample)
            self._previous[sample.handle] = sample
            if event is not None:
                self.record(self._heeding(spec.name, event))

    def _heeding(self, name: PointName, event: Event) -> Event:
        """An alarm that somebody has inhibited is an event like any other, and says so."""
        why = self.inhibited(name) if event.severity is not Severity.INFORMATION else ""
        if not why:
            return event
        return replace(event, severity=Severity.INFORMATION, text=f"{event.text} (alarm inhibited: {why})")
