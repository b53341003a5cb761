"""`[opf]` of unit.toml."""

from __future__ import annotations

import pytest

from models.config import read_toml
from models.errors import ConfigError
from substation.mv.opf.settings import ADVISORY, OpfSettings, read_opf


def read(text: str) -> OpfSettings:
    return read_opf(read_toml(f"schema = 1\n{text}", "unit.toml"))


def test_it_is_off_unless_somebody_says_otherwise() -> None:
    assert read("") == OpfSettings()
    assert not read("").is_on


def test_values() -> None:
    found = read(f'mode = "{ADVISORY}"\nperiod_s = 300\nexpected_loss_w = 5e5\nsaving_per_operation_w = 0')
    assert found == OpfSettings(mode=ADVISORY, period_s=300.0, expected_loss_w=5e5, saving_per_operation_w=0.0)
    assert found.is_on


@pytest.mark.parametrize(
    "line", ['mode = "always"', "period_s = 1", "voltage_reserve_pu = 0.2", "expected_loss_w = -1", "else = 1"]
)
def test_what_is_unknown_or_out_of_range(line: str) -> None:
    with pytest.raises(ConfigError, match="unit.toml"):
        read(line)
