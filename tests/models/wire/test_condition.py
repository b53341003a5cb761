"""The grammar of conditions: meaning, positions of errors, time ranges, and no input that makes it fail otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.quality import Quality
from models.wire.condition import TimeRange
from models.wire.condition_grammar import ConditionError, parse
from models.wire.instance import Instance

T0 = 1_772_366_400_000_000_000  # 2026-03-01T12:00:00Z
POWER = Instance("MMXU1.TotW", "ST103/K1/E01", 5.0, T0, int(Quality.QUESTIONABLE | Quality.OLD_DATA), "Hans")
LINE = Instance("Events", "OBR", {"severity": 2, "category": "security", "open": True}, T0)
SWITCH = Instance("CSWI1.Pos", "ST103/K1/E01/Q0", 2, T0)
LOCAL = Instance("LLN0.Loc", "ST103", True, T0)


@pytest.mark.parametrize(
    ("text", "instance", "holds"),
    [
        ("", POWER, True),
        ("value > 3 and quality == good", POWER, False),
        ("value > 3 and quality == questionable", POWER, True),
        ("value > 3 and not quality == good", POWER, True),
        ("quality.old_data", POWER, True),
        ("quality.test or value <= 5", POWER, True),
        ("value == 5", POWER, True),
        ("value != 5", POWER, False),
        ("value > 'abc'", POWER, False),
        ("value != 'abc'", POWER, True),
        ("value == -5e0 or value == 0.5e1", POWER, True),
        ("3 < value", POWER, True),
        ("value == on", SWITCH, True),
        ("value == off or value == intermediate", SWITCH, False),
        ("value == true", LOCAL, True),
        ("value", LOCAL, True),
        ("value == 1", LOCAL, False),
        ("value > false", LOCAL, False),
        ("value.severity >= 2 and value.category == 'security'", LINE, True),
        ("value.open and not value.closed", LINE, True),
        ("value.severity.deep == 1", LINE, False),
        ("value.missing > value.other", LINE, False),
        ("value.missing == value.other", LINE, False),
        ("value.missing != value.other", LINE, True),
        ('location like "ST103/*" and variable like "MMXU1.*"', POWER, True),
        ("owner == 'Hans'", POWER, True),
        ("time >= '2026-03-01T12:00:00Z'", POWER, True),
        ("time > '2026-03-01T13:00:00+01:00'", POWER, False),
        ("time == '2026-03-01T12:00:00'", POWER, True),
        (f"time < {T0 + 1} and (time > {T0 - 1})", POWER, True),
        ("value > 1 or value > 9 and value > 9", POWER, True),
    ],
)
def test_meaning(text: str, instance: Instance, holds: bool) -> None:
    assert parse(text).holds(instance) is holds


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("value >", 8),
        ("value > > 3", 9),
        ("vaule > 3", 1),
        ("value = 3", 7),
        ("(value > 3", 11),
        ("value > 3)", 10),
        ("value > 3 value", 11),
        ("value > 3 and", 14),
        ("quality.bogus", 1),
        ("time.x > 3", 1),
        ("time > 'noon'", 8),
        ("3", 2),
        ("3 < time", 1),
        ("value > 99999999999999999999", 9),
        ("value > 1e999", 9),
        ("__import__('os')", 1),
        ("value > 'open", 9),
        ("(" * 40 + "value" + ")" * 40, 33),
        ("x" * 1001, 1001),
        ("not", 4),
    ],
)
def test_errors_have_a_position(text: str, position: int) -> None:
    with pytest.raises(ConditionError) as caught:
        parse(text)
    assert caught.value.position == position
    assert f"position {position}:" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("value > 3", TimeRange()),
        ("time >= 10 and time < 20 and value > 1", TimeRange(10, 19)),
        ("time == 5 or time > 8", TimeRange(5, None)),
        ("time == 5 or value > 8", TimeRange()),
        ("not time < 5", TimeRange()),
        ("time != 5", TimeRange()),
    ],
)
def test_time_range_is_never_narrower(text: str, expected: TimeRange) -> None:
    assert parse(text).time_range() == expected


@given(st.text(alphabet="value>=<!() andornot'\".0123456789tq*like", max_size=60) | st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    position = _position_of_error(text)
    assert position is None or 1 <= position <= len(text) + 1


def _position_of_error(text: str) -> int | None:
    try:
        parse(text).holds(POWER)
    except ConditionError as error:
        return error.position
    return None
