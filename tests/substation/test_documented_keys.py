"""Every key that the readers of unit.toml and world.toml know stands in the pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from models.config import read_toml
from models.driver import LinkConfig
from models.errors import ConfigError
from protocols.iec104.controlling_station.settings import read_settings
from sim_ied.settings import read_settings as read_world
from substation.northbound.agreed.settings import read_control_centres
from substation.records.settings import read_records

DOCS = Path(__file__).parents[2] / "docs"
_ROW = re.compile(r"^\| (.*?)(?<!\\) \|", re.MULTILINE)


def documented(page: str, begin: str, end: str) -> set[str]:
    """Words in backquotes in the first column of the tables between two headings."""
    text = (DOCS / page).read_text(encoding="utf-8")
    section = text[text.index(begin) : text.index(end, text.index(begin))]
    cells = " ".join(_ROW.findall(section))
    return {word for quoted in re.findall(r"`([^`]*)`", cells) for word in re.split(r"[\s,]+", quoted)}


def known(read: Callable[[], object]) -> set[str]:
    """The keys that an unknown one is answered with."""
    with pytest.raises(ConfigError) as raised:
        read()
    return set(raised.value.remedy.partition(": ")[2].split(", ") or raised.value.remedy.split(", "))


SECTIONS = {
    "": "",
    "link": "[control_centre.link]\n",
    "buffer": "[control_centre.buffer]\n",
    "time": "[control_centre.time]\n",
    "counters": "[control_centre.counters]\n",
    "deadband": '[[control_centre.deadband]]\npoints = "*"\nvalue = 1\n',
    "periodic": '[[control_centre.periodic]]\npoints = "*"\nperiod_s = 1\n',
    "background": '[[control_centre.background]]\npoints = "*"\nperiod_s = 1\n',
    "packed": '[[control_centre.packed]]\ncommon_address = 1\nobject_address = 1\npoints = ["a"]\n',
    "files": "[control_centre.files]\nobject_address = 1\n",
}


@pytest.mark.parametrize("section", SECTIONS)
def test_keys_of_control_centres_are_documented(section: str) -> None:
    text = f'schema = 1\n[[control_centre]]\nname = "NCC"\n{SECTIONS[section]}unknown_key = 1\n'
    keys = known(lambda: read_control_centres(read_toml(text, "unit.toml").tables("control_centre")))
    told = documented("iec104.md", "### Keys of `[[control_centre]]`", "### Step by step")
    told |= documented("iec104.md", "**For control centres.**", "**In the simulator**")
    told |= documented("iec104.md", "## TLS", "| IEC 62351-3 asks for")
    sections = set(SECTIONS) | {"groups"}
    assert {key for key in keys if key not in told} <= sections


def test_settings_of_links_are_documented() -> None:
    with pytest.raises(ConfigError) as raised:
        read_settings(LinkConfig("ST1", "iec104", "ST1", "rtu", 2404, {"unknown_key": 1}))
    keys = set(raised.value.remedy.removeprefix("known are ").split(", "))
    told = documented("iec104.md", "### Links to RTUs", "**Reconnecting.**")
    told |= documented("iec104.md", "**From RTUs.**", "Nothing that a device says")
    told |= documented("iec104.md", "## TLS", "| IEC 62351-3 asks for")
    assert keys <= told
    links = documented("iec104.md", "### Links to RTUs", "**Reconnecting.**") - {"setting"}
    assert links <= keys


def test_keys_of_records_are_documented() -> None:
    text = "schema = 1\n[records]\nunknown_key = 1\n"
    keys = known(lambda: read_records(read_toml(text, "unit.toml").table("records")))
    assert keys <= documented("unit-toml.md", "# unit.toml", "Modes that an operator sets")


_WORLD = (Path(__file__).parents[2] / "examples" / "oberrhein" / "world.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "section", ["loads", "generators", "travel", "indicators", "measurements", "rtu_tls", "ied_tls"]
)
def test_keys_of_world_toml_are_documented(section: str) -> None:
    header = f"[{section}]\n"
    needed = 'certificates = "a"\nauthorities = "b"\nnames = ["c"]\n' if section.endswith("_tls") else ""
    world = _WORLD if header in _WORLD else f"{_WORLD}\n{header}{needed}"
    keys = known(lambda: read_world(world.replace(header, f"{header}unknown_key = 1\n", 1), "world.toml"))
    assert keys <= documented("simulator.md", "## world.toml", "## Disturbances")
