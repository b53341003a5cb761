"""What stands along lines, and what acts when something fails: sectionalisers, islands, slow links, breaker failure."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from models.network.elements import Network
from models.point import PointName
from sim_ied.agenda import Agenda, after_ns
from sim_ied.board import Board
from sim_ied.breaker_failure import OPERATED, BreakerFailure
from sim_ied.history import History
from sim_ied.islands import Islands
from sim_ied.line_settings import MobileGenerator
from sim_ied.physics import Injections
from sim_ied.sectionaliser import Sectionaliser
from sim_ied.slow_board import SlowBoard
from sim_ied.topology import Topology
from tests.sim_ied.small_grid import small_grid

SECOND = 1_000_000_000


class Line:
    """A sectionaliser at a line whose current and voltage are given, second by second."""

    def __init__(self, counts: int) -> None:
        self.agenda, self.opened_s = Agenda(), list[float]()
        self.device = Sectionaliser(
            1, counts, 600.0, 120.0, self.agenda, lambda now_ns: self.opened_s.append(now_ns / SECOND)
        )

    def at(self, seconds: float, current_a: float, voltage_pu: float) -> None:
        now_ns = after_ns(0, seconds)
        self.agenda.run_until(now_ns)
        self.device.measure(current_a, voltage_pu, now_ns)

    def fault(self, seconds: float) -> None:
        """Fault current for a tenth of a second, then nothing."""
        self.at(seconds, 3000.0, 0.4)
        self.at(seconds + 0.1, 0.0, 0.0)


def test_a_sectionaliser_opens_in_the_dead_time_after_its_last_count() -> None:
    line = Line(2)
    line.fault(1.0)
    line.at(1.6, 100.0, 1.0)
    assert line.device.counted == 1
    line.fault(1.7)
    line.at(10.0, 0.0, 0.0)
    assert line.opened_s == [pytest.approx(1.9)]


def test_current_on_a_line_that_stays_alive_is_not_counted() -> None:
    line = Line(1)
    line.at(1.0, 3000.0, 0.9)
    line.at(1.2, 100.0, 1.0)
    line.at(5.0, 0.0, 0.0)
    line.at(10.0, 0.0, 0.0)
    assert line.opened_s == []


def test_counts_are_forgotten() -> None:
    line = Line(2)
    line.fault(1.0)
    line.at(2.0, 100.0, 1.0)
    line.fault(200.0)
    line.at(201.0, 0.0, 0.0)
    assert (line.device.counted, line.opened_s) == (1, [])


def _island(network: Network, drawn_w: float, produced_w: float, mobile_w: float = 0.0) -> float:
    """Voltage in p.u. of the part of the first generator when no switch is closed; 0 where it is dark."""
    topology = Topology(network)
    generator = network.generators[0]
    mobile = (MobileGenerator("M1", generator.node, mobile_w),) if mobile_w else ()
    islands = Islands(network, mobile, History())
    islands.set_holding("M1" if mobile else generator.id, True)
    loads = np.array([drawn_w if load.node == generator.node else 0.0 for load in network.loads])
    generation = np.array([produced_w, *(0.0 for _ in network.generators[1:])])
    connected = np.ones(len(network.generators), np.bool_)
    supply = topology.supply(np.zeros(len(network.switches), np.bool_))
    held = islands.follow(supply, connected, Injections(loads, loads * 0.0, generation), (), SECOND)
    return next(iter(held.forming.values()), 0.0)


@pytest.mark.parametrize(
    ("drawn_w", "produced_w", "voltage_pu"),
    [(100e3, 100e3, 1.0), (100e3, 81e3, 0.9), (100e3, 70e3, 0.0), (100e3, 130e3, 0.0), (100e3, 0.0, 0.0)],
)
def test_an_island_holds_where_generation_and_load_nearly_fit(
    drawn_w: float, produced_w: float, voltage_pu: float
) -> None:
    assert _island(small_grid(), drawn_w, produced_w) == pytest.approx(voltage_pu)


@pytest.mark.parametrize(("mobile_w", "voltage_pu"), [(200e3, 1.0), (50e3, 0.0)])
def test_a_mobile_generator_carries_what_its_rating_allows(mobile_w: float, voltage_pu: float) -> None:
    assert _island(small_grid(), 100e3, 0.0, mobile_w) == voltage_pu


def test_a_slow_station_tells_late_in_order_and_with_the_times_of_what_happened() -> None:
    agenda = Agenda()
    board = SlowBoard({"ST1": (10.0, 60.0)}, agenda, Random(1))
    board.begin()
    slow, quick = PointName("ST1/K1/E01", "SFPI1.FwdFlt"), PointName("ST2/K1/E01", "SFPI1.FwdFlt")
    for number, value in enumerate((True, False), start=1):
        board.show(slow, value, number * SECOND)
        board.show(quick, value, number * SECOND)
    agenda.run_until(9 * SECOND)
    assert {change.point for change in board.take()} == {quick}
    agenda.run_until(130 * SECOND)
    assert [(each.value, each.time_ns) for each in board.take()] == [(True, SECOND), (False, 2 * SECOND)]


@pytest.mark.parametrize("fed", [True, False])
def test_breaker_failure_protection_trips_the_next_breaker_where_current_flows_on(fed: bool) -> None:
    agenda, board, tripped = Agenda(), Board(), list[int]()
    device = BreakerFailure("B1", 0.2, lambda: fed, tripped.append, agenda, board, History())
    device.show(0)
    device.tripped(SECOND)
    agenda.run_until(SECOND + SECOND // 4)
    assert bool(tripped) is fed
    assert board.present[PointName("B1", OPERATED)].value is fed
    agenda.run_until(2 * SECOND)
    assert board.present[PointName("B1", OPERATED)].value is False
