"""Lines about what goes on and on: first of each told, repeats as totals, memory bounded."""

from __future__ import annotations

import math

from models.notices import Notices


def test_the_first_of_each_subject_is_told_and_repeats_as_a_total() -> None:
    told: list[str] = []
    notices = Notices(told.append, period_s=10.0)
    for now_s in (0.0, 1.0, 2.0):
        notices.take("type", "sends type 200", now_s)
    notices.take("object", "sends object 1/7", 3.0)
    assert told == ["sends type 200", "sends object 1/7"]
    assert notices.deadline_s == 11.0

    notices.tick(10.9)
    assert len(told) == 2
    notices.tick(11.0)
    assert told[2:] == ["again: sends type 200 (2 times)"]
    assert notices.deadline_s == math.inf

    notices.total()
    assert len(told) == 3, "nothing was repeated since"


def test_a_device_that_invents_subjects_is_counted_not_listed() -> None:
    told: list[str] = []
    notices = Notices(told.append, most=3)
    for number in range(1000):
        notices.take(number, f"sends object {number}", 0.0)
    notices.take(0, "sends object 0", 0.0)
    notices.total()
    assert told[:3] == ["sends object 0", "sends object 1", "sends object 2"]
    assert told[3:] == ["again: sends object 0 (1 times); 997 others"]


def test_a_total_names_the_most_frequent() -> None:
    told: list[str] = []
    notices = Notices(told.append)
    for number in range(8):
        for _ in range(number + 2):
            notices.take(number, f"n{number}", 0.0)
    told.clear()
    notices.total()
    assert told == ["again: n7 (8 times); n6 (7 times); n5 (6 times); n4 (5 times); n3 (4 times); 6 others"]
