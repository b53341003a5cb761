"""A device that floods: its link gets a bounded share of the process, its own send window slows it down. Pure."""

from __future__ import annotations

SHARE = 4
"""A link that floods is read during one part in so many of the time."""
_WINDOW_S = 1.0


class Throttle:
    """limit: reports in a second that a link may bring. flooding: whether the last full second had more."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._began_s = 0.0
        self._count = 0
        self.flooding = False

    def take(self, reports: int, spent_s: float, now_s: float) -> float:
        """So many came and took so long; gives the pause before the link is read again, 0 for none."""
        if now_s - self._began_s >= _WINDOW_S:
            self.flooding = self._count > self._limit
            self._began_s, self._count = now_s, 0
        self._count += reports
        if self._count > self._limit:
            self.flooding = True
        return spent_s * (SHARE - 1) if self.flooding else 0.0
