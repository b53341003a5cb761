"""A peer that causes lines without end: a burst is told, the rest counted and told as a number."""

from __future__ import annotations

from models.limited_lines import LimitedLines


def test_a_burst_is_told_and_the_rest_counted() -> None:
    told: list[str] = []
    lines = LimitedLines(told.append, burst=10, per_s=1.0)
    for number in range(1000):
        lines.take(f"refused {number}", 0.001 * number)
    assert told == [f"refused {number}" for number in range(10)]
    lines.tick(3.0)
    assert len(told) == 10
    lines.tick(6.5)
    assert told[10:] == ["990 more lines were not shown, the last: refused 999"]
    lines.take("again", 6.6)
    assert told[11:] == ["again"]


def test_what_comes_slowly_is_never_kept_back() -> None:
    told: list[str] = []
    lines = LimitedLines(told.append, burst=2, per_s=1.0)
    for number in range(100):
        lines.take("refused", 1.1 * number)
    assert len(told) == 100
