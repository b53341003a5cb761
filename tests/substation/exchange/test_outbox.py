"""The outbox: bounds, turns, and an honest count of what was dropped."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models.wire.instance import Instance
from models.wire.messages import MAX_INSTANCES, Notify
from substation.exchange.outbox import Outbox


def event(value: int) -> Instance:
    return Instance("CSWI1.Pos", "ST1", value, value)


def test_latest_wins_and_events_do_not() -> None:
    told: list[int] = []
    outbox = Outbox(lambda: told.append(1))
    for value in range(3):
        outbox.latest(1, [event(value)])
        outbox.events(2, [event(value)])
    assert told == [1]
    assert outbox.take() == Notify(1, (event(2),))
    assert outbox.take() == Notify(2, (event(0), event(1), event(2)))
    assert outbox.take() is None
    assert outbox.empty()
    outbox.events(2, [event(9)])
    assert told == [1, 1]


def test_subscriptions_take_turns() -> None:
    outbox = Outbox(lambda: None)
    outbox.events(1, [event(index) for index in range(2 * MAX_INSTANCES)])
    outbox.events(2, [event(7)])
    assert [notify.id for notify in iter(outbox.take, None)] == [1, 2, 1]


def test_too_many_points_are_counted() -> None:
    outbox = Outbox(lambda: None, max_latest=2)
    outbox.latest(1, [Instance("v", str(index), index, index) for index in range(5)])
    notify = outbox.take()
    assert notify is not None
    assert (len(notify.instances), notify.missed) == (2, 3)


def test_a_forgotten_subscription_frees_its_room() -> None:
    outbox = Outbox(lambda: None, max_events=2)
    outbox.events(1, [event(0), event(1)])
    outbox.forget(1)
    outbox.events(2, [event(2), event(3)])
    assert outbox.take() == Notify(2, (event(2), event(3)))
    assert outbox.take() is None


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 4)) | st.none(), max_size=60))
def test_nothing_is_lost_silently(steps: list[tuple[int, int] | None]) -> None:
    """put (subscription, how many) or take: what arrives plus what is told as missed is what was put, in order."""
    outbox = Outbox(lambda: None, max_events=5)
    put = dict.fromkeys((1, 2, 3), 0)
    seen: dict[int, list[int]] = {1: [], 2: [], 3: []}
    missed = dict.fromkeys((1, 2, 3), 0)

    def take() -> bool:
        notify = outbox.take()
        if notify is None:
            return False
        seen[notify.id] += [instance.time_ns for instance in notify.instances]
        missed[notify.id] += notify.missed
        return True

    for step in steps:
        if step is None:
            take()
            continue
        subscription, count = step
        outbox.events(subscription, [event(put[subscription] + index) for index in range(count)])
        put[subscription] += count
    while take():
        pass
    assert outbox.empty()
    for subscription in put:
        assert len(seen[subscription]) + missed[subscription] == put[subscription]
        assert seen[subscription] == sorted(seen[subscription])
