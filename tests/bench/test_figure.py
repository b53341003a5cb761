"""Figures: medians of turns, ratio, percentile."""

from __future__ import annotations

import pytest

from tests.bench.figure import Figure, beside_peer, percentile


def test_medians_and_ratio() -> None:
    figure = beside_peer("delay", "ms", "a peer", [(3.0, 1.0), (9.0, 2.0), (4.0, 4.0)], "below 5", lambda a, _: a < 5)
    assert figure.plain() == {
        "what": "delay", "unit": "ms", "ours": 4.0, "peer": "a peer", "peers": 2.0, "ratio": 2.0,
        "target": "below 5", "met": True,
    }  # fmt: skip


def test_an_absolute_bound_has_no_ratio() -> None:
    plain = Figure("time", "s", 0.123456, "none: absolute bound", None, "below 0.1 s", False).plain()
    assert (plain["ours"], plain["peers"], plain["ratio"], plain["met"]) == (0.1235, None, None, False)


@pytest.mark.parametrize(
    ("count", "share", "expected"), [(100, 0.99, 99), (1000, 0.99, 990), (10, 0.99, 10), (1, 0.5, 1), (4, 0.5, 2)]
)
def test_percentile(count: int, share: float, expected: int) -> None:
    assert percentile([float(value) for value in range(count, 0, -1)], share) == expected
