"""General interrogations of the controlling station: one at a time, in the order in which they became necessary."""

from __future__ import annotations

import math
from collections import deque
from enum import Enum

from models.errors import RemoteProtocolError
from protocols.iec104.application.asdu import Asdu
from protocols.iec104.application.cause import REFUSALS, Cause


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


class Interrogator:
    """timeout_s: how long an interrogation may make no progress. Times are monotonic seconds."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._wanted: deque[int] = deque()
        self._phase = Phase.IDLE
        self._station = 0
        self.deadline_s = math.inf

    @property
    def is_done(self) -> bool:
        return self._phase is Phase.IDLE and not self._wanted

    def want(self, common_address: int) -> None:
        """Interrogate a station; once is enough while the device has not begun to answer."""
        requested = self._phase is Phase.REQUESTED and self._station == common_address
        if common_address not in self._wanted and not requested:
            self._wanted.append(common_address)

    def next_station(self, now_s: float) -> int | None:
        """The station to send C_IC_NA_1 to now, if any; it counts as requested."""
        if self._phase is not Phase.IDLE or not self._wanted:
            return None
        self._phase, self._station = Phase.REQUESTED, self._wanted.popleft()
        self.deadline_s = now_s + self._timeout_s
        return self._station

    def progress(self, now_s: float) -> None:
        """Data of an interrogation has come."""
        if self._phase is not Phase.IDLE:
            self.deadline_s = now_s + self._timeout_s

    def answer(self, asdu: Asdu, now_s: float) -> None:
        """A mirror of C_IC_NA_1. RemoteProtocolError when the device refuses: without a picture there is no link."""
        if asdu.common_address != self._station:
            return
        if asdu.cause in REFUSALS or (asdu.negative and asdu.cause == Cause.ACTIVATION_CON):
            reason = REFUSALS.get(asdu.cause, "negative confirmation")
            raise RemoteProtocolError(f"interrogation of common address {asdu.common_address} refused: {reason}")
        phase = TRANSITIONS.get((self._phase, Cause(asdu.cause))) if asdu.cause in _ANSWERS else None
        if phase is not None:
            self._phase = phase
            self.deadline_s = math.inf if phase is Phase.IDLE else now_s + self._timeout_s

    def tick(self, now_s: float) -> None:
        """RemoteProtocolError when the device has stopped answering."""
        if now_s >= self.deadline_s:
            raise RemoteProtocolError(
                f"interrogation of common address {self._station} ({self._phase.value}) made no progress "
                f"for {self._timeout_s} s: link closed"
            )


_ANSWERS = frozenset({Cause.ACTIVATION_CON, Cause.TERMINATION})
