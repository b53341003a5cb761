"""A profile learned from weeks of a known load."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from models.errors import AlgorithmError
from substation.forecast.weekly_profile import SLOT_NS, learn, slot_of

MONDAY_NS = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp()) * 1_000_000_000
WEEK = 7 * 96


def load_of(weeks: int, persistence: float, noise: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(times, values, what is expected): a daily wave, lower at weekends, plus an autoregressive deviation."""
    random = np.random.default_rng(5)
    times_ns = MONDAY_NS + np.arange(weeks * WEEK, dtype=np.int64) * SLOT_NS
    slots = np.array([slot_of(int(each), UTC) for each in times_ns])
    expected = 100.0 + 40.0 * np.sin(2 * np.pi * (slots % 96) / 96) - 20.0 * (slots // 96)
    deviation = np.zeros(len(times_ns))
    for number in range(1, len(deviation)):
        deviation[number] = persistence * deviation[number - 1] + random.normal(0.0, noise)
    return times_ns, expected + deviation, expected


def test_learns_week_persistence_and_spread() -> None:
    times_ns, values, expected = load_of(weeks=12, persistence=0.9, noise=2.0)
    profile = learn(times_ns, values, UTC)
    assert profile.persistence == pytest.approx(0.9, abs=0.05)
    found = np.array([profile.at(int(each)) for each in times_ns[-WEEK:]])
    assert np.abs(found - expected[-WEEK:]).mean() < 2.5
    assert profile.deviation[0] == pytest.approx(2.0, rel=0.25)
    assert profile.deviation[0] < profile.deviation[8] < 1.3 * 2.0 / np.sqrt(1 - 0.81)


def test_what_is_measured_now_shifts_the_next_hours_and_fades() -> None:
    times_ns, values, _ = load_of(weeks=6, persistence=0.9, noise=2.0)
    profile = learn(times_ns, values, UTC)
    now_ns = int(times_ns[-1])
    usual, _ = profile.forecast(now_ns, None)
    shifted, _ = profile.forecast(now_ns, profile.at(now_ns) + 10.0)
    gained = shifted - usual
    assert gained[0] == pytest.approx(10.0 * profile.persistence)
    assert gained[-1] < 1.0


def test_days_are_local() -> None:
    midnight_ns = MONDAY_NS + 6 * 96 * SLOT_NS + 23 * 4 * SLOT_NS  # Sunday 23:00 UTC, Monday 00:00 in Berlin
    assert (slot_of(midnight_ns, UTC) // 96, slot_of(midnight_ns, ZoneInfo("Europe/Berlin"))) == (2, 0)


def test_two_days_teach_no_week() -> None:
    times_ns, values, _ = load_of(weeks=1, persistence=0.5, noise=1.0)
    with pytest.raises(AlgorithmError, match="two weeks are needed"):
        learn(times_ns, values, UTC)
