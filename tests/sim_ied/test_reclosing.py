"""Reclosing: the state table, shots to lock-out, blocking, closing by hand."""

import pytest

from models.point import PointName
from sim_ied.agenda import Agenda
from sim_ied.board import Board
from sim_ied.reclosing import Event, Recloser, State
from sim_ied.settings import Reclosing

BAY = "OBR1/K1/E03"
S = 1_000_000_000


class Bench:
    def __init__(self, able: bool = True, speed: float = 1.0) -> None:
        self.agenda, self.board, self.closings = Agenda(), Board(), list[float]()
        self.able = able
        self.recloser = Recloser(BAY, Reclosing((0.5, 30.0), 10.0), speed, self.agenda, self.board, self._close)

    def _close(self, now_ns: int) -> bool:
        self.closings.append(now_ns / S)
        return self.able

    @property
    def auto_rec_st(self) -> object:
        return self.board.present[PointName(BAY, "RREC1.AutoRecSt")].value

    def trip_at(self, second: float) -> None:
        self.agenda.run_until(round(second * S))
        self.recloser.tripped(round(second * S))
        self.recloser.handle(Event.TRIP_OPENED, round(second * S))

    def at(self, second: float, event: Event) -> None:
        self.agenda.run_until(round(second * S))
        self.recloser.handle(event, round(second * S))


def test_first_shot_succeeds() -> None:
    bench = Bench()
    bench.trip_at(1.0)
    assert bench.auto_rec_st == 2
    bench.at(1.5, Event.RECLOSED)
    bench.agenda.run_until(11 * S)
    assert bench.auto_rec_st == 2
    bench.agenda.run_until(12 * S)
    assert bench.auto_rec_st == 3
    bench.agenda.run_until(13 * S)
    assert bench.auto_rec_st == 1
    assert bench.closings == [1.5]


def test_all_shots_fail_and_lock_out() -> None:
    bench = Bench()
    bench.trip_at(1.0)
    bench.at(1.6, Event.RECLOSED)
    bench.trip_at(2.0)
    bench.at(32.1, Event.RECLOSED)
    bench.trip_at(33.0)
    bench.agenda.run_until(1000 * S)
    assert bench.closings == [1.5, 32.0]
    assert bench.recloser.state is State.LOCKED_OUT
    assert bench.auto_rec_st == 9


def test_speed_shortens_dead_times() -> None:
    bench = Bench(speed=10.0)
    bench.trip_at(1.0)
    bench.agenda.run_until(2 * S)
    assert bench.closings == [1.05]


def test_blocked_means_no_closing_until_released() -> None:
    bench = Bench()
    bench.recloser.set_blocked(True, True, S)
    assert bench.auto_rec_st == 12
    bench.trip_at(2.0)
    bench.agenda.run_until(100 * S)
    assert bench.closings == []
    bench.recloser.set_blocked(False, False, 101 * S)
    assert bench.auto_rec_st == 12  # released, but the breaker is open
    bench.at(102.0, Event.CLOSED)
    bench.agenda.run_until(113 * S)
    assert bench.auto_rec_st == 1


def test_block_in_the_dead_time_ends_the_cycle() -> None:
    bench = Bench()
    bench.trip_at(1.0)
    bench.recloser.set_blocked(True, False, round(1.2 * S))
    bench.agenda.run_until(100 * S)
    assert bench.closings == []
    assert bench.auto_rec_st == 12


@pytest.mark.parametrize("closing_s", [5.0, 5.9])
def test_trip_after_closing_by_hand_locks_out(closing_s: float) -> None:
    bench = Bench()
    bench.at(2.0, Event.OPENED)
    bench.at(closing_s, Event.CLOSED)
    assert bench.auto_rec_st == 12
    bench.trip_at(closing_s + 1.0)
    bench.agenda.run_until(100 * S)
    assert bench.closings == []
    assert bench.auto_rec_st == 9


def test_breaker_that_cannot_close_locks_out() -> None:
    bench = Bench(able=False)
    bench.trip_at(1.0)
    bench.agenda.run_until(2 * S)
    assert bench.auto_rec_st == 9


def test_opening_by_command_is_no_trip() -> None:
    bench = Bench()
    bench.at(1.0, Event.OPENED)
    bench.agenda.run_until(100 * S)
    assert bench.closings == []
    assert bench.auto_rec_st == 12
