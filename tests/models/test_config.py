"""Strict TOML: types as asked for, nothing unasked, and the line of whatever is wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from models.config import Table, read_toml
from models.errors import ConfigError

TEXT = """\
# a comment with name = "x"
schema = 1
title = "it"

[unit]
name = "OBR"      # [unit] again
number = 5
share = 0.5
on = true
"quoted key" = 1
list = [1, 2]
inner = {deep = 3}

[unit.below]
name = "below"

[[line]]
name = "first"
[[line]]
name = "second"
length = 7

[ "odd.name" ]
x = 1
"""


def root() -> Table:
    return read_toml(TEXT, "u.toml")


def test_values_have_the_type_that_is_asked_for() -> None:
    unit = root().table("unit")
    assert unit.take("name", str) == "OBR"
    assert unit.take("number", int) == 5
    number = unit.take("number", float)
    assert (number, type(number)) == (5.0, float)
    assert unit.take("on", bool) is True
    assert unit.take_list("list", float) == [1.0, 2.0]
    assert unit.take("missing", int, 3) == 3
    assert unit.optional("missing", int) is None
    assert unit.take_list("missing", str, ["a"]) == ["a"]
    assert unit.table("missing").optional("x", int) is None
    assert root().tables("missing") == []
    assert [table.take("name", str) for table in root().tables("line")] == ["first", "second"]
    assert set(unit) >= {"name", "number"}
    assert "name" in unit


@pytest.mark.parametrize(
    ("act", "line", "problem", "remedy"),
    [
        (lambda r: r.table("unit").take("number", str), 7, "'unit.number' is 5", "write a text"),
        (lambda r: r.table("unit").take("on", int), 9, "'unit.on' is True", "write a whole number"),
        (lambda r: r.table("unit").take("share", int), 8, "'unit.share' is 0.5", "write a whole number"),
        (lambda r: r.table("unit").take("quoted key", str), 10, "'unit.quoted key' is 1", "write a text"),
        (lambda r: r.table("unit").take("gone", str), 5, "'unit.gone' is missing", "add it as a text"),
        (lambda r: r.take("gone", str), 1, "'gone' is missing", "add it as a text"),
        (lambda r: r.take("title", int), 3, "'title' is 'it'", "write a whole number"),
        (lambda r: r.table("title"), 3, "'title' is not a table", "write [title]"),
        (lambda r: r.tables("unit"), 5, "'unit' is not an array of tables", "write [[unit]]"),
        (lambda r: r.table("unit").take_list("name", str), 6, "'unit.name' is not a list", "write [..] of a text"),
        (lambda r: r.table("unit").take_list("list", str), 11, "an element of another type", "each is a text"),
        (lambda r: r.table("unit").table("below").take("name", int), 15, "'unit.below.name' is 'below'", "whole"),
        (lambda r: r.tables("line")[1].take("length", str), 21, "'line.length' is 7", "write a text"),
        (lambda r: r.tables("line")[0].take("length", int), 17, "'line.length' is missing", "add it"),
        (lambda r: r.tables("line")[1].take("name", int), 20, "'line.name' is 'second'", "write a whole"),
        (lambda r: r.table("unit").table("inner").done(), 12, "unknown key 'unit.inner.deep'", "known keys here: none"),
        (lambda r: r.done(), 3, "unknown key 'title'", "known keys here: schema"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(
    act: Callable[[Table], object], line: int, problem: str, remedy: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        act(root())
    assert str(caught.value).startswith(f"u.toml:{line}: ")
    assert problem in str(caught.value)
    assert remedy in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_nobody_asked_for_is_unknown() -> None:
    table = root()
    table.take("title", str)
    unit = table.table("unit")
    with pytest.raises(ConfigError, match=r"u.toml:17: unknown key 'line'; known keys here: schema, title, unit"):
        table.done()
    unit.take("name", str)
    with pytest.raises(ConfigError, match=r"u.toml:7: unknown key 'unit.number'; known keys here: name"):
        unit.done()
    assert table.line_of("odd.name") == 23
    assert root().table("odd.name").line_of("x") == 24


def test_defaults_do_not_hide_a_wrong_type() -> None:
    with pytest.raises(ConfigError, match="'unit.name' is 'OBR'; write a number"):
        root().table("unit").take("name", float, 1.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("schema = 1\nname = ", "u.toml:2: not TOML"),
        ("schema = 1\nname = 1\nname = 2\n", "u.toml:3: not TOML: Cannot overwrite a value"),
        ("", "u.toml:1: 'schema' is missing; add it as a whole number"),
        ("\nschema = 2\n", "u.toml:2: unknown schema; this version reads schema = 1"),
        ("schema = true\n", "u.toml:1: 'schema' is True; write a whole number"),
    ],
)
def test_what_is_no_configuration(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_toml(text, "u.toml")
    assert str(caught.value).startswith(message)
