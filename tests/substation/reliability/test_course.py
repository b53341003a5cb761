"""What becomes of interruptions from one sighting to the next, with sightings made by hand."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from models.command import Originator, OriginatorCategory
from models.network.elements import Load
from models.point import Dbpos, PointName
from models.switching import Order, OrderKind, OrderState, Purpose, Step, StepState
from substation.grid.topology import Supply
from substation.mv.case import Case, Phase
from substation.reliability.causes import Facts, Opening
from substation.reliability.course import SETTLE_NS, Course, has_settled
from substation.reliability.interruption import Cause, Interruption
from substation.reliability.sighting import Seen, Sighting

S = 1_000_000_000
LOADS = {each: Load(each, f"{each}/N1", 1e6, 0.0, number * 100, number) for number, each in enumerate("ABC", 1)}
COURSE = Course(LOADS, lambda load, since_ns: load.active_power_w / 2)
BREAKER, OTHER = "OBR1/K1/E03/Q0", "OBR1/K1/E04/Q0"
BAY = "OBR1/K1/E03"
NOTHING = Facts()


def live(since_s: float = 0) -> Seen:
    return Seen(Supply.LIVE, round(since_s * S))


def dark(since_s: float, opened: str = BREAKER, above: bool = False) -> Seen:
    return Seen(Supply.DEAD, round(since_s * S), opened, above)


def doubtful(now_s: float) -> Seen:
    return Seen(Supply.UNKNOWN, round(now_s * S))


def follow(
    known: tuple[Interruption, ...], now_s: float, seen: Mapping[str, Seen], facts: Facts = NOTHING
) -> tuple[Interruption, ...]:
    rest = {load: live() for load in LOADS}
    return COURSE.follow(known, Sighting(round(now_s * S), rest | dict(seen), frozenset()), facts)


def case(phase: Phase, pickup_s: float, order: str = "") -> Case:
    at_ns = round(pickup_s * S)
    return Case("C1", BAY, phase, at_ns, at_ns, (), (), (), (), seen=("trip: PTRC1.Tr",), order=order)


def order(kind: OrderKind, element: str, started_s: float, name: str = "O1") -> Order:
    step = Step(
        1, element, PointName(element, "CSWI1.Pos"), Dbpos.OFF, Purpose.SPLIT, "Open", StepState.CONFIRMED,
        round(started_s * S), round(started_s * S),
    )  # fmt: skip
    return Order(name, 1, kind, "work", 0, OrderState.COMPLETED, (step,))


def test_a_fault_is_restored_in_stages() -> None:
    (event,) = follow((), 1001, {"A": dark(1000), "B": dark(1000)}, Facts(cases=[case(Phase.TRIPPED, 999.9)]))
    assert (event.cause, event.reference, event.feeder) == (Cause.FAULT, "C1", BAY)
    assert event.explanation == "trip: PTRC1.Tr"
    assert (event.customers, event.critical_customers, event.power_w) == (300, 3, 1e6)
    (event,) = follow((event,), 1031, {"A": live(1030), "B": dark(1000)})
    (event,) = follow((event,), 1200, {"A": live(1030), "B": live(1190)})
    assert [(stage.at_ns // S, stage.customers) for stage in event.stages()] == [(1030, 100), (1190, 200)]
    assert not event.lasts
    assert not has_settled(event, 1200 * S)
    assert has_settled(event, 1190 * S + SETTLE_NS + 1)


def test_lost_again_in_the_course_is_one_interruption() -> None:
    (event,) = follow((), 1001, {"A": dark(1000)})
    (event,) = follow((event,), 1003, {"A": live(1002)})
    (event,) = follow((event,), 1005, {"A": dark(1004)})
    assert [(span.since_ns // S, span.until_ns) for span in event.outages[0].spans] == [(1000, 1002 * S), (1004, None)]


def test_lost_again_much_later_is_another() -> None:
    """While C still waits for repair, A has had supply for an hour."""
    first = follow((), 1001, {"A": dark(1000), "C": dark(1000)})
    first = follow(first, 1011, {"A": live(1010), "C": dark(1000)})
    both = follow(first, 4701, {"A": dark(4700), "C": dark(1000)})
    assert [(event.since_ns // S, event.lasts) for event in both] == [(1000, True), (4700, True)]
    assert [outage.load for outage in both[1].outages] == ["A"]


def test_events_overlap() -> None:
    """B was restored from another feeder, which then trips itself."""
    first = follow((), 1001, {"A": dark(1000), "B": dark(1000)})
    first = follow(first, 1011, {"A": dark(1000), "B": live(1010)})
    both = follow(first, 1021, {"A": dark(1000), "B": dark(1020, OTHER), "C": dark(1020, OTHER)})
    assert [sorted(each.load for each in event.outages if each.lasts) for event in both] == [["A"], ["B", "C"]]
    assert both[1].feeder == "OBR1/K1/E04"


def test_an_order_of_the_case_belongs_to_its_event() -> None:
    """Automation splits a healthy part: who loses supply by that loses it by the fault."""
    facts = Facts(cases=[case(Phase.RUNNING, 999.9, "O1")], orders=[order(OrderKind.ISOLATE_AND_RESTORE, OTHER, 1014)])
    first = follow((), 1001, {"A": dark(1000)}, facts)
    (event,) = follow(first, 1016, {"A": dark(1000), "C": dark(1015, OTHER)}, facts)
    assert {outage.load for outage in event.outages} == {"A", "C"}


def test_causes_beside_faults() -> None:
    planned = Facts(orders=[order(OrderKind.MANUAL, BREAKER, 999)])
    assert follow((), 1001, {"A": dark(1000)}, planned)[0].cause is Cause.PLANNED
    returning = Facts(orders=[order(OrderKind.RETURN_TO_NORMAL, BREAKER, 999)])
    assert follow((), 1001, {"A": dark(1000)}, returning)[0].cause is Cause.OPERATION
    person = Originator(OriginatorCategory.STATION_CONTROL, "Ada")
    (event,) = follow((), 1001, {"A": dark(1000)}, Facts(openings=[Opening(BREAKER, person, "", 998 * S)]))
    assert (event.cause, event.explanation) == (Cause.OPERATION, f"{BREAKER} opened by Ada")
    assert follow((), 1001, {"A": dark(1000)}, Facts(upstream={BAY: 999 * S}))[0].cause is Cause.UPSTREAM
    assert follow((), 1001, {"A": dark(1000, "", above=True)})[0].cause is Cause.UPSTREAM
    assert follow((), 1001, {"A": dark(1000)}, Facts(tripped={BAY: 999 * S}))[0].cause is Cause.FAULT


def test_an_old_trip_explains_nothing() -> None:
    (event,) = follow((), 1001, {"A": dark(1000)}, Facts(tripped={BAY: 500 * S}))
    assert event.cause is Cause.UNKNOWN
    assert "without a trip, an order or a command" in event.explanation


def test_a_cause_that_comes_later() -> None:
    (event,) = follow((), 1001, {"A": dark(1000)})
    assert event.cause is Cause.UNKNOWN
    (event,) = follow((event,), 1003, {"A": dark(1000)}, Facts(cases=[case(Phase.GATHERING, 999.9)]))
    assert (event.cause, event.reference) == (Cause.FAULT, "C1")


def test_doubt_is_no_interruption() -> None:
    assert follow((), 1001, {"A": doubtful(1000)}) == ()


def test_doubt_within_an_interruption_is_told_and_counted() -> None:
    (event,) = follow((), 1001, {"A": dark(1000)})
    (event,) = follow((event,), 1010, {"A": doubtful(1010)})
    assert event.lasts
    assert event.in_doubt
    (event,) = follow((event,), 1100, {"A": live(1090)})
    assert not event.in_doubt
    assert event.outages[0].spans[0].until_ns == 1090 * S
    assert event.outages[0].spans[0].doubt_ns == 80 * S


def test_supply_that_comes_back_without_switching() -> None:
    """The grid above was dead: no switch closed since, so the voltage says when, or the moment it is seen."""
    (event,) = follow((), 1001, {"A": dark(1000, "", above=True), "B": dark(1000, "", above=True)})
    (event,) = follow((event,), 1300, {"A": Seen(Supply.LIVE, 10 * S, measured_ns=1290 * S), "B": live(10)})
    assert [outage.spans[-1].until_ns for outage in event.outages] == [1290 * S, 1300 * S]


def test_a_load_that_the_network_lost_is_not_dark_for_ever() -> None:
    (event,) = follow((), 1001, {"A": dark(1000)})
    (event,) = COURSE.follow((event,), Sighting(2000 * S, {"B": live()}, frozenset()), NOTHING)
    assert event.until_ns == 2000 * S


def test_names_differ() -> None:
    two = follow((), 1001, {"A": dark(1000, ""), "B": dark(1000, "", above=True)})
    assert len({event.id for event in two}) == 2


@given(st.lists(st.fixed_dictionaries({load: st.sampled_from(list(Supply)) for load in LOADS}), max_size=30))
def test_whatever_is_seen_is_accounted_for(story: list[dict[str, Supply]]) -> None:
    """Who is certainly dark is in one event that lasts, who is certainly fed in none; spans never overlap; the stages
    of an event that is over return all of its customers."""
    events: tuple[Interruption, ...] = ()
    for number, supplies in enumerate(story, 1):
        now_s = 1000 + 60 * number
        seen = {load: Seen(supply, now_s * S, BREAKER) for load, supply in supplies.items()}
        events = follow(events, now_s, seen)
        lasting = [outage.load for event in events for outage in event.outages if outage.lasts]
        assert len(lasting) == len(set(lasting))
        for load, supply in supplies.items():
            if supply is not Supply.UNKNOWN:
                assert (load in lasting) is (supply is Supply.DEAD)
    for event in events:
        for outage in event.outages:
            times = [time for span in outage.spans for time in (span.since_ns, span.until_ns)]
            assert times[:-1] == sorted(each for each in times[:-1] if each is not None)
        back = sum(stage.customers for stage in event.stages())
        assert back + sum(each.customers for each in event.outages if each.lasts) == event.customers
        assert event.energy_not_supplied_wh(0, 10**6 * S) >= 0
