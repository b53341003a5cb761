"""Keeps floods out of lists that people read: the first refusals of somebody are told, the further ones counted."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from substation.exchange.decision import AccessDecision

WINDOW_S = 60.0
MOST_KNOWN = 1000
OTHERS = "others"
_PORT = re.compile(r":\d+$")


@dataclass(slots=True)
class _Count:
    told: int = 0
    further: int = 0
    last: AccessDecision | None = None


class Tally:
    """told: how many of one stakeholder or address within WINDOW_S are passed on to `report` before counting begins.

    Granted decisions pass. The summary comes at the end of the window: "N further requests refused in the last 60 s".
    Belongs to the loop's thread; outside of a loop everything passes.
    """

    def __init__(self, report: Callable[[AccessDecision], None], told: int, window_s: float = WINDOW_S) -> None:
        self._report, self._told, self._window_s = report, told, window_s
        self._counts: dict[str, _Count] = {}

    def take(self, decision: AccessDecision) -> None:
        if decision.granted or not _has_loop():
            self._report(decision)
            return
        count = self._count(decision)
        if count.told < self._told:
            count.told += 1
            self._report(decision)
        else:
            count.further += 1
            count.last = decision

    def _count(self, decision: AccessDecision) -> _Count:
        who = _PORT.sub("", decision.who)  # each connection has another port
        if who not in self._counts and len(self._counts) >= MOST_KNOWN:
            who = OTHERS
        if who not in self._counts:
            self._counts[who] = _Count()
            asyncio.get_running_loop().call_later(self._window_s, self._sum_up, who)
        return self._counts[who]

    def _sum_up(self, who: str) -> None:
        count = self._counts.pop(who)
        if count.last is not None:
            what = f"{count.further} further requests"
            why = f"in the last {self._window_s:g} s; the last one: {count.last.what}: {count.last.why}"
            self._report(replace(count.last, who=who, what=what, why=why))


def _has_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
