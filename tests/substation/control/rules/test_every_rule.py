"""Every rule of SAFETY.md has a property test that bears its number; one that loses it is missed here."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parents[3]
RULES = range(1, 25)
_NUMBERED = re.compile(r"^def test_s\d", re.MULTILINE)


def _properties() -> Iterator[str]:
    """Names of the tests that are given their examples."""
    for file in TESTS.rglob("test_*.py"):
        text = file.read_text(encoding="utf-8")
        for node in ast.parse(text).body if _NUMBERED.search(text) else ():
            if isinstance(node, ast.FunctionDef) and any("given" in ast.dump(each) for each in node.decorator_list):
                yield node.name


def test_each_rule_has_a_property_test_with_its_number() -> None:
    numbers = {name.split("_")[1] for name in _properties() if name.startswith("test_s")}
    proved = {int(number[1:]) for number in numbers if number[1:].isdecimal()}
    assert sorted(set(RULES) - proved) == []
