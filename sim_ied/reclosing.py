"""Automatic reclosing (RREC1) of one feeder: shots with dead times, reclaim time, lock-out.

After a manual or remote closing it is not ready for the reclaim time: a trip in that time is final and locks out.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from models.point import PointName
from sim_ied.agenda import Agenda, after_ns
from sim_ied.board import Board
from sim_ied.settings import Reclosing


class State(Enum):
    READY = "ready"
    TRIPPED = "tripped, breaker opening"
    DEAD_TIME = "dead time"
    CLOSING = "closing"
    RECLAIM = "reclaim time"
    SUCCESSFUL = "successful"
    CLOSED_BY_HAND = "not ready after a closing"
    NOT_READY = "not ready"
    LOCKED_OUT = "locked out"


class Event(Enum):
    TRIP = "trip"
    FINAL_TRIP = "trip with no shot left"
    TRIP_OPENED = "breaker opened by trip"
    OPENED = "breaker opened otherwise"
    RECLOSED = "breaker closed by reclosing"
    CLOSED = "breaker closed otherwise"
    TIMER = "timer over"
    FAILED = "breaker cannot close"
    BLOCK = "blocked"
    RELEASE = "released, breaker closed"


class Act(Enum):
    """What a transition starts."""

    NOTHING = "nothing"
    DEAD_TIME = "start the dead time"
    CLOSE = "close the breaker"
    RECLAIM = "start the reclaim time"
    HOLD = "show success for a second"


_TABLE: dict[tuple[State, Event], tuple[State, Act]] = {
    (State.READY, Event.TRIP): (State.TRIPPED, Act.NOTHING),
    (State.READY, Event.OPENED): (State.NOT_READY, Act.NOTHING),
    (State.READY, Event.BLOCK): (State.NOT_READY, Act.NOTHING),
    (State.TRIPPED, Event.TRIP_OPENED): (State.DEAD_TIME, Act.DEAD_TIME),
    (State.TRIPPED, Event.BLOCK): (State.NOT_READY, Act.NOTHING),
    (State.DEAD_TIME, Event.TIMER): (State.CLOSING, Act.CLOSE),
    (State.DEAD_TIME, Event.CLOSED): (State.CLOSED_BY_HAND, Act.RECLAIM),
    (State.DEAD_TIME, Event.BLOCK): (State.NOT_READY, Act.NOTHING),
    (State.CLOSING, Event.RECLOSED): (State.RECLAIM, Act.RECLAIM),
    (State.CLOSING, Event.FAILED): (State.LOCKED_OUT, Act.NOTHING),
    (State.CLOSING, Event.BLOCK): (State.NOT_READY, Act.NOTHING),
    (State.RECLAIM, Event.TIMER): (State.SUCCESSFUL, Act.HOLD),
    (State.RECLAIM, Event.TRIP): (State.TRIPPED, Act.NOTHING),
    (State.RECLAIM, Event.FINAL_TRIP): (State.LOCKED_OUT, Act.NOTHING),
    (State.RECLAIM, Event.OPENED): (State.NOT_READY, Act.NOTHING),
    (State.RECLAIM, Event.BLOCK): (State.NOT_READY, Act.NOTHING),
    (State.SUCCESSFUL, Event.TIMER): (State.READY, Act.NOTHING),
    (State.SUCCESSFUL, Event.TRIP): (State.TRIPPED, Act.NOTHING),
    (State.SUCCESSFUL, Event.OPENED): (State.NOT_READY, Act.NOTHING),
    (State.SUCCESSFUL, Event.BLOCK): (State.NOT_READY, Act.NOTHING),
    (State.CLOSED_BY_HAND, Event.TIMER): (State.READY, Act.NOTHING),
    (State.CLOSED_BY_HAND, Event.TRIP): (State.LOCKED_OUT, Act.NOTHING),
    (State.CLOSED_BY_HAND, Event.OPENED): (State.NOT_READY, Act.NOTHING),
    (State.CLOSED_BY_HAND, Event.BLOCK): (State.NOT_READY, Act.NOTHING),
    (State.NOT_READY, Event.CLOSED): (State.CLOSED_BY_HAND, Act.RECLAIM),
    (State.NOT_READY, Event.RELEASE): (State.READY, Act.NOTHING),
    (State.LOCKED_OUT, Event.CLOSED): (State.CLOSED_BY_HAND, Act.RECLAIM),
}
"""What is not listed changes nothing."""

_AUTO_REC_ST = {  # AutoReclosingKind of IEC 61850-7-4
    State.READY: 1,
    State.TRIPPED: 2,
    State.DEAD_TIME: 2,
    State.CLOSING: 2,
    State.RECLAIM: 2,
    State.SUCCESSFUL: 3,
    State.LOCKED_OUT: 9,
    State.CLOSED_BY_HAND: 12,
    State.NOT_READY: 12,
}
_HOLD_S = 1.0


class Recloser:
    """RREC1 of a feeder bay. `close` orders the breaker to close and returns False when it cannot."""

    def __init__(
        self, bay: str, settings: Reclosing, speed: float, agenda: Agenda, board: Board, close: Callable[[int], bool]
    ) -> None:
        self._bay, self._settings, self._speed = bay, settings, speed
        self._agenda, self._board, self._close = agenda, board, close
        self._shot = 0
        self.blocked = False
        self.state = State.READY

    def show(self, now_ns: int) -> None:
        self._board.show(PointName(self._bay, "RREC1.AutoRecSt"), _AUTO_REC_ST[self.state], now_ns)
        self._board.show(PointName(self._bay, "RREC1.BlkRec"), self.blocked, now_ns)

    def tripped(self, now_ns: int) -> None:
        """The bay's relay has operated."""
        if self.state in (State.READY, State.SUCCESSFUL):
            self._shot = 0
        last = self.state is State.RECLAIM and self._shot >= len(self._settings.dead_times_s)
        self.handle(Event.FINAL_TRIP if last else Event.TRIP, now_ns)

    def set_blocked(self, blocked: bool, breaker_closed: bool, now_ns: int) -> None:
        """BlkRec: a block holds whatever happens until it is released."""
        self.blocked = blocked
        if blocked:
            self.handle(Event.BLOCK, now_ns)
        elif breaker_closed:
            self.handle(Event.RELEASE, now_ns)
        self.show(now_ns)

    def handle(self, event: Event, now_ns: int) -> None:
        """Take one event through the table."""
        if (self.state, event) not in _TABLE:
            return
        self.state, act = _TABLE[self.state, event]
        if self.blocked and self.state is State.READY:
            self.state = State.NOT_READY
        self._agenda.cancel((self._bay, "RREC1"))
        self.show(now_ns)
        self._act(act, now_ns)

    def _act(self, act: Act, now_ns: int) -> None:
        if act is Act.CLOSE:
            if not self._close(now_ns):
                self.handle(Event.FAILED, now_ns)
            return
        seconds = self._seconds(act)
        if seconds is not None:
            due_ns = after_ns(now_ns, seconds / self._speed)
            self._agenda.set((self._bay, "RREC1"), due_ns, lambda at_ns: self.handle(Event.TIMER, at_ns))

    def _seconds(self, act: Act) -> float | None:
        if act is Act.DEAD_TIME:
            self._shot += 1
            return self._settings.dead_times_s[self._shot - 1]
        return {Act.RECLAIM: self._settings.reclaim_s, Act.HOLD: _HOLD_S}.get(act)
