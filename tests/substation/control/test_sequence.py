"""The decision core of a running order: every combination of phase and stop leads to one safe end state (S22)."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.point import Dbpos
from models.switching import Order, OrderState, Purpose, StepState
from substation.control.sequence import AFTER_STOP, END_STATES, Phase, Stop, StopKind, ended, next_step, phase
from tests.substation.control.world import order

stops = st.none() | st.builds(Stop, st.sampled_from(StopKind), st.just("because"))


def test_s22_the_table_is_complete_and_never_closes_after_a_stop() -> None:
    assert set(AFTER_STOP) == set(product(Phase, StopKind))
    assert set(END_STATES) == set(StopKind)
    for (when, kind), may in AFTER_STOP.items():
        assert may <= {Purpose.ISOLATE}
        assert not may or (when is Phase.ISOLATING and kind is not StopKind.TAKE_OVER)


def play(endings: list[tuple[bool, Stop | None]]) -> tuple[Order, list[int]]:
    """Carry out steps with these endings (confirmed?, stop asked after it); the end and the numbers carried out."""
    current, stop, done = order(), None, []
    for confirmed, asked in endings:
        stop = stop or asked
        step = next_step(current, stop)
        if step is None:
            break
        done.append(step.number)
        current = current.with_step(replace(step, state=StepState.CONFIRMED if confirmed else StepState.FAILED))
        stop = stop or (None if confirmed else Stop(StopKind.FAILURE, "failed"))
    return ended(current, stop), done


@given(st.lists(st.tuples(st.booleans(), stops), min_size=8, max_size=12))
def test_s22_whatever_fails_nothing_is_closed_afterwards(endings: list[tuple[bool, Stop | None]]) -> None:
    finished, done = play(endings)
    assert len(done) == len(set(done)), "S6: one attempt"
    assert not any(step.state in (StepState.PENDING, StepState.EXECUTING) for step in finished.steps)
    failed = [step for step in finished.steps if step.state is StepState.FAILED]
    if failed:
        after = [finished.steps[number - 1] for number in done[done.index(failed[0].number) + 1 :]]
        assert all(step.purpose is Purpose.ISOLATE and step.value is Dbpos.OFF for step in after)
        assert finished.state in (OrderState.BLOCKED, OrderState.ABORTED)
        assert finished.reason
    closes = [step for step in finished.steps if step.value is Dbpos.ON and step.state is not StepState.SKIPPED]
    if closes:
        isolating = [step for step in finished.steps if step.purpose is Purpose.ISOLATE]
        assert all(step.state is StepState.CONFIRMED for step in isolating), "S5"


def test_all_confirmed_completes() -> None:
    finished, done = play([(True, None)] * 9)
    assert finished.state is OrderState.COMPLETED
    assert finished.reason == ""
    assert done == list(range(1, 9))


def test_s6_reclosing_that_stays_blocked_is_said() -> None:
    without_release = replace(order(), steps=order().steps[:6])
    for step in without_release.steps:
        without_release = without_release.with_step(replace(step, state=StepState.CONFIRMED))
    assert "reclosing stays blocked on OBR1/K1/E03, OBR2/K1/E03" in ended(without_release, None).reason


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (StepState.PENDING, Phase.ISOLATING),
        (StepState.EXECUTING, Phase.ISOLATING),
        (StepState.CONFIRMED, Phase.RESTORING),
    ],
)
def test_isolation_is_over_when_the_last_opening_has_ended(state: StepState, expected: Phase) -> None:
    current = order()
    first, last = current.steps[2], current.steps[3]
    assert phase(current) is Phase.BEFORE_ISOLATION
    current = current.with_step(replace(first, state=StepState.CONFIRMED)).with_step(replace(last, state=state))
    assert phase(current) is expected
