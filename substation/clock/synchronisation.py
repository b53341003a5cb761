"""Whether the unit's clock may be trusted, and whether a control centre may set it (SAFETY S23).

The clock is asked at most once a second, and only when somebody wants to know: units without control centres pay
nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic

from models.driver import Clock
from models.quality import Quality
from substation.clock.kernel import ClockError, ClockHealth, KernelClock, SystemClock

ASKED_AGAIN_S = 1.0
LARGEST_STEP_S = 86_400.0 * 366
"""A control centre that is off by more than a year is wrong, whatever our own clock says."""
_UNTRUSTED = int(Quality.CLOCK_NOT_SYNCHRONISED)

log = logging.getLogger(__name__)


class Synchronisation:
    """Of this computer's clock. now_s: monotonic."""

    def __init__(self, clock: Clock, system: SystemClock | None = None, now_s: Callable[[], float] = monotonic) -> None:
        self._clock, self._system, self._now_s = clock, system or KernelClock(), now_s
        self._health, self._asked_s = ClockHealth(True), float("-inf")
        self._complained = False

    @property
    def health(self) -> ClockHealth:
        """A clock of which nothing is known counts as not synchronised."""
        now_s = self._now_s()
        if now_s - self._asked_s >= ASKED_AGAIN_S:
            self._health, self._asked_s = self._ask(), now_s
        return self._health

    def _ask(self) -> ClockHealth:
        try:
            return self._system.health()
        except ClockError as error:
            if not self._complained:
                self._complained = True
                log.warning("%s", error)
            return ClockHealth(False)

    @property
    def quality(self) -> int:
        """Bits of models.quality for what the unit itself stamps now."""
        return 0 if self.health.synchronised else _UNTRUSTED

    def set_by(self, time_ns: int) -> tuple[str, float]:
        """A control centre tells the time (ns UTC): why it is refused, '' when the clock was set; and by how many s.

        S23: the clock is not stepped while NTP or PTP is healthy.
        """
        self._asked_s = float("-inf")  # not what it was a moment ago
        step_s = (time_ns - self._clock()) / 1e9
        if self.health.synchronised:
            return f"S23: the unit's clock is healthy ({self.health})", step_s
        if abs(step_s) > LARGEST_STEP_S:
            return f"the control centre's time is {step_s / 86_400:+.0f} days off; correct its clock or zone", step_s
        try:
            self._system.set(time_ns)
        except ClockError as error:
            return str(error), step_s
        return "", step_s
