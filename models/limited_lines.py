"""Lines that a peer can cause as often as it likes: a burst is told one by one, what goes beyond is counted."""

from __future__ import annotations

from collections.abc import Callable

_BURST = 50
_PER_S = 0.5


class LimitedLines:
    """Times are monotonic seconds of the caller. burst: lines at once; per_s: lines in the long run."""

    def __init__(self, tell: Callable[[str], None], burst: int = _BURST, per_s: float = _PER_S) -> None:
        self._tell, self._burst, self._per_s = tell, burst, per_s
        self._allowed, self._at_s = float(burst), 0.0
        self._kept_back, self._last = 0, ""

    def take(self, text: str, now_s: float) -> None:
        """Tell it, or count it."""
        self.tick(now_s)
        if self._allowed >= 1.0:
            self._allowed -= 1.0
            self._tell(text)
        else:
            self._kept_back += 1
            self._last = text

    def tick(self, now_s: float) -> None:
        """Tell how many were kept back, once half of a burst is allowed again."""
        self._allowed = min(float(self._burst), self._allowed + max(0.0, now_s - self._at_s) * self._per_s)
        self._at_s = now_s
        if self._kept_back and self._allowed >= self._burst / 2:
            self._allowed -= 1.0
            self._tell(f"{self._kept_back:,} more lines were not shown, the last: {self._last}")
            self._kept_back = 0
