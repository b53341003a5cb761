"""Connections that are closed at once: a line for the first of each peer, then totals."""

from __future__ import annotations

from collections.abc import Callable

from models.driver import Clock

TOLD_NS = 60_000_000_000
_MOST_PEERS = 100


class Refusals:
    """One line per peer and minute at most; beyond _MOST_PEERS peers a minute they share one."""

    def __init__(self, tell: Callable[[str], None], clock: Clock) -> None:
        self._tell, self._clock = tell, clock
        self._since: dict[str, tuple[int, int]] = {}  # peer -> when it was told, refused since then

    def refused(self, centre: str, host: str, reason: str) -> None:
        now_ns = self._clock()
        if host not in self._since and len(self._since) >= _MOST_PEERS:
            self._forget(now_ns)
        key = host if host in self._since or len(self._since) < _MOST_PEERS else "others"
        told_ns, more = self._since.get(key, (now_ns - TOLD_NS, 0))
        if 0 <= now_ns - told_ns < TOLD_NS:
            self._since[key] = told_ns, more + 1
            return
        before = f"; {more} more since it was told last" if more else ""
        self._since[key] = now_ns, 0
        self._tell(f"{centre}: connection of {host} is closed: {reason}{before}")

    def _forget(self, now_ns: int) -> None:
        self._since = {key: row for key, row in self._since.items() if 0 <= now_ns - row[0] < TOLD_NS}
