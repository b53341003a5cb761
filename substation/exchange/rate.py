"""How much of something is allowed per second, with a reserve for bursts (token bucket)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

MOST_KNOWN = 4096


class Allowance:
    """per_s: what comes back each second; burst: what can be saved up. timer: monotonic s."""

    def __init__(self, per_s: float, burst: float, timer: Callable[[], float]) -> None:
        self._per_s, self._burst, self._timer = per_s, burst, timer
        self._left, self._seen_s = burst, timer()

    def take(self, count: float = 1.0) -> bool:
        """False when there is not enough left; nothing is taken then."""
        now_s = self._timer()
        self._left = min(self._burst, self._left + (now_s - self._seen_s) * self._per_s)
        self._seen_s = now_s
        if self._left < count:
            return False
        self._left -= count
        return True


class Allowances:
    """One Allowance for each name; the names heard of longest ago are forgotten, and start anew."""

    def __init__(self, per_s: float, burst: float, timer: Callable[[], float]) -> None:
        self._per_s, self._burst, self._timer = per_s, burst, timer
        self._known: OrderedDict[str, Allowance] = OrderedDict()

    def take(self, name: str) -> bool:
        allowance = self._known.get(name)
        if allowance is None:
            allowance = self._known[name] = Allowance(self._per_s, self._burst, self._timer)
        self._known.move_to_end(name)
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        return allowance.take()
