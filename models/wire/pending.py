"""Requests without a result yet: deadlines, the parts of their answers, and what a lost link means for them."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.wire import messages as m
from models.wire.happenings import Answered
from models.wire.instance import Instance

_LATE = "no answer in time"
_LATE_WRITE = "no answer in time: the outcome is unknown, look at the position before anything else"
_LOST_WRITE = "the link broke after sending: the outcome is unknown, look at the position before anything else"


@dataclass(slots=True)
class _Entry:
    request: m.Request
    deadline_ns: int | None
    sent: bool = False
    instances: list[Instance] = field(default_factory=list)


class Pending:
    """One per client session. Deadlines are monotonic ns; None waits for ever (subscriptions)."""

    def __init__(self) -> None:
        self._entries: dict[int, _Entry] = {}
        self._refused: list[Answered] = []

    def __bool__(self) -> bool:
        return bool(self._entries or self._refused)

    def add(self, request: m.Request, deadline_ns: int | None) -> None:
        self._entries[request.id] = _Entry(request, deadline_ns)

    def sent(self, identifier: int) -> None:
        if identifier in self._entries:
            self._entries[identifier].sent = True

    def drop(self, identifier: int) -> None:
        self._entries.pop(identifier, None)

    def ids(self) -> set[int]:
        return set(self._entries)

    def queries(self) -> list[m.Request]:
        """Queries to ask (again) on a new link."""
        return [entry.request for entry in self._entries.values() if isinstance(entry.request, m.Query)]

    def query(self, identifier: int) -> m.Query | None:
        """A query without its result; what has come of its answer is thrown away."""
        entry = self._entries.get(identifier)
        if entry is None or not isinstance(entry.request, m.Query):
            return None
        entry.instances.clear()
        return entry.request

    def refuse(self, answer: Answered) -> None:
        """A request that ends without the wire; told by the next call of `refused`."""
        self._refused.append(answer)

    def refused(self) -> list[Answered]:
        answers, self._refused = self._refused, []
        return answers

    def collect(self, notify: m.Notify) -> bool:
        """Keep a part of a query's answer; False when the id is not a query that waits."""
        entry = self._entries.get(notify.id)
        if entry is None or not isinstance(entry.request, m.Query):
            return False
        entry.instances.extend(notify.instances)
        return True

    def answer(self, result: m.Result) -> Answered | None:
        """The end of a request; None when it has already ended here."""
        entry = self._entries.pop(result.id, None)
        if entry is None:
            return None
        instances = (*entry.instances, *result.instances)
        return Answered(result.id, result.code, result.text, result.cause, instances)

    def overdue(self, now_ns: int) -> list[Answered]:
        """Requests whose time is over; a write that has left ends as UNKNOWN (SAFETY S21)."""
        late = [
            entry for entry in self._entries.values() if entry.deadline_ns is not None and entry.deadline_ns <= now_ns
        ]
        for entry in late:
            del self._entries[entry.request.id]
        return [_late(entry) for entry in late]

    def link_lost(self) -> list[Answered]:
        """End what must not be asked again: writes and unsubscribes; parts of answers are thrown away."""
        ended = []
        for entry in list(self._entries.values()):
            entry.instances.clear()
            if isinstance(entry.request, (m.Write, m.Unsubscribe)):
                del self._entries[entry.request.id]
                ended.append(_lost(entry))
        return ended


def _late(entry: _Entry) -> Answered:
    if isinstance(entry.request, m.Write) and entry.sent:
        return Answered(entry.request.id, m.Code.UNKNOWN, _LATE_WRITE)
    return Answered(entry.request.id, m.Code.TIMED_OUT, _LATE)


def _lost(entry: _Entry) -> Answered:
    if isinstance(entry.request, m.Unsubscribe):
        return Answered(entry.request.id, m.Code.OK)  # the connection took its subscriptions with it
    if entry.sent:
        return Answered(entry.request.id, m.Code.UNKNOWN, _LOST_WRITE)
    return Answered(entry.request.id, m.Code.NOT_SENT, "the link broke before sending: nothing has been sent")
