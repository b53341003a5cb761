"""world.toml and scenario files: what is read, and one clear line for what is wrong."""

from __future__ import annotations

import pytest

from models.errors import ConfigError
from sim_ied.fault import FaultKind
from sim_ied.scd.world_file import write_world
from sim_ied.scenario import read_scenario
from sim_ied.settings import read_settings
from tests.sim_ied.small_grid import small_grid

WORLD = """\
schema = 1
network = "network.json"
scd = "scd.xml"
day_start = "06:30"
[profiles]
home = [0.4, 0.8]
[loads]
profile = "home"
[indicators]
pickup_a = 600
[protection."OBR1/K1/E03"]
pickup_a = 500.0
time_multiplier = 0.1
high_pickup_a = 2500.0
high_time_s = 0.1
[reclosing."OBR1/K1/E03"]
dead_times_s = [0.5, 30]
reclaim_s = 20.0
"""


def test_reads_values_and_documented_defaults() -> None:
    settings = read_settings(WORLD, "world.toml")
    assert settings.day_start_s == 6.5 * 3600.0
    assert settings.profiles == {"home": (0.4, 0.8)}
    assert settings.protection["OBR1/K1/E03"].curve == "standard inverse"
    assert settings.reclosing["OBR1/K1/E03"].dead_times_s == (0.5, 30.0)
    assert (settings.seed, settings.speed, settings.travel.switch_s) == (1, 1.0, 2.0)


def test_what_the_generator_writes_is_read() -> None:
    assert len(read_settings(write_world(small_grid()), "world.toml").protection) == 5


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("pickup_a = 600", "pickup_a = 600\npick_up_a = 1", r"^world\.toml:11: unknown key 'indicators\.pick_up_a'"),
        ("pickup_a = 600", "pickup_a = -1", r"^world\.toml:10: 'pickup_a' is -1; write a number from 1"),
        ('profile = "home"', 'profile = "farm"', r"^world\.toml:8: there is no profile 'farm'; choose from home"),
        ('day_start = "06:30"', 'day_start = "25:00"', r"^world\.toml:4: 'day_start' is '25:00'; write HH:MM"),
        ("home = [0.4, 0.8]", "home = [0.4, 7.0]", r"^world\.toml:6: profile 'home' is unusable"),
        ("dead_times_s = [0.5, 30]", "dead_times_s = []", r"^world\.toml:17: 'dead_times_s' is \[\]"),
        ("time_multiplier = 0.1", 'time_multiplier = 0.1\ncurve = "steep"', r"^world\.toml:14: 'curve' is 'steep'"),
        ('scd = "scd.xml"', "", r"'scd' is missing"),
        ("schema = 1", "schema = 2", r"^world\.toml:1: unknown schema"),
        ("[loads]", "[loads", r"^world\.toml:7: not TOML"),
    ],
)
def test_errors_name_file_line_and_remedy(old: str, new: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_settings(WORLD.replace(old, new, 1), "world.toml")


SCENARIO = """\
schema = 1
[[at]]
s = 60.0
kind = "repair"
target = "F1"
[[at]]
s = 10
kind = "fault"
id = "F1"
element = "L03/W03"
phases = "two-phase"
permanent = false
"""


def test_scenario_is_in_the_order_of_time() -> None:
    fault, repair = read_scenario(SCENARIO, "night.toml").acts
    assert (fault.kind, fault.at_s, repair.kind, repair.target) == ("fault", 10.0, "repair", "F1")
    assert fault.fault is not None
    assert (fault.fault.kind, fault.fault.permanent, fault.fault.fraction) == (FaultKind.TWO_PHASE, False, 0.5)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('kind = "repair"', 'kind = "mend"', r"^night\.toml:4: unknown kind 'mend'; choose from fault, repair"),
        ('target = "F1"', "", "'at.target' is missing"),
        ("permanent = false", "perma = 1", r"unknown key 'at\.perma'"),
        ('"two-phase"', '"one-phase"', r"^night\.toml:11: 'phases' is 'one-phase'"),
    ],
)
def test_errors_of_scenarios(old: str, new: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_scenario(SCENARIO.replace(old, new, 1), "night.toml")
