"""[meter_sums] of unit.toml: what it means, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.config import read_toml
from models.errors import ConfigError
from substation.privacy.settings import SumRole, SumSettings, read_passphrase, read_sums

AGGREGATOR = """schema = 1
[meter_sums]
role = "aggregator"
meters = ["SM1", "SM2"]
key_holder = "TL1"
key_holder_key = "../tl1/unit.pub"
"""
HOLDER = """schema = 1
[meter_sums]
role = "key holder"
units = ["MV1"]
period_s = 300
"""


def read(text: str) -> SumSettings | None:
    return read_sums(read_toml(text, "unit.toml").table("meter_sums"), Path("/site/lv1"))


def test_a_unit_without_it_takes_no_part() -> None:
    assert read("schema = 1\n") is None


def test_an_aggregator_and_a_key_holder() -> None:
    assert read(AGGREGATOR) == SumSettings(
        SumRole.AGGREGATOR, ("SM1", "SM2"), (), 5, 20.0, 60, "TL1", Path("/site/lv1/../tl1/unit.pub")
    )
    assert read(HOLDER) == SumSettings(SumRole.KEY_HOLDER, (), ("MV1",), 5, 20.0, 300)


WRONG = {
    "a key holder takes no contributions of meters": HOLDER + 'meters = ["SM1"]\n',
    "nobody contributes": AGGREGATOR.replace('["SM1", "SM2"]', "[]"),
    "occurs twice": AGGREGATOR.replace("SM2", "SM1"),
    "role 'reader' is unknown": HOLDER.replace("key holder", "reader"),
    "'period_s' is 59": HOLDER.replace("300", "59"),
    "no whole number of 301 s": HOLDER.replace("300", "301"),
    "'at_least' is 1": HOLDER + "at_least = 1\n",
    "'wait_s' is -1": HOLDER + "wait_s = -1\n",
    "'meter_sums.key_holder' is missing": AGGREGATOR.replace('key_holder = "TL1"\n', ""),
    "unknown key 'meter_sums.period_s'": AGGREGATOR + "period_s = 60\n",
}


@pytest.mark.parametrize("problem", WRONG)
def test_what_is_wrong_is_told(problem: str) -> None:
    with pytest.raises(ConfigError, match="unit.toml:[0-9]+: ") as told:
        read(WRONG[problem])
    assert problem in str(told.value)


def test_the_passphrase_is_the_first_line(tmp_path: Path) -> None:
    file = tmp_path / "words"
    file.write_text("correct horse\nsecond line\n")
    assert (read_passphrase(None), read_passphrase(file)) == (None, "correct horse")
    file.write_text("\n")
    with pytest.raises(ConfigError, match="holds no passphrase"):
        read_passphrase(file)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_passphrase(tmp_path / "none")
