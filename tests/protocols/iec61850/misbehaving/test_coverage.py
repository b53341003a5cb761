"""The table of cases names tests that exist, and leaves no fault out."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from .coverage import FAULTS, GROUPS

TESTS = Path(__file__).parents[3]
WANTED = {*range(1, 18), *range(20, 23), *range(27, 31)}


@cache
def names_in(file: str) -> frozenset[str]:
    path = TESTS / f"{file}.py"
    assert path.is_file(), f"{file}.py is not there"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(each.name for each in tree.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))


def test_every_case_is_shown_by_a_test_that_exists() -> None:
    named = [(case, each) for group in GROUPS.values() for case, tests in group.items() for each in tests]
    assert len(named) > 60
    for case, each in named:
        file, _, name = each.partition("::")
        assert name in names_in(file), f"{case}: {each} is not there"
    assert all(tests for group in GROUPS.values() for tests in group.values())


def test_every_fault_is_in_the_table() -> None:
    assert {int(case.partition(" ")[0]) for case in FAULTS} == WANTED
