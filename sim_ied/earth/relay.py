"""Earth-fault protection of a bay of a primary substation.

Feeder: PSDE1 starts for a fault in front of it, PSDE2 for one behind it (set in reverse), both an alarm; PTEF1 trips
where the neutral is resistance or solid; RDIR1 tells that a direction was found. Transformer: PTOV1 by the residual
voltage, PTEF1 without direction, later than the feeders.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from models.network.elements import Neutral
from models.point import PointName
from sim_ied.agenda import Agenda, after_ns
from sim_ied.board import Board
from sim_ied.earth.direction import WITH_TRIP, forward_a
from sim_ied.earth.settings import EarthFaultSettings

START_S = 0.04
"""From the quantity to the start signal."""


class TimedStage:
    """Str after START_S, Op when it has lasted delay_s; both end with the quantity."""

    def __init__(
        self, bay: str, name: str, delay_s: float, agenda: Agenda, board: Board, operated: Callable[[int], None]
    ) -> None:
        self._bay, self._name, self._delay_s = bay, name, delay_s
        self._agenda, self._board, self._operated = agenda, board, operated

    def measure(self, exceeded: bool, now_ns: int) -> None:
        for suffix, delay_s in (("Str", START_S), ("Op", max(self._delay_s, START_S))):
            key = (self._bay, self._name, suffix)
            if not exceeded:
                self._agenda.cancel(key)
                self._show(suffix, False, now_ns)
            elif key not in self._agenda and not self._is_shown(suffix):
                self._agenda.set(key, after_ns(now_ns, delay_s), partial(self._reached, suffix))

    def _reached(self, suffix: str, now_ns: int) -> None:
        self._show(suffix, True, now_ns)
        if suffix == "Op":
            self._operated(now_ns)

    def _is_shown(self, suffix: str) -> bool:
        change = self._board.present.get(PointName(self._bay, f"{self._name}.{suffix}"))
        return change is not None and bool(change.value)

    def _show(self, suffix: str, on: bool, now_ns: int) -> None:
        self._board.show(PointName(self._bay, f"{self._name}.{suffix}"), on, now_ns)


def _nothing(now_ns: int) -> None:
    """An alarm trips nothing."""


class EarthRelay:
    """phase_v: nominal phase voltage of the network that the bay belongs to; kind: how its neutral is treated."""

    def __init__(
        self,
        bay: str,
        kind: Neutral,
        phase_v: float,
        is_feeder: bool,
        settings: EarthFaultSettings,
        agenda: Agenda,
        board: Board,
        trip: Callable[[int], None],
    ) -> None:
        self.bay, self._kind, self._phase_v, self._is_feeder = bay, kind, phase_v, is_feeder
        self._settings, self._board = settings, board
        self.in_service = True
        make = partial(TimedStage, bay, agenda=agenda, board=board)
        trip_s = settings.trip_s if is_feeder else settings.infeed_trip_s
        self._tripping = make("PTEF1", trip_s, operated=trip)
        alarms = ("PSDE1", "PSDE2") if is_feeder else ("PTOV1",)
        self._alarms = tuple(make(name, settings.alarm_s, operated=_nothing) for name in alarms)

    def measure(self, residual_a: complex, zero_v: complex, now_ns: int) -> None:
        """3I0 out of the busbar through the breaker, U0 of the busbar, from now on."""
        displaced = self.in_service and abs(zero_v) >= self._settings.residual_voltage_pu * self._phase_v
        towards_a = forward_a(self._kind, residual_a, zero_v) if displaced else 0.0
        passing_a = towards_a if self._is_feeder else abs(residual_a)
        with_trip = self.in_service and self._kind in WITH_TRIP
        self._tripping.measure(with_trip and passing_a > self._settings.pickup_a, now_ns)
        if not self._is_feeder:
            self._alarms[0].measure(displaced, now_ns)
            return
        self._alarms[0].measure(towards_a > self._settings.sensitive_a, now_ns)
        self._alarms[1].measure(towards_a < -self._settings.sensitive_a, now_ns)
        directed = abs(towards_a) > self._settings.sensitive_a
        self._board.show(PointName(self.bay, "RDIR1.Dir"), directed, now_ns)
