"""A running order that stands still: paused by a person, or waiting for a crew (SAFETY S22, S19).

Its leases stay, so others wait too: after a while that is an alarm, and after the longest pause the order ends blocked.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass

from models.config import Table


@dataclass(frozen=True, slots=True)
class WaitingSettings:
    """longest_pause_s: then a paused order ends blocked. alarm_after_s: of any waiting with leases; told again and
    again after the same time."""

    longest_pause_s: float = 1800.0
    alarm_after_s: float = 600.0


def read_waiting(table: Table) -> WaitingSettings:
    """`[orders]` of unit.toml. ConfigError with line and remedy."""
    default = WaitingSettings()
    found = []
    for key, value in (("longest_pause_s", default.longest_pause_s), ("alarm_after_s", default.alarm_after_s)):
        seconds = table.take(key, float, value)
        if not 0.0 < seconds < math.inf:
            raise table.error(key, f"'{key}' is {seconds:g}", "give a number of seconds above 0")
        found.append(seconds)
    table.done()
    return WaitingSettings(*found)


LOOK_S = 1.0


class Waiting:
    """One wait of one order; monotonic seconds. tell(waited_s): it has become an alarm."""

    def __init__(self, settings: WaitingSettings, tell: Callable[[float], None]) -> None:
        self._settings, self._tell = settings, tell
        self._began_s = asyncio.get_running_loop().time()
        self._told_s = self._began_s

    @property
    def waited_s(self) -> float:
        return asyncio.get_running_loop().time() - self._began_s

    @property
    def too_long(self) -> bool:
        return self.waited_s >= self._settings.longest_pause_s

    def look(self) -> None:
        """Tell that it lasts, when it is time to."""
        now_s = asyncio.get_running_loop().time()
        if now_s - self._told_s >= self._settings.alarm_after_s:
            self._told_s = now_s
            self._tell(self.waited_s)
