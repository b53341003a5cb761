"""Breaker failure protection (RBRF1) of a bay: the next breaker towards the source opens where this one does not."""

from __future__ import annotations

from collections.abc import Callable

from models.point import PointName
from sim_ied.agenda import Agenda, after_ns
from sim_ied.board import Board
from sim_ied.history import History

OPERATED = "RBRF1.OpEx"
_SHOWN_S = 0.2


class BreakerFailure:
    """still_fed: current flows though the breaker was tripped. trip_next: opens whatever is next towards the source."""

    def __init__(
        self,
        bay: str,
        time_s: float | None,
        still_fed: Callable[[], bool],
        trip_next: Callable[[int], None],
        agenda: Agenda,
        board: Board,
        history: History,
    ) -> None:
        self._bay, self._time_s, self._still_fed, self._trip_next = bay, time_s, still_fed, trip_next
        self._agenda, self._board, self._history = agenda, board, history

    def show(self, now_ns: int) -> None:
        self._board.show(PointName(self._bay, OPERATED), False, now_ns)

    def tripped(self, now_ns: int) -> None:
        """The bay's breaker was given its trip."""
        if self._time_s is not None:
            self._agenda.set((self._bay, "RBRF1"), after_ns(now_ns, self._time_s), self._look)

    def _look(self, now_ns: int) -> None:
        if not self._still_fed():
            return
        self._history.note(now_ns, "protection", f"{self._bay}: breaker failure, the next breaker is tripped")
        self._board.show(PointName(self._bay, OPERATED), True, now_ns)
        self._agenda.set((self._bay, "RBRF1", "shown"), after_ns(now_ns, _SHOWN_S), self.show)
        self._trip_next(now_ns)
