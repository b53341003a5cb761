"""One setting changes, everything else stays, comments too; what cannot be done so is refused."""

from __future__ import annotations

import tomllib

import pytest

from substation.maintenance.errors import ReleaseError
from substation.maintenance.parameters import PARAMETERS, parameter_named
from substation.maintenance.toml_edit import with_setting

TEXT = """schema = 1  # first
[fdir]
mode = "manual"  # stays
travel_s = 10
[fdir.feeders]
travel_s = "manual"
"""


def test_a_setting_is_replaced_in_its_place() -> None:
    assert with_setting(TEXT, "fdir", "travel_s", 12.5) == TEXT.replace("travel_s = 10", "travel_s = 12.5")


def test_a_setting_is_added_below_its_header() -> None:
    assert with_setting(TEXT, "fdir", "x_s", 1.0) == TEXT.replace("[fdir]\n", "[fdir]\nx_s = 1.0\n")


def test_a_section_is_added_at_the_end() -> None:
    changed = with_setting("schema = 1\n", "fdir", "travel_s", 2.0)
    assert tomllib.loads(changed) == {"schema": 1, "fdir": {"travel_s": 2.0}}


@pytest.mark.parametrize(
    "text", ["fdir = {mode = 'manual'}\n", "fdir.travel_s = 3\n", "[fdir]\nmode = '''\n[fdir]\ntravel_s = 1\n'''\n"]
)
def test_what_is_written_otherwise_is_refused_or_right(text: str) -> None:
    try:
        changed = tomllib.loads(with_setting(text, "fdir", "travel_s", 2.0))
    except ReleaseError:
        return
    expected = tomllib.loads(text)
    expected["fdir"]["travel_s"] = 2.0
    assert changed == expected


@pytest.mark.parametrize("value", [0.0, 1e9, float("nan"), True, "5", None])
def test_bounds_of_a_parameter(value: object) -> None:
    with pytest.raises(ReleaseError, match=r"fdir\.travel_s takes a number from 1 to 120 s"):
        parameter_named("fdir.travel_s").checked(value)  # type: ignore[arg-type]


def test_only_what_is_declared() -> None:
    with pytest.raises(ReleaseError, match="there is no parameter"):
        parameter_named("unit.name")
    assert all(parameter.least < parameter.most for parameter in PARAMETERS.values())
