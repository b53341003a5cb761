"""Health of every link: up or down, since when, and why; and what it has counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from models.driver import Clock, LinkConfig


@dataclass(frozen=True, slots=True)
class LinkHealth:
    """One link as people see it. since_ns: when it came into this state (UTC)."""

    name: str
    protocol: str
    up: bool
    reason: str
    since_ns: int


class LinkBoard:
    """All links of a unit; down until they report. `changed` is told every new state, `counted` every new count."""

    def __init__(self, links: Sequence[LinkConfig], clock: Clock, changed: Callable[[LinkHealth], None]) -> None:
        now_ns = clock()
        self._clock, self._listeners = clock, [changed]
        self.counters: dict[str, Mapping[str, int]] = {}
        self.counted: Callable[[str, Mapping[str, int]], None] = lambda link, counters: None
        self._links = {
            link.name: LinkHealth(link.name, link.protocol, False, "not connected yet", now_ns) for link in links
        }

    @property
    def links(self) -> tuple[LinkHealth, ...]:
        return tuple(self._links.values())

    @property
    def up(self) -> int:
        return sum(link.up for link in self._links.values())

    def fault(self, name: str) -> str:
        """Why the link is down, '' while it is up or for a name that no link has."""
        link = self._links.get(name)
        return "" if link is None or link.up else link.reason or "no reason given"

    def watch(self, changed: Callable[[LinkHealth], None]) -> None:
        """`changed` is told the present states, and every new one."""
        self._listeners.append(changed)
        for link in self._links.values():
            changed(link)

    def count(self, name: str, counters: Mapping[str, int]) -> None:
        """Take what a link has counted since its front end was started."""
        self.counters[name] = counters
        self.counted(name, counters)

    def report(self, name: str, up: bool, reason: str) -> bool:
        """Take a report; True when the link has changed between up and down."""
        old = self._links[name]
        if (old.up, old.reason) == (up, reason):
            return False
        since_ns = old.since_ns if old.up == up else self._clock()
        self._links[name] = LinkHealth(name, old.protocol, up, reason, since_ns)
        for changed in self._listeners:
            changed(self._links[name])
        return old.up != up
