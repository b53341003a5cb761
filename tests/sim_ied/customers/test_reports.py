"""When meters report, and which of several set-points they obey."""

from __future__ import annotations

from sim_ied.customers.exchange_link import EDGE, next_report
from sim_ied.customers.households import Household, Households
from sim_ied.customers.meter import Meter
from sim_ied.customers.meter_bank import MeterBank

PERIOD_S = 20.0
PERIOD_NS = round(PERIOD_S * 1e9)


def test_one_report_in_every_period_away_from_its_edges() -> None:
    for number in range(50):
        now_ns, phase = 1_700_000_000 * 10**9 + number * 777_777_777, number * 0.618 % 1
        for _ in range(3):
            due_ns = next_report(now_ns, PERIOD_S, phase)
            assert now_ns < due_ns <= now_ns + PERIOD_NS
            assert EDGE - 1e-6 <= due_ns % PERIOD_NS / PERIOD_NS <= 1 - EDGE + 1e-6
            assert next_report(due_ns, PERIOD_S, phase) == due_ns + PERIOD_NS
            now_ns = due_ns + 900_000_000  # a report that took a while shifts none of those to come


def test_of_several_set_points_the_lowest_holds() -> None:
    households = Households([Household(3500.0)], 1)
    meter = Meter("SM1", 0, households, MeterBank(1))
    meter.limit(3000.0, "grid")
    meter.limit(2000.0, "home")
    assert meter.status()["limit_w"] == 2000.0
    meter.limit(None, "home")
    assert meter.status()["limit_w"] == 3000.0
    meter.limit(None, "grid")
    assert meter.status()["limit_w"] is None
