"""Lines of the event list that control centres cause: each has a burst of its own, so that none hides another's."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import partial

from models.limited_lines import LimitedLines

PLACE = "control centre"
_BEHIND_A_NAME = (" ", ": ")


class Notices:
    """tell(place, text). monotonic: seconds."""

    def __init__(
        self,
        centres: Iterable[str],
        tell: Callable[[str, str], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._monotonic = monotonic
        self._names = sorted(centres, key=len, reverse=True)  # "NCC 2" before "NCC"
        places = {"": PLACE, **{name: f"{PLACE} {name}" for name in self._names}}
        self._lines = {name: LimitedLines(partial(tell, place)) for name, place in places.items()}

    def take(self, text: str) -> None:
        """A line that begins with a control centre's name stands where the lines of its links stand."""
        for name in self._names:
            for between in _BEHIND_A_NAME:
                if text.startswith(name + between):
                    self._lines[name].take(text.removeprefix(name + between), self._monotonic())
                    return
        self._lines[""].take(text, self._monotonic())

    def tick(self, now_s: float) -> None:
        """Tell what was kept back, where there is room again."""
        for lines in self._lines.values():
            lines.tick(now_s)
