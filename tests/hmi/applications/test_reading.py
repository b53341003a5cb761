"""What the pages of applications are made of: tolerant reading, figures in words, ages, tables that sort."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication

from hmi.applications.figures import key_words, kilowatts, percent, value_words
from hmi.applications.sorted_table import Cell, Line, SortedModel
from hmi.applications.told import Told
from hmi.applications.turn import Turn, turns_from
from hmi.theme import LIGHT
from hmi.widgets.columns import Column

S = 1_000_000_000
NOW_NS = 1_700_000_000 * S


def test_what_is_missing_or_of_another_kind_is_nothing() -> None:
    told = Told({"a": 1.5, "b": True, "c": "x", "d": [1, "y"], "e": {"f": {"g": 2}}, "nan": float("nan")})
    assert (told.number("a"), told.number("b"), told.number("nan"), told.number("none")) == (1.5, None, None, None)
    assert (told.text("c"), told.text("a"), told.texts("d"), told.texts("c")) == ("x", "", ("y",), ())
    assert (told.numbers("d"), Told({"n": [1, 2.5]}).numbers("n")) == ((), (1.0, 2.5))
    assert (told.flag("b"), told.flag("a"), told.whole("a"), told.whole("b")) == (True, None, None, None)
    assert told.part("e").part("f").whole("g") == 2
    assert {name: each.whole("g") for name, each in told.named("e").items()} == {"f": 2}
    assert [bool(each) for each in told.parts("d")] == [False, False]
    assert set(told.rest(("a", "b", "c", "nan"))) == {"d", "e"}
    assert not Told([1])
    assert not Told()


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("saved_w", 12_345.0, "12.3 kW"),
        ("lowest_pu", 0.95, "0.9500 p.u."),
        ("voltage_v", 20_100.0, "20.10 kV"),
        ("made_ns", NOW_NS, "2023-11-14 22:13:20 UTC"),
        ("proven", True, "yes"),
        ("skill", 0.123456, "0.1235"),
        ("count", 12_345, "12,345"),
        ("brier", {"ours_share": 0.25, "baseline": None}, "ours 25 %, baseline -"),
        ("list", ["a", "b", "c", "d", "e", "f", "g", "h"], "a; b; c; d; e; f and 2 more"),
        ("empty", [], "-"),
    ],
)
def test_what_has_no_place_of_its_own_is_told_in_words(key: str, value: object, words: str) -> None:
    assert value_words(key, value) == words
    assert "_" not in key_words(key)


def test_probabilities_are_never_rounded_to_certainty() -> None:
    assert [percent(each) for each in (0.0, 0.0004, 0.05, 0.5, 0.9996, 1.0, None)] == [
        "0.0 %", "<0.1 %", "5.0 %", "50 %", ">99.9 %", "100 %", "-",
    ]  # fmt: skip
    assert kilowatts(-300.0, signed=True) == "-0.3 kW"


@pytest.mark.parametrize(
    ("turn", "words", "wrong"),
    [
        (Turn("off"), "", False),
        (Turn("advisory", period_s=60.0), "no decision yet", False),
        (Turn("advisory", 0, 0.0, 60.0, "no decision: x"), "NO DECISION YET: no decision: x", True),
        (
            Turn("advisory", NOW_NS - 8 * S, 0.0042, 60.0),
            "decided 22:13:12 UTC, 8 s ago; every 1 min; took 4 ms",
            False,
        ),
        (Turn("", NOW_NS - 29 * S, 1.0, 1.0), "decided 22:12:51 UTC, 29 s ago; every 1 s; took 1 s", False),
        (
            Turn("advisory", NOW_NS - 600 * S, 1.0, 60.0),
            "STALE: decided 10 min ago, expected every 1 min; see the event list",
            True,
        ),
        (
            Turn("advisory", NOW_NS - 5 * S, 1.0, 60.0, "defect"),
            "NO DECISION since 22:13:15.000 UTC (5 s): defect",
            True,
        ),
    ],
)
def test_how_an_application_goes_on_is_told_with_its_age(turn: Turn, words: str, wrong: bool) -> None:
    assert turn.words(NOW_NS) == (words, wrong)


def test_a_unit_that_tells_nothing_of_its_applications_is_read() -> None:
    assert turns_from(None) == {}
    assert turns_from({"opf": {"mode": 7, "evaluated_ns": "x"}, "vvc": 3}) == {"opf": Turn(), "vvc": Turn()}


def test_a_table_is_sorted_by_numbers_and_stays_so(qapp: QApplication) -> None:
    model = SortedModel((Column("Name", 5), Column("Value", 0)), LIGHT)
    model.replace([Line(name, (Cell(name), Cell(str(value), value))) for name, value in (("b", 9.0), ("a", 10.0))])
    assert [line.key for line in model.lines] == ["b", "a"]  # as told
    model.sort(1, Qt.SortOrder.DescendingOrder)
    assert [line.key for line in model.lines] == ["a", "b"]
    model.replace([Line("c", (Cell("c"), Cell("-"))), Line("d", (Cell("d"), Cell("11", 11.0)))])
    assert [line.key for line in model.lines] == ["c", "d"]  # what has no number stands apart
    model.sort(-1)
    assert [line.key for line in model.lines] == ["c", "d"]


def test_a_fill_keeps_its_text_readable(qapp: QApplication) -> None:
    model = SortedModel((Column("", 0),), LIGHT)
    model.replace([Line("a", (Cell("75 %", 0.75, "alarm_high"),)), Line("b", (Cell("x", tone="muted"),))])
    roles = Qt.ItemDataRole
    filled, plain = model.index(0, 0), model.index(1, 0)
    assert model.data(filled, roles.BackgroundRole).name() == LIGHT.alarm_high  # type: ignore[union-attr]
    assert model.data(filled, roles.ForegroundRole).name() == LIGHT.on_alarm  # type: ignore[union-attr]
    assert model.data(plain, roles.BackgroundRole) is None
