"""How often an address may fail to log in: some failures at once, then one for each part of a minute."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

PERIOD_S = 60.0
MAX_REMEMBERED = 10_000
"""Addresses; the one that has failed longest ago is forgotten first."""


class Throttle:
    """most: failures of one address within PERIOD_S. timer: monotonic seconds."""

    def __init__(self, most: int, timer: Callable[[], float] = time.monotonic) -> None:
        self._most, self._timer = most, timer
        self._failures: OrderedDict[str, tuple[float, float]] = OrderedDict()  # count that has drained, at which time

    def wait_s(self, address: str) -> float:
        """How long this address has to wait; 0 when it may try."""
        excess = self._count(address) - self._most + 1
        return max(0.0, excess * PERIOD_S / self._most)

    def failed(self, address: str) -> None:
        self._failures[address] = (self._count(address) + 1, self._timer())
        self._failures.move_to_end(address)
        while len(self._failures) > MAX_REMEMBERED:
            self._failures.popitem(last=False)

    def _count(self, address: str) -> float:
        count, at_s = self._failures.get(address, (0.0, 0.0))
        return max(0.0, count - (self._timer() - at_s) * self._most / PERIOD_S)
