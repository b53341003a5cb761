"""`[field]` of unit.toml: over the SCD's settings, per protocol and link; what is wrong is said before the start."""

from __future__ import annotations

import pytest

from models.config import read_toml
from models.driver import LinkConfig
from models.errors import ConfigError
from substation.field.settings import FieldSettings, read_field, setting_problems

LINKS = [
    LinkConfig("ST1", "iec104", "ST1", "rtu1", 2404, {"k": 12, "w": 8}),
    LinkConfig("ST2", "iec104", "ST2", "rtu2", 2404),
    LinkConfig("OBR1", "iec61850", "OBR1", "ied1", 102),
]


def field(text: str) -> FieldSettings:
    return read_field(read_toml("schema = 1\n" + text, "unit.toml").table("field"))


def test_a_links_own_setting_rules_over_its_protocols_and_that_over_the_scds() -> None:
    read = field(
        "[field.iec104]\nk = 20\nclock_sync = true\n[field.link.ST2]\nk = 30\n[field.iec61850]\ntimeout_s = 3.0"
    )
    links = read.applied(LINKS)
    assert [link.settings for link in links] == [
        {"k": 20, "w": 8, "clock_sync": True},
        {"k": 30, "clock_sync": True},
        {"timeout_s": 3.0},
    ]
    assert setting_problems(links) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[field.link.ST9]\nk = 1", "unit.toml:2: [field] names 'ST9', which is no IED with a link in the SCD"),
        ("[field.dlms]\nk = 1", "unit.toml:2: [field] names 'dlms', which is spoken by no link of the SCD"),
        ("[field.iec104]\nk = [1]", "unit.toml:3: 'field.iec104.k' is no plain value"),
        ("[field]\niec104 = 5", "unit.toml:3: 'field.iec104' is not a table"),
    ],
)  # fmt: skip
def test_what_is_not_there_cannot_be_set(text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as raised:
        field(text).applied(LINKS)
    assert str(raised.value).startswith(problem)


def test_each_protocol_checks_its_own_settings() -> None:
    links = field("[field.iec104]\nkk = 20\n[field.iec61850]\ntimeout_ms = 3").applied(LINKS)
    problems = [str(problem) for problem in setting_problems(links)]
    assert len(problems) == 2
    assert "link ST1 and 1 more: IEC 104 has no setting 'kk'" in problems[0]
    assert "fetched_files" not in problems[0]
    assert "link OBR1: setting timeout_ms = 3" in problems[1]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[field.iec104]\nk = "5"', "unit.toml:2: link ST1 and 1 more: k = '5'; give a whole number"),
        ("[field.link.ST2]\noriginator = 256", "unit.toml:2: link ST2: originator = 256; give 0 to 255"),
        ("[field.link.ST2]\ntest_period_s = -5", "unit.toml:2: link ST2: test_period_s = -5; give 0 (never), or 0.1"),
        ("[field.link.ST2]\nclock_sync_period_s = 0.001", "unit.toml:2: link ST2: clock_sync_period_s = 0.001; give 0"),
        ("[field.link.ST2]\ncommand_timeout_s = 0", "unit.toml:2: link ST2: command_timeout_s = 0; give 0.1 or more"),
        ("[field.link.ST2]\ninterrogation_timeout_s = 0", "unit.toml:2: link ST2: interrogation_timeout_s = 0; give"),
        ("[field.link.ST2]\nfile_timeout_s = 0", "unit.toml:2: link ST2: file_timeout_s = 0: a number above 0"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_told_once_with_line_and_range(text: str, problem: str) -> None:
    settings = field(text)
    [told] = [str(each) for each in setting_problems(settings.applied(LINKS), settings)]
    assert told.startswith(problem)
