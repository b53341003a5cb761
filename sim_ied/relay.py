"""An overcurrent relay: inverse-time stage PTOC1 and definite-time stage PTOC2 (IEC 60255-151), trip PTRC1.

Between two changes of current everything is constant, so the dependent time integrates exactly: the stage operates when
the sum of dt / t(I) reaches 1 (60255-151, 5.3). Below pickup the sum is kept for the reset time, then lost.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from models.point import PointName
from sim_ied.agenda import Agenda, after_ns
from sim_ied.board import Board
from sim_ied.curve import CURVES
from sim_ied.settings import Overcurrent

_DROP_OFF = 0.95  # of the pickup
_START_S = 0.02  # from pickup to the start signal
_SHOWN_S = 0.2  # a trip on the order of another protection


class Stage:
    """One stage; `operate_time_s` gives the time at a constant current in amperes (infinite at or below pickup)."""

    def __init__(self, pickup_a: float, operate_time_s: Callable[[float], float], reset_s: float) -> None:
        self._pickup_a, self._operate_time_s, self._reset_s = pickup_a, operate_time_s, reset_s
        self._current_a, self._progress, self._at_ns = 0.0, 0.0, 0
        self._below_since_ns: int | None = 0
        self.picked_up = False
        self.operated = False

    def advance(self, now_ns: int) -> None:
        """Integrate up to now with the current that flowed since the last call."""
        time_s = self._operate_time_s(self._current_a)
        if time_s < inf:
            elapsed_s = (now_ns - self._at_ns) / 1e9
            self._progress = 1.0 if elapsed_s >= time_s * (1.0 - self._progress) - 1e-9 else (
                self._progress + elapsed_s / time_s
            )  # fmt: skip
        elif self._below_since_ns is not None and now_ns - self._below_since_ns >= self._reset_s * 1e9:
            self._progress = 0.0
        self._at_ns = now_ns
        self.operated = self.picked_up and self._progress >= 1.0

    def measure(self, current_a: float, now_ns: int) -> None:
        """The current changes now."""
        self.advance(now_ns)
        self._current_a = current_a
        threshold_a = self._pickup_a * (_DROP_OFF if self.picked_up else 1.0)
        picked_up = current_a > threshold_a
        if not picked_up and self._below_since_ns is None:
            self._below_since_ns = now_ns
        if picked_up:
            self._below_since_ns = None
        elif self.operated:
            self._progress = 0.0  # it has done its work
        self.picked_up = picked_up
        self.operated = self.operated and picked_up

    def pick_up_at(self, pickup_a: float) -> None:
        """Another setting; what has run of its time counts on."""
        self._pickup_a = pickup_a

    def due_ns(self) -> int | None:
        """When the stage will operate if the current stays."""
        time_s = self._operate_time_s(self._current_a)
        if self.operated or time_s == inf:
            return None
        return after_ns(self._at_ns, time_s * (1.0 - self._progress))


class Relay:
    """Both stages of one bay on its board; `trip` is called when the first of them operates."""

    def __init__(
        self, bay: str, settings: Overcurrent, agenda: Agenda, board: Board, trip: Callable[[int], None]
    ) -> None:
        self._bay, self._agenda, self._board, self._trip = bay, agenda, board, trip
        self.on_pickup: Callable[[int], None] = lambda now_ns: None
        self._ordered = False
        curve = CURVES[settings.curve]
        self._groups = settings.group_pickups_a or (settings.pickup_a,)
        self._group, self._pickup_a, self._current_a = 1, self._groups[0], 0.0
        self._stages = {
            "PTOC1": Stage(
                self._pickup_a,
                lambda current_a: curve.operate_time_s(current_a / self._pickup_a, settings.time_multiplier),
                settings.reset_s,
            ),
            "PTOC2": Stage(
                settings.high_pickup_a,
                lambda current_a: settings.high_time_s if current_a > settings.high_pickup_a else inf,
                settings.reset_s,
            ),
        }

    @property
    def groups(self) -> int:
        """How many setting groups it has."""
        return len(self._groups)

    def select_group(self, group: int, now_ns: int) -> None:
        """Groups are numbered from 1."""
        stage = self._stages["PTOC1"]
        stage.advance(now_ns)  # with the setting of before
        self._group, self._pickup_a = group, self._groups[group - 1]
        stage.pick_up_at(self._pickup_a)
        self.measure(self._current_a, now_ns)

    def measure(self, current_a: float, now_ns: int) -> None:
        """Highest phase current through the breaker, in amperes, from now on."""
        self._current_a = current_a
        before = self._is_picked_up()
        for name, stage in self._stages.items():
            stage.measure(current_a, now_ns)
            self._follow_start(name, stage, now_ns)
            due_ns = stage.due_ns()
            if due_ns is None:
                self._agenda.cancel((self._bay, name, "operate"))
            else:
                self._agenda.set((self._bay, name, "operate"), due_ns, self._operate)
        self.show(now_ns)
        if self._is_picked_up() and not before:
            self.on_pickup(now_ns)

    def _is_picked_up(self) -> bool:
        return any(stage.picked_up for stage in self._stages.values())

    def show(self, now_ns: int) -> None:
        """Put operations and trip on the board; starts are shown by their own delay."""
        if len(self._groups) > 1:
            self._board.show(PointName(self._bay, "LLN0.ActSG"), self._group, now_ns)
        operated = {name: stage.operated for name, stage in self._stages.items()}
        for name, on in operated.items():
            self._board.show(PointName(self._bay, f"{name}.Op"), on, now_ns)
        self._board.show(PointName(self._bay, "PTRC1.Tr"), self._ordered or any(operated.values()), now_ns)

    def trip(self, now_ns: int) -> None:
        """Trip on the order of another protection."""
        self._ordered = True
        self.show(now_ns)
        self._agenda.set((self._bay, "PTRC1"), after_ns(now_ns, _SHOWN_S), self._let_go)
        self._trip(now_ns)

    def _let_go(self, now_ns: int) -> None:
        self._ordered = False
        self.show(now_ns)

    @property
    def picked_up(self) -> bool:
        """Current flows above a pickup."""
        return self._is_picked_up()

    def _follow_start(self, name: str, stage: Stage, now_ns: int) -> None:
        key = (self._bay, name, "start")
        if not stage.picked_up:
            self._agenda.cancel(key)
            self._show_start(name, False, now_ns)
        elif key not in self._agenda:
            self._agenda.set(key, after_ns(now_ns, _START_S), lambda at_ns: self._show_start(name, True, at_ns))

    def _show_start(self, name: str, on: bool, now_ns: int) -> None:
        self._board.show(PointName(self._bay, f"{name}.Str"), on, now_ns)

    def _operate(self, now_ns: int) -> None:
        tripped = any(stage.operated for stage in self._stages.values())
        for name, stage in self._stages.items():
            stage.advance(now_ns)
            if stage.operated:  # a start cannot follow its own operation
                self._agenda.cancel((self._bay, name, "start"))
                self._show_start(name, True, now_ns)
        self.show(now_ns)
        if not tripped:
            self._trip(now_ns)
