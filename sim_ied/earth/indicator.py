"""Earth-fault passage indicators: SFPI2 of each station bay, apart from those of short circuits (SAFETY S10).

They look at the first half-wave where the neutral is isolated or has a coil, at the steady residual current elsewhere.
One shows a direction from the response time on, keeps it while the fault stands, and resets when the residual voltage
has been gone for a while under voltage, or after its time-out.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from models.network.elements import Neutral
from models.point import PointName
from sim_ied.agenda import Agenda, after_ns
from sim_ied.board import Board
from sim_ied.earth.direction import WITH_TRIP, forward_a
from sim_ied.earth.settings import EarthFaultSettings
from sim_ied.settings import Indicators

_POINTS = ("SFPI2.FwdFlt", "SFPI2.RvFlt")


class IndicatorDefect(Enum):
    MISSING = "shows nothing"
    REVERSED = "shows the other direction"


class EarthIndicator:
    """One of a bay; kind: of the neutral. delay_s draws the time until the RTU has polled it."""

    def __init__(
        self,
        bay: str,
        kind: Neutral,
        settings: EarthFaultSettings,
        times: Indicators,
        agenda: Agenda,
        board: Board,
        delay_s: Callable[[], float],
    ) -> None:
        self.bay, self._kind, self._times = bay, kind, times
        self._agenda, self._board, self._delay_s = agenda, board, delay_s
        self._pickup_a = settings.passage_a if kind in WITH_TRIP else settings.transient_a
        self._seen, self._shown = 0, 0
        self.defect: IndicatorDefect | None = None

    def measure(self, residual_a: complex, zero_v: complex, fed: bool, now_ns: int) -> None:
        """3I0 out of the busbar and U0 in the first half-wave, from now on."""
        towards_a = forward_a(self._kind, residual_a, zero_v, first=True)
        direction = 0 if abs(towards_a) <= self._pickup_a else 1 if towards_a > 0.0 else -1
        if direction != self._seen:
            self._seen = direction
            self._agenda.cancel((self.bay, "SFPI2", "response"))
            if direction and self.defect is not IndicatorDefect.MISSING:
                due_ns = after_ns(now_ns, self._times.response_s)
                self._agenda.set((self.bay, "SFPI2", "response"), due_ns, self._pick_up)
        self._follow_end(fed and not direction, now_ns)

    def set(self, direction: int, now_ns: int) -> None:
        """Show 1 (forward), -1 (reverse) or 0, true or false."""
        self._shown = direction
        key = (self.bay, "SFPI2", "timeout")
        self._agenda.cancel((self.bay, "SFPI2", "reset"))
        self._agenda.cancel(key)
        if direction:
            self._agenda.set(key, after_ns(now_ns, self._times.reset_timeout_s), self.reset)
        due_ns = after_ns(now_ns, self._delay_s())
        self._agenda.set((self.bay, "SFPI2", "report"), due_ns, lambda at_ns: self._put(direction, at_ns))

    def reset(self, now_ns: int) -> None:
        self.set(0, now_ns)

    def _pick_up(self, now_ns: int) -> None:
        reversed_ = self.defect is IndicatorDefect.REVERSED
        self.set(-self._seen if reversed_ else self._seen, now_ns)

    def _follow_end(self, over: bool, now_ns: int) -> None:
        key = (self.bay, "SFPI2", "reset")
        if not over or not self._shown:
            self._agenda.cancel(key)
        elif key not in self._agenda:
            self._agenda.set(key, after_ns(now_ns, self._times.reset_voltage_s), self.reset)

    def _put(self, direction: int, now_ns: int) -> None:
        for variable, flag in zip(_POINTS, (direction > 0, direction < 0), strict=True):
            self._board.show(PointName(self.bay, variable), flag, now_ns)
