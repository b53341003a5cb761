"""Keeps floods of commands that move nothing out of event list and audit log: the first are told, then counted.

A control centre that repeats a refused command a hundred times a second would fill the event list within minutes, and
push the evidence of everything else out of the audit log. Both get the first ones, and the number of the others. The
same holds for its commands in test.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from models.command import Originator, OriginatorCategory
from models.point import PointName
from substation.control.operation import AnyRequest
from substation.control.request import Ending, GateResult

WINDOW_S = 60.0
TOLD_EACH = 3
MOST_KINDS = 10
"""Of one originator within a window; what is refused at further points is counted together."""

_Kind = tuple[PointName, tuple[str, ...]] | None


@dataclass(slots=True)
class _Count:
    told: int = 0
    further: int = 0
    last: tuple[AnyRequest, GateResult] | None = None


@dataclass(slots=True)
class _Window:
    """Refusals of one originator: by point and rules; None: of all other kinds together."""

    end: asyncio.TimerHandle
    counts: dict[_Kind, _Count] = field(default_factory=dict)

    def count(self, kind: _Kind) -> _Count:
        if kind not in self.counts and len(self.counts) >= MOST_KINDS:
            kind = None
        return self.counts.setdefault(kind, _Count())


class RefusalTally:
    """tell: where results go. What has moved anything passes. Belongs to the loop's thread, without a loop all pass."""

    def __init__(self, tell: Callable[[AnyRequest, GateResult], None]) -> None:
        self._tell = tell
        self._windows: dict[Originator, _Window] = {}

    def take(self, request: AnyRequest, result: GateResult) -> None:
        """Tell it now, or count it for the total at the end of the window."""
        if not (_moves_nothing(request, result) and _has_loop()):
            self._tell(request, result)
            return
        count = self._window(request.originator).count((request.point, result.rules))
        if count.told < TOLD_EACH:
            count.told += 1
            self._tell(request, result)
        else:
            count.further += 1
            count.last = request, result

    def total(self) -> None:
        """Tell now what was counted: the unit ends."""
        for originator in tuple(self._windows):
            self._sum_up(originator)

    def _window(self, originator: Originator) -> _Window:
        window = self._windows.get(originator)
        if window is None:
            end = asyncio.get_running_loop().call_later(WINDOW_S, self._sum_up, originator)
            window = self._windows[originator] = _Window(end)
        return window

    def _sum_up(self, originator: Originator) -> None:
        window = self._windows.pop(originator)
        window.end.cancel()
        for kind, count in window.counts.items():
            if count.last is not None:
                request, result = count.last
                others = "commands of other kinds, " if kind is None else ""
                text = f"{count.further:,} further times in {WINDOW_S:g} s, {others}the last: {result.reason}"
                self._tell(request, replace(result, reason=text))


def _moves_nothing(request: AnyRequest, result: GateResult) -> bool:
    """A refusal of whomever; of control centres also a command in test."""
    if result.ending is Ending.REFUSED:
        return True
    return not result.moved and request.originator.category is OriginatorCategory.REMOTE_CONTROL


def _has_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
