"""Words for what arrives as variables and numbers."""

from __future__ import annotations

import pytest

from hmi.words import duration_text, is_notable, value_words, variable_name
from models.wire.instance import Instance


@pytest.mark.parametrize(
    ("variable", "name"),
    [
        ("CSWI1.Pos", "Position"),
        ("CSWI3.Pos", "Position"),
        ("CILO1.EnaCls", "Interlocking, close"),
        ("CILO3.EnaOpn", "Interlocking, open"),
        ("XCBR1.Loc", "Control at the device"),
        ("GGIO7.Ind3", "GGIO7.Ind3"),
    ],
)
def test_names_of_every_switch_of_a_bay(variable: str, name: str) -> None:
    assert variable_name(variable) == name


def test_interlocking_that_bars_is_normal_and_lockout_is_not() -> None:
    barred = Instance("CILO3.EnaCls", "OBR1/K1/E03/Q8", False, 0)
    locked_out = Instance("RREC1.AutoRecSt", "OBR1/K1/E03", 9, 0)
    assert (value_words(barred), is_notable(barred)) == ("blocked", False)
    assert (value_words(locked_out), is_notable(locked_out)) == ("LOCK-OUT", True)


def test_totals_steps_and_limits_are_shown_with_their_unit() -> None:
    total = Instance("MMTR1.DmdWh", "ST103/T1", 1_234_567, 0)
    assert (variable_name(total.variable), value_words(total)) == ("Energy drawn", "1,234.6 kWh")
    for variable, value, words in (
        ("MMTR2.SupWh", 0, "0.0 kWh"),
        ("MMTR1.DmdWh", 9_999_900, "9,999.9 kWh"),
        ("MMTR1.DmdWh", 10_001_000, "10.001 MWh"),
        ("MMTR1.DmdWh", 123_456_789_012, "123,456.789 MWh"),
        ("MMTR3.TotVArh", -2_500, "-2.5 kvarh"),
    ):
        assert value_words(Instance(variable, "ST103/T1", value, 0)) == words
    assert variable_name("MMTR2.SupWh") == "Energy fed back"
    assert not is_notable(Instance("MMTR2.SupWh", "ST103/T1", 20_000_000, 0))
    assert value_words(Instance("DWMX1.WLimSpt", "ST0/K1/G1", 61_000.0, 0)) == "61 kW"
    assert value_words(Instance("YLTC1.TapChg", "ST103/T1", -3, 0)) == "-3"
    end = Instance("YLTC1.EndPosL", "ST103/T1", True, 0)
    assert (variable_name(end.variable), value_words(end), is_notable(end)) == ("Lowest tap reached", "YES", True)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-3, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "59 min"), (7500, "2 h 05 min"), (273_600, "3 d 4 h")],
)
def test_durations(seconds: int, words: str) -> None:
    assert duration_text(seconds * 10**9) == words


def test_a_position_is_a_word_whatever_node_tells_it() -> None:
    for variable in ("CSWI1.Pos", "XCBR1.Pos", "XSWI1.Pos", "Q0CSWI2.Pos"):
        instance = Instance(variable, "ST103/K1/E01/Q0", 2, 0)
        assert (value_words(instance), is_notable(instance)) == ("CLOSED", False)
