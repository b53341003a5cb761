"""The subscriptions of a client session: what they need to go on over lost links, of the client and behind the unit."""

from __future__ import annotations

from dataclasses import dataclass, replace

from models.wire.messages import Event, Subscription

FIRST_BACK_OFF_NS, LAST_BACK_OFF_NS = 500_000_000, 30_000_000_000


@dataclass(slots=True)
class _Entry:
    """cursor: where to go on. resuming: it was in force, and is to be again. due_ns: monotonic, of the next attempt."""

    request: Subscription
    cursor: int | None = None
    resuming: bool = False
    due_ns: int | None = None
    back_off_ns: int = FIRST_BACK_OFF_NS


class Subscriptions:
    """One per client session, by the id of the request."""

    def __init__(self) -> None:
        self._entries: dict[int, _Entry] = {}

    def __contains__(self, identifier: int) -> bool:
        return identifier in self._entries

    def add(self, request: Subscription) -> None:
        self._entries[request.id] = _Entry(request)

    def drop(self, identifier: int) -> bool:
        """False when there was none."""
        return self._entries.pop(identifier, None) is not None

    def seen(self, identifier: int, cursor: int | None) -> None:
        """Everything up to the cursor has been told."""
        if cursor is not None:
            self._entries[identifier].cursor = cursor

    def at_new_link(self, unanswered: set[int]) -> list[Subscription]:
        """All of them, to be made again; those without an answer yet are not resumed but made."""
        for identifier, entry in self._entries.items():
            entry.resuming = identifier not in unanswered
            entry.due_ns, entry.back_off_ns = None, FIRST_BACK_OFF_NS
        return [_going_on(entry) for entry in self._entries.values()]

    def is_resuming(self, identifier: int) -> bool:
        entry = self._entries.get(identifier)
        return entry is not None and entry.resuming

    def resumed(self, identifier: int) -> None:
        entry = self._entries[identifier]
        entry.resuming, entry.back_off_ns = False, FIRST_BACK_OFF_NS

    def lost(self, identifier: int, now_ns: int) -> None:
        """A link behind the unit broke: to be made again, later each time."""
        entry = self._entries[identifier]
        entry.resuming, entry.due_ns = True, now_ns + entry.back_off_ns
        entry.back_off_ns = min(2 * entry.back_off_ns, LAST_BACK_OFF_NS)

    def is_waiting(self, identifier: int) -> bool:
        """For its next attempt: the unit does not know it at present."""
        entry = self._entries.get(identifier)
        return entry is not None and entry.due_ns is not None

    def any_waiting(self) -> bool:
        return any(entry.due_ns is not None for entry in self._entries.values())

    def due(self, now_ns: int) -> list[Subscription]:
        """Those whose next attempt has come."""
        found = [entry for entry in self._entries.values() if entry.due_ns is not None and entry.due_ns <= now_ns]
        for entry in found:
            entry.due_ns = None
        return [_going_on(entry) for entry in found]


def _going_on(entry: _Entry) -> Subscription:
    if isinstance(entry.request, Event) and entry.cursor is not None:
        return replace(entry.request, after=entry.cursor)
    return entry.request
