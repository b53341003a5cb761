"""`[[control_centre]]`: its services and time tags, read strictly."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from models.config import read_toml
from models.errors import ConfigError
from protocols.iec104.application.cp56 import Unsynchronised
from protocols.iec104.controlled_station.service_settings import (
    CounterSettings,
    DeadbandSettings,
    Deviation,
    PackedSettings,
    ScanSettings,
    ServiceSettings,
)
from protocols.iec104.controlled_station.settings import GroupSettings
from substation.northbound.agreed.settings import read_control_centres

BEGIN = 'schema = 1\n[[control_centre]]\nname = "NCC"\n'
FULL = """
clock = "when_unsynchronised"
reset = true
parameters = true
intermediate_s = 12
[control_centre.time]
zone = "Europe/Berlin"
summer_time = false
day_of_week = false
clock_unsynchronised = "untagged"
[control_centre.groups]
1 = "*/CSWI*.Pos"
16 = ["*/MMXU*", "*/SFPI*"]
[control_centre.counters]
freeze_period_s = 900
reset = true
spontaneous = true
commands = false
tagged = true
running = true
[control_centre.counters.groups]
4 = "*SupWh"
[[control_centre.deadband]]
points = "*/MMXU*.A.*"
value = 5
[[control_centre.deadband]]
points = "*/MMXU*.TotW"
kind = "percent"
value = 1.5
range = 2e6
smoothing_s = 10
low = -1e6
high = 1e6
[[control_centre.periodic]]
points = ["*/MMXU*.Hz"]
period_s = 10
[[control_centre.background]]
points = "*"
period_s = 3600
[[control_centre.packed]]
common_address = 3
object_address = 9000
points = ["ST1/K1/E01/SFPI1.FwdFlt"]
"""


def group(text: str) -> GroupSettings:
    [centre] = read_control_centres(read_toml(BEGIN + text, "unit.toml").tables("control_centre"))
    return centre.group


def test_nothing_is_granted_and_nothing_is_filtered_unless_it_stands_there() -> None:
    read = group("")
    assert read.services == ServiceSettings()
    assert not read.accepts_clock
    assert (str(read.zone), read.tag_style.unsynchronised) == ("UTC", Unsynchronised.MARK)


def test_everything_is_read() -> None:
    read = group(FULL)
    assert read.accepts_clock
    assert read.zone == ZoneInfo("Europe/Berlin")
    style = read.tag_style
    assert (style.summer_time, style.day_of_week) == (False, False)
    assert style.unsynchronised is Unsynchronised.UNTAGGED
    assert read.services == ServiceSettings(
        groups={1: ("*/CSWI*.Pos",), 16: ("*/MMXU*", "*/SFPI*")},
        counters=CounterSettings({4: ("*SupWh",)}, 900.0, True, True, False, True, True),
        deadbands=(
            DeadbandSettings(("*/MMXU*.A.*",), Deviation.ABSOLUTE, 5.0),
            DeadbandSettings(("*/MMXU*.TotW",), Deviation.PERCENT, 1.5, 2e6, 10.0, -1e6, 1e6),
        ),
        periodic=(ScanSettings(("*/MMXU*.Hz",), 10.0),),
        background=(ScanSettings(("*",), 3600.0),),
        packed=(PackedSettings(3, 9000, ("ST1/K1/E01/SFPI1.FwdFlt",)),),
        reset=True,
        parameters=True,
        intermediate_s=12.0,
    )


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('clock = "always"\n', 4, "one of refuse, when_unsynchronised"),
        ('[control_centre.time]\nzone = "Europe/Atlantis"\n', 5, "time zone"),
        ('[control_centre.time]\nclock_unsynchronised = "guess"\n', 5, "mark, untagged, ignore"),
        ('[control_centre.groups]\n17 = "*"\n', 5, "groups are 1 to 16"),
        ('[control_centre.counters.groups]\n5 = "*"\n', 5, "groups are 1 to 4"),
        ("[control_centre.counters]\nfreeze_period_s = 0.5\n", 5, "1 and more"),
        ('[[control_centre.deadband]]\npoints = "*"\n', 4, "'control_centre.deadband.value' is missing"),
        ('[[control_centre.deadband]]\npoints = "*"\nvalue = -1\n', 6, "0 or more"),
        ('[[control_centre.deadband]]\npoints = "*"\nvalue = 1\nkind = "best"\n', 7, "one of absolute, percent"),
        ('[[control_centre.periodic]]\npoints = "*"\nperiod_s = 0.1\n', 6, "too often"),
        ("intermediate_s = 1000\n", 4, "0 to 300"),
        ("[control_centre.groups]\n1 = []\n", 5, "'1' names no point"),
        ("peers = []\n", 4, "'peers' names nobody"),
        ('[[control_centre.deadband]]\npoints = "*"\nvalue = 1\nlow = 5\nhigh = 1\n', 7, "'low' is 5, above 'high'"),
        ("[control_centre.buffer]\nsize = 1\n", 5, "known keys here: events, megabytes, overflow"),
        ('[[control_centre.packed]]\ncommon_address = 1\nobject_address = 1\npoints = []\n', 7, "1 to 16"),
        ('reset = "yes"\n', 4, "true or false"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_line_and_remedy(text: str, line: int, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        group(text)
    assert caught.value.line == line
    assert words in str(caught.value)


def test_the_documented_services_are_read() -> None:
    page = (Path(__file__).parents[3] / "docs" / "iec104.md").read_text(encoding="utf-8")
    section = page[page.index("## Services: ") :]
    text = section[section.index("```toml") + 7 : section.index("```\n\n**Interrogation.**")]
    [centre] = read_control_centres(read_toml("schema = 1\n" + text, "unit.toml").tables("control_centre"))
    assert centre.group.services.counters.freeze_period_s == 900
    assert [row.period_s for row in centre.group.services.background] == [3600]


@pytest.mark.parametrize("name", ["", "../x", "a\\nb", " NCC", "N*"])
def test_a_name_that_stands_in_folders_and_lists_is_a_plain_one(name: str) -> None:
    text = f'schema = 1\n[[control_centre]]\nname = "{name}"\n'
    with pytest.raises(ConfigError, match=r"unit.toml:3: control centre's name .* is not usable"):
        read_control_centres(read_toml(text, "unit.toml").tables("control_centre"))
