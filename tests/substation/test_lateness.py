"""How late stations tell: of several the latest counts; what is out of range is refused."""

from __future__ import annotations

import pytest

from models.config import read_toml
from models.errors import ConfigError
from substation.lateness import latest_s, read_late


def test_the_latest_of_the_stations_counts() -> None:
    late_s = {"ST1": 30.0, "ST2": 60.0}
    assert latest_s(late_s, ["ST1/K1/E01", "ST3"]) == 30.0
    assert latest_s(late_s, ["ST1", "ST2/K1/BB1"]) == 60.0
    assert latest_s(late_s, []) == 0.0


@pytest.mark.parametrize("value", ["-1.0", "601.0"])
def test_lateness_out_of_range_is_refused(value: str) -> None:
    table = read_toml(f"schema = 1\n[late_s]\nST1 = {value}\n", "unit.toml").table("late_s")
    with pytest.raises(ConfigError, match="ST1"):
        read_late(table)
