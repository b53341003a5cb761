"""The overcurrent relay: dependent time that integrates, reset, definite stage, signals."""

from dataclasses import replace

import pytest

from models.point import PointName
from sim_ied.agenda import Agenda
from sim_ied.board import Board
from sim_ied.curve import CURVES
from sim_ied.relay import Relay
from sim_ied.settings import Overcurrent

BAY = "OBR1/K1/E03"
SETTINGS = Overcurrent("very inverse", 100.0, 0.2, 1000.0, 0.1, reset_s=0.5)
SECOND = 1_000_000_000


class Bench:
    def __init__(self, settings: Overcurrent = SETTINGS) -> None:
        self.agenda, self.board, self.trips = Agenda(), Board(), list[float]()
        self.relay = Relay(BAY, settings, self.agenda, self.board, lambda now_ns: self.trips.append(now_ns / 1e9))

    def feed(self, *steps: tuple[float, float]) -> None:
        """(second, current) in order."""
        for at_s, current_a in steps:
            self.agenda.run_until(round(at_s * SECOND))
            self.relay.measure(current_a, round(at_s * SECOND))

    def value(self, variable: str) -> object:
        return self.board.present[PointName(BAY, variable)].value


def test_trips_at_the_time_of_the_curve() -> None:
    bench = Bench()
    bench.feed((1.0, 300.0), (20.0, 0.0))
    assert bench.trips == [pytest.approx(1.0 + CURVES["very inverse"].operate_time_s(3.0, 0.2))]


def test_integrates_over_changing_current() -> None:
    """Half of the time at 2 times the pickup, the rest at 4 times (60255-151, 5.3: sum of dt/t(I) = 1)."""
    bench = Bench()
    curve = CURVES["very inverse"]
    half_s = curve.operate_time_s(2.0, 0.2) / 2.0
    bench.feed((0.0, 200.0), (half_s, 400.0), (20.0, 0.0))
    assert bench.trips == [pytest.approx(half_s + curve.operate_time_s(4.0, 0.2) / 2.0, abs=1e-6)]


@pytest.mark.parametrize(("pause_s", "kept"), [(0.4, True), (0.6, False)])
def test_definite_reset_keeps_or_loses_what_was_integrated(pause_s: float, kept: bool) -> None:
    bench = Bench()
    whole_s = CURVES["very inverse"].operate_time_s(3.0, 0.2)
    bench.feed((0.0, 300.0), (whole_s / 2.0, 0.0), (whole_s / 2.0 + pause_s, 300.0), (20.0, 0.0))
    rest_s = whole_s / 2.0 if kept else whole_s
    assert bench.trips == [pytest.approx(whole_s / 2.0 + pause_s + rest_s, abs=1e-6)]


def test_high_stage_is_definite() -> None:
    bench = Bench()
    bench.feed((0.0, 1500.0), (0.05, 3000.0), (0.2, 0.0))
    assert bench.trips == [pytest.approx(0.1)]


def test_load_below_pickup_and_drop_off() -> None:
    bench = Bench()
    bench.feed((0.0, 99.0), (10.0, 96.0), (20.0, 0.0))
    assert bench.trips == []
    assert bench.value("PTOC1.Str") is False
    bench.feed((30.0, 101.0), (31.0, 96.0))  # above 0.95 of the pickup: still started
    assert bench.value("PTOC1.Str") is True
    bench.feed((32.0, 94.0))
    assert bench.value("PTOC1.Str") is False


def test_signals_follow_start_operation_and_end() -> None:
    bench = Bench()
    bench.feed((0.0, 2000.0), (0.12, 2000.0))
    assert [bench.value(name) for name in ("PTOC1.Str", "PTOC2.Str", "PTOC2.Op", "PTRC1.Tr")] == [True] * 4
    assert bench.value("PTOC1.Op") is False
    bench.feed((0.2, 0.0))
    assert [bench.value(name) for name in ("PTOC1.Str", "PTOC2.Str", "PTOC2.Op", "PTRC1.Tr")] == [False] * 4


def test_another_setting_group_picks_up_elsewhere_and_keeps_what_has_run() -> None:
    bench = Bench(replace(SETTINGS, group_pickups_a=(100.0, 200.0)))
    curve = CURVES["very inverse"]
    half_s = curve.operate_time_s(4.0, 0.2) / 2.0
    bench.feed((0.0, 400.0), (half_s, 400.0))
    bench.relay.select_group(2, round(half_s * SECOND))
    assert bench.value("LLN0.ActSG") == 2
    bench.feed((20.0, 0.0))
    assert bench.trips == [pytest.approx(half_s + curve.operate_time_s(2.0, 0.2) / 2.0, abs=1e-6)]
    bench.feed((30.0, 150.0))
    assert not bench.relay.picked_up
    bench.relay.select_group(1, 31 * SECOND)
    assert bench.relay.picked_up


def test_a_relay_with_one_group_shows_none() -> None:
    bench = Bench()
    bench.feed((1.0, 50.0))
    assert PointName(BAY, "LLN0.ActSG") not in bench.board.present
