"""Measurands on their way: together by point, later when they are many, the oldest forgotten first."""

from __future__ import annotations

from models.point import Handle, Sample
from substation.history.measurands import LATER_S, SOON_S, Measurands


def values(*handles: int) -> list[Sample]:
    return [Sample(Handle(handle), float(place), 0, None, place) for place, handle in enumerate(handles)]


def test_a_round_waits_a_while_and_leaves_in_portions_by_point() -> None:
    waiting = Measurands()
    waiting.extend(values(1, 600, 2, 601, 1), 10, now_s=100.0)
    assert waiting.due_s == 100.0 + SOON_S
    assert len(waiting.portion(2, 100.1, all_of_them=False)) == 0
    first = waiting.portion(2, 101.0, all_of_them=False)
    assert {each.handle >> 9 for each in first.samples} == {1}
    assert first.sequences == [11, 13]
    waiting.extend(values(3), 20, now_s=101.0)  # collects for the next round
    assert waiting.due_s == 0.0
    second = waiting.portion(100, 101.0, all_of_them=False)
    assert (second.sequences, [each.handle for each in second.samples]) == ([10, 12, 14], [1, 2, 1])
    assert len(waiting) == 1
    assert waiting.portion(100, 101.1, all_of_them=True).sequences == [20]
    assert len(waiting) == 0


def test_many_values_wait_longer() -> None:
    waiting = Measurands()
    waiting.extend(values(*range(20_000)), 1, now_s=10.0)
    while len(waiting):
        waiting.portion(10_000, 10.5, all_of_them=False)
    waiting.extend(values(1), 1, now_s=11.0)
    assert waiting.due_s == 11.0 + LATER_S
    waiting.portion(10_000, 15.0, all_of_them=False)
    waiting.extend(values(1), 1, now_s=16.0)
    assert waiting.due_s == 16.0 + SOON_S


def test_the_oldest_of_those_that_have_most_are_forgotten() -> None:
    waiting = Measurands()
    waiting.extend(values(*[1] * 10, *[600] * 4), 1, now_s=0.0)
    assert waiting.shorten(7) == 7
    assert waiting.shorten(7) == 0
    left = waiting.portion(100, 0.0, all_of_them=True)
    assert sorted(left.sequences) == [8, 9, 10, 11, 12, 13, 14]
