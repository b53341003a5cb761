"""A control centre that is away for too long is an alarm, one whose connection flutters too; a short break is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import ConfigError
from substation.config import read_unit
from substation.northbound.absence import Absences
from tests.substation.commands.small_site import change, small_site


class Timer:
    """Monotonic seconds that a test moves."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def absences(timer: Timer) -> Absences:
    made = Absences(timer)
    made.after_s = {"NCC": 60.0}
    return made


def test_only_what_lasts_is_late() -> None:
    timer = Timer()
    made = absences(timer)
    assert not made.is_late("NCC", up=False)
    timer.now_s += 59.0
    assert not made.is_late("NCC", up=False)
    timer.now_s += 1.0
    assert made.is_late("NCC", up=False)
    assert not made.is_late("NCC", up=True)
    timer.now_s += Absences.LASTING_S
    assert not made.is_late("NCC", up=True)
    assert not made.is_late("NCC", up=False)  # a new absence begins
    timer.now_s += 59.0
    assert not made.is_late("NCC", up=False)


def test_a_connection_that_flutters_does_not_hide_the_absence() -> None:
    timer = Timer()
    made = absences(timer)
    late, news = [], 0
    for _ in range(20):
        late.append(made.is_late("NCC", up=False))
        news += late[-1] and made.is_news("NCC")
        timer.now_s += 4.0
        made.is_late("NCC", up=True)
        timer.now_s += 1.0
    assert late == [False] * 12 + [True] * 8
    assert news == 1
    made.is_late("NCC", up=True)
    timer.now_s += Absences.LASTING_S
    made.is_late("NCC", up=True)
    assert made.is_news("NCC")  # of the next absence


def test_the_time_is_read_and_bounded(tmp_path: Path) -> None:
    file = small_site(tmp_path)
    assert read_unit(file).control_centres[0].alarm_after_s == 60.0
    change(file, 'name = "NCC"\n', 'name = "NCC"\nalarm_after_s = 5\n')
    assert read_unit(file).control_centres[0].alarm_after_s == 5.0
    change(file, "alarm_after_s = 5\n", "alarm_after_s = -1\n")
    with pytest.raises(ConfigError, match="'alarm_after_s' is -1"):
        read_unit(file)
