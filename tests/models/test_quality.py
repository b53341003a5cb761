"""Quality bits: what automation may use, and what a lost link makes of a value."""

from __future__ import annotations

import pytest

from models.quality import CLOCK_BITS, STALE, VALUE_BITS, Quality, is_actionable, is_stale, stale


def test_only_the_clock_may_be_in_doubt() -> None:
    assert is_actionable(0)
    assert is_actionable(int(CLOCK_BITS))
    for bit in range(13):
        assert not is_actionable(1 << bit)
    assert int(VALUE_BITS) == 0x1FFF


@pytest.mark.parametrize("quality", [0, 1, 2, 3, int(Quality.QUESTIONABLE | Quality.OLD_DATA), int(Quality.TEST)])
def test_a_lost_link_makes_any_value_invalid_and_old(quality: int) -> None:
    lost = Quality(stale(quality))
    assert lost.validity is Quality.INVALID
    assert lost & Quality.OLD_DATA
    assert lost & Quality.TEST == quality & Quality.TEST
    assert is_stale(lost)


def test_what_a_device_calls_not_topical_is_not_stale() -> None:
    not_topical = int(Quality.QUESTIONABLE | Quality.OLD_DATA)
    assert not_topical & int(STALE) == int(STALE)  # which is why the bits alone do not tell
    assert not is_stale(not_topical)
    assert not is_stale(int(Quality.INVALID))
    assert not is_stale(0)
