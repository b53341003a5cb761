"""Settings, stored state and forecast of voltage control."""

from __future__ import annotations

import numpy as np
import pytest

from models.config import read_toml
from models.errors import ConfigError
from substation.application import Plain
from substation.forecast.weekly_profile import SLOT_NS
from substation.image import Mode
from substation.mv.vvc.horizon import horizon
from substation.mv.vvc.settings import VvcSettings, read_vvc
from substation.mv.vvc.state import MOST_SLOTS, VvcState, Watched, dump_state, load_state, with_load

NOW_NS = 1_790_000_000_000_000_000 // SLOT_NS * SLOT_NS
WATCHED = Watched("T1", 3, ((NOW_NS, -1),), (NOW_NS,), NOW_NS, 20_400.0, 2, False, "hunting", NOW_NS, 20_100.0)


def _read(text: str) -> VvcSettings:
    return read_vvc(read_toml(f"schema = 1\n[vvc]\n{text}\n", "unit.toml").table("vvc"))


def test_it_is_off_unless_the_file_says_otherwise() -> None:
    assert _read("") == VvcSettings()
    assert VvcSettings().mode is Mode.DISABLED
    found = _read('mode = "automatic"\nperiod_s = 60.0\nsteps_per_hour = 5')
    assert (found.mode, found.period_s, found.steps_per_hour) == (Mode.AUTOMATIC, 60.0, 5)


@pytest.mark.parametrize(
    "text", ['mode = "on"', "period_s = 1.0", "steps_per_hour = 1", "voltage_reserve_pu = 0.2", "unknown = 1"]
)
def test_what_does_not_fit_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=text.partition(" ")[0]):
        _read(text)


def test_the_state_is_stored_and_read_again() -> None:
    state = VvcState((WATCHED,), ((5, 100), (6, 110)), NOW_NS, {"state": "automatic"})
    assert load_state(dump_state(state)) == state


@pytest.mark.parametrize(
    "plain",
    [
        None,
        {"version": 0},
        {"version": 1, "watched": [{}], "load": [], "due_ns": 0},
        {"version": 1, "watched": [], "load": [[1]], "due_ns": 0},
        {"version": 1, "watched": [], "load": [[1, "a"]], "due_ns": 0},
    ],
)
def test_another_state_is_not_taken(plain: Plain) -> None:
    with pytest.raises(ValueError, match="read|version|pair|regulator"):
        load_state(plain)


def test_one_load_per_quarter_hour_and_eight_weeks_of_them() -> None:
    load = with_load((), NOW_NS, 100.4)
    assert load == with_load(load, NOW_NS + SLOT_NS - 1, 500.0) == ((NOW_NS // SLOT_NS, 100),)
    assert len(with_load(load, NOW_NS + SLOT_NS, 500.0)) == 2
    full = tuple((slot, 1) for slot in range(MOST_SLOTS))
    assert with_load(full, NOW_NS, 2.0)[0] == (1, 1)


def test_the_load_is_held_until_two_weeks_are_known_and_then_follows_the_day() -> None:
    """Twice as much from 6 to 18 o'clock: just before six, more is expected."""
    short = horizon(((1, 100),), NOW_NS, 100.0, 3600.0)
    assert short.shares.tolist() == [1.0] * 5
    assert "two weeks are needed" in short.words
    six_ns = NOW_NS - NOW_NS % (96 * SLOT_NS) + 24 * SLOT_NS
    slots = [six_ns // SLOT_NS - back for back in range(4 * 7 * 96, 0, -1)]
    load = tuple((slot, 2000 if 24 <= slot % 96 < 72 else 1000) for slot in slots)
    found = horizon(load, six_ns - SLOT_NS, 1000.0, 3600.0)
    assert np.allclose(found.shares, [1.0, 2.0, 2.0, 2.0, 2.0], atol=0.05)
