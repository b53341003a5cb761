"""Indices of a period beside figures that were reckoned by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import AlgorithmError
from substation.reliability.indices import Indices, Period, indices
from substation.reliability.interruption import UNPLANNED, Cause, Interruption, LoadOutage, Span, Stage

MINUTE_NS = 60_000_000_000
DAY_NS = 1440 * MINUTE_NS
SERVED = 2_000


def outage(load: str, customers: int, power_w: float, *spans: tuple[int, int | None]) -> LoadOutage:
    """spans in minutes."""
    times = [Span(since * MINUTE_NS, None if until is None else until * MINUTE_NS) for since, until in spans]
    return LoadOutage(load, customers, 0, power_w, tuple(times))


def event(cause: Cause, *outages: LoadOutage) -> Interruption:
    since_ns = min(each.spans[0].since_ns for each in outages)
    return Interruption(f"I{since_ns}", since_ns, cause, "OBR1/K1/E03", "", "", outages)


FAULT = event(
    Cause.FAULT,
    outage("A", 400, 100e3, (10, 11)),  # upstream part, back after a minute: momentary
    outage("B", 300, 80e3, (10, 55)),  # by a tie
    outage("C", 100, 20e3, (10, 12), (14, 72)),  # lost again while restoring: one interruption of 60 minutes
)
PLANNED = event(Cause.PLANNED, outage("D", 50, 30e3, (600, 720)))


def of_day(*events: Interruption, **asked: object) -> Indices:
    return indices(events, SERVED, Period(0, DAY_NS), **asked)  # type: ignore[arg-type]


def test_stages_of_a_restoration() -> None:
    assert FAULT.stages() == (
        Stage(11 * MINUTE_NS, ("A",), 400, 100e3),
        Stage(55 * MINUTE_NS, ("B",), 300, 80e3),
        Stage(72 * MINUTE_NS, ("C",), 100, 20e3),
    )
    assert (FAULT.customers, FAULT.power_w, FAULT.until_ns) == (800, 200e3, 72 * MINUTE_NS)


def test_indices_by_hand() -> None:
    """Sustained: B (300 x 45 min) and C (100 x 60 min) = 19,500 customer minutes; D adds 50 x 120 = 6,000."""
    found = of_day(FAULT, PLANNED)
    assert (found.interruptions, found.sustained, found.momentary) == (2, 450, 400)
    assert found.saifi == pytest.approx(450 / 2000)
    assert found.saidi_min == pytest.approx(25_500 / 2000)
    assert found.caidi_min == pytest.approx(25_500 / 450)
    assert found.maifi == pytest.approx(400 / 2000)
    assert found.asai == pytest.approx(1 - 25_500 / (2000 * 1440))
    # 100 kW x 1 min + 80 kW x 45 min + 20 kW x 60 min + 30 kW x 120 min
    assert found.energy_wh == pytest.approx((100e3 * 1 + 80e3 * 45 + 20e3 * 60 + 30e3 * 120) / 60)


def test_planned_and_unplanned_apart() -> None:
    assert of_day(FAULT, PLANNED, causes=UNPLANNED) == of_day(FAULT)
    assert of_day(FAULT, PLANNED, causes=(Cause.PLANNED,)) == of_day(PLANNED)


def test_exactly_three_minutes_are_short() -> None:
    assert of_day(event(Cause.FAULT, outage("A", 10, 1e3, (0, 3)))).sustained == 0
    assert of_day(event(Cause.FAULT, outage("A", 10, 1e3, (0, 2))), short_s=60.0).sustained == 10


def test_what_lasts_is_counted_to_the_end_of_the_period() -> None:
    lasting = event(Cause.FAULT, outage("A", 10, 6e3, (1430, None)))
    found = of_day(lasting)
    assert lasting.until_ns is None
    assert (found.sustained, found.customer_seconds, found.energy_wh) == (10, 10 * 600.0, 1e3)


def test_nobody_served_is_refused() -> None:
    with pytest.raises(AlgorithmError, match="no customer is served"):
        indices([FAULT], 0, Period(0, DAY_NS))


@given(
    st.lists(st.tuples(st.integers(0, 1400), st.integers(1, 600), st.integers(0, 99)), max_size=6), st.integers(1, 1439)
)
def test_periods_add_up(drawn: list[tuple[int, int, int]], cut: int) -> None:
    events = [
        event(Cause.FAULT, outage("A", customers, 1e3, (since, since + lasts))) for since, lasts, customers in drawn
    ]
    whole = indices(events, SERVED, Period(0, 2 * DAY_NS))
    parts = [
        indices(events, SERVED, Period(0, cut * MINUTE_NS)),
        indices(events, SERVED, Period(cut * MINUTE_NS, 2 * DAY_NS)),
    ]
    for name in ("interruptions", "sustained", "momentary", "customer_seconds", "energy_wh"):
        assert sum(getattr(part, name) for part in parts) == pytest.approx(getattr(whole, name))
    assert whole.sustained + whole.momentary == sum(customers for _, _, customers in drawn)
