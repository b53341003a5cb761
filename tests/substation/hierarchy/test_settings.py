"""`[hierarchy]` of unit.toml: each level waits longer than the one below it."""

from __future__ import annotations

import pytest

from models.config import read_toml
from models.errors import ConfigError
from substation.hierarchy.settings import HierarchySettings, read_hierarchy
from substation.level import Level


def read(text: str, level: Level = Level.LVGMU) -> HierarchySettings:
    return read_hierarchy(read_toml(f"schema = 1\n[hierarchy]\n{text}", "unit.toml").table("hierarchy"), level)


def test_each_level_waits_longer_than_the_one_below() -> None:
    waits = [read("", level).wait for level in (Level.CMU, Level.LVGMU, Level.MVGMU, Level.TLGMU)]
    assert waits == sorted(waits)
    assert len(set(waits[1:])) == 3
    assert read("live_period_s = 20\nwait = 0.3", Level.MVGMU) == HierarchySettings(20, 0.3)


@pytest.mark.parametrize("text", ["wait = 0", "wait = 0.9", "live_period_s = 7", "live_period_s = 0", "waits = 0.2"])
def test_what_is_not_usable_names_its_line(text: str) -> None:
    with pytest.raises(ConfigError, match="unit.toml:3"):
        read(text)
