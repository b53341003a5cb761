"""How long a control centre may be away before people are alarmed: `alarm_after_s` of its `[[control_centre]]`.

A break of seconds is the ordinary life of a link; one that lasts means that nobody there sees what happens here.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping

from models.config import Table

KEY = "alarm_after_s"
ALARM_AFTER_S = 60.0


def read_alarm_after_s(table: Table) -> float:
    """Seconds without data transfer; 0: at the next look. ConfigError with line and remedy."""
    alarm_after_s = table.take(KEY, float, ALARM_AFTER_S)
    if not 0.0 <= alarm_after_s < math.inf:
        raise table.error(KEY, f"'{KEY}' is {alarm_after_s:g}", "give a number of seconds, 0 or more")
    return alarm_after_s


class Absences:
    """after_s: by control centre. monotonic: seconds. A break that a connection interrupts for moments goes on.

    A control centre whose connection comes and goes is away all the time, for who relies on it: only a data transfer
    that lasts `LASTING_S` ends an absence that has been alarmed.
    """

    LASTING_S = 10.0

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.after_s: Mapping[str, float] = {}
        self._monotonic = monotonic
        self._since_s: dict[str, float] = {}
        self._back_s: dict[str, float] = {}
        self._alarmed: set[str] = set()

    def is_late(self, name: str, up: bool) -> bool:
        """To be asked at each look: whether it has been away for too long."""
        now_s = self._monotonic()
        if not up:
            self._back_s.pop(name, None)
            return now_s - self._since_s.setdefault(name, now_s) >= self.after_s.get(name, ALARM_AFTER_S)
        back_s = self._back_s.setdefault(name, now_s)
        if now_s - back_s >= self.LASTING_S:
            self._since_s.pop(name, None)
            self._alarmed.discard(name)
        return False

    def is_news(self, name: str) -> bool:
        """True once for each absence that is too long."""
        if name in self._alarmed:
            return False
        self._alarmed.add(name)
        return True
