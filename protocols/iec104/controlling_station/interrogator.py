"""Interrogations of the controlling station: one at a time, in the order in which they became necessary.

General interrogation makes the picture; counter interrogation (IEC 60870-5-101 7.4.8) freezes and fetches totals.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from protocols.iec104.application.asdu import Asdu, Service
from protocols.iec104.application.cause import REFUSALS, Cause
from protocols.iec104.application.types import type_name
from protocols.iec104.link.closing import Closing, ClosingError

GENERAL, COUNTERS = 100, 101
RESTART_S = 2.0
"""A device that has started anew may have forgotten what it was answering: it gets so long to go on."""


class Phase(Enum):
    IDLE = "idle"
    REQUESTED = "requested"
    RUNNING = "confirmed, data is coming"


TRANSITIONS: dict[tuple[Phase, Cause], Phase] = {
    (Phase.REQUESTED, Cause.ACTIVATION_CON): Phase.RUNNING,
    (Phase.REQUESTED, Cause.TERMINATION): Phase.IDLE,  # some devices leave the confirmation out
    (Phase.RUNNING, Cause.TERMINATION): Phase.IDLE,
}
"""Answers of the device; what is not here changes nothing."""

_ANSWERS = frozenset({Cause.ACTIVATION_CON, Cause.TERMINATION})


class Interrogation(NamedTuple):
    """type_id: GENERAL or COUNTERS. qualifier: QOI or QCC. delivers: its answer carries data (a freeze has none)."""

    type_id: int
    common_address: int
    qualifier: int
    delivers: bool = True

    @property
    def name(self) -> str:
        return f"{type_name(self.type_id)} of common address {self.common_address}"


class Interrogator:
    """timeout_s: how long an interrogation may make no progress. Times are monotonic seconds.

    on_end: told each interrogation that has ended; on_oddity: what was odd about it.
    """

    def __init__(
        self,
        timeout_s: float,
        on_end: Callable[[Interrogation], None] = lambda which: None,
        on_oddity: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._timeout_s, self._on_end, self._on_oddity = timeout_s, on_end, on_oddity
        self._wanted: deque[Interrogation] = deque()
        self._phase = Phase.IDLE
        self.current: Interrogation | None = None
        self._has_data = False
        self.deadline_s = math.inf

    @property
    def has_picture(self) -> bool:
        """No general interrogation runs or waits."""
        running = self.current is not None and self.current.type_id == GENERAL
        return not running and all(each.type_id != GENERAL for each in self._wanted)

    def want(self, which: Interrogation) -> None:
        """Once is enough while the device has not begun to answer."""
        requested = self._phase is Phase.REQUESTED and self.current == which
        if which not in self._wanted and not requested:
            self._wanted.append(which)

    def next(self, now_s: float) -> Interrogation | None:
        """What to ask for now, if anything; it counts as requested."""
        if self._phase is not Phase.IDLE or not self._wanted:
            return None
        self._phase, self.current, self._has_data = Phase.REQUESTED, self._wanted.popleft(), False
        self.deadline_s = now_s + self._timeout_s
        return self.current

    def progress(self, now_s: float) -> None:
        """Data of an interrogation has come."""
        if self._phase is not Phase.IDLE:
            self._has_data = True
            self.deadline_s = now_s + self._timeout_s

    def restarted(self, common_address: int, now_s: float) -> None:
        """The device has started anew in the middle of its answer."""
        current = self.current
        if current is not None and current.common_address == common_address and self._phase is Phase.RUNNING:
            self._has_data = True
            self.deadline_s = min(self.deadline_s, now_s + RESTART_S)

    def answer(self, asdu: Asdu, now_s: float) -> None:
        """A mirror of a request. ClosingError when the device refuses: without a picture there is no link."""
        current = self.current
        if current is None or not _belongs(asdu, current):
            return
        if asdu.cause in REFUSALS or (asdu.negative and asdu.cause == Cause.ACTIVATION_CON):
            self._refused(current, REFUSALS.get(asdu.cause, "negative confirmation"))
            return
        phase = TRANSITIONS.get((self._phase, Cause(asdu.cause))) if asdu.cause in _ANSWERS else None
        if phase is Phase.RUNNING and not current.delivers:
            phase = Phase.IDLE
        if phase is Phase.RUNNING:
            self._phase, self.deadline_s = phase, now_s + self._timeout_s
        elif phase is Phase.IDLE:
            self._end(current)

    def tick(self, now_s: float) -> None:
        """ClosingError when the device does not answer; one that has sent data and no termination is done with."""
        current = self.current
        if now_s < self.deadline_s or current is None:
            return
        if self._has_data or current.type_id != GENERAL:
            self._on_oddity(f"does not end {current.name}; taken as complete when nothing came any more")
            self._end(current)
            return
        raise ClosingError(
            Closing.STALLED_INTERROGATION,
            f"interrogation of common address {current.common_address} ({self._phase.value}) made no progress "
            f"for {self._timeout_s} s: link closed",
        )

    def _refused(self, current: Interrogation, reason: str) -> None:
        if current.type_id == GENERAL:
            text = f"interrogation of common address {current.common_address} refused: {reason}"
            raise ClosingError(Closing.NO_INTERROGATION, text)
        self._on_oddity(f"refuses {current.name}: {reason}")
        self._end(current)

    def _end(self, which: Interrogation) -> None:
        self._phase, self.current, self.deadline_s = Phase.IDLE, None, math.inf
        self._on_end(which)


def _belongs(asdu: Asdu, current: Interrogation) -> bool:
    """An answer without objects (some devices end so) belongs to whatever runs."""
    if (asdu.type_id, asdu.common_address) != (current.type_id, current.common_address):
        return False
    item = asdu.objects[0] if asdu.objects else None
    return not isinstance(item, Service) or current.type_id == GENERAL or item.qualifier == current.qualifier
