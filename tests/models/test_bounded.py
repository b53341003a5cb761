"""Bounded numbers on the command line."""

from __future__ import annotations

import argparse

import pytest

from models.bounded import bounded_number


def test_numbers_inside_are_read() -> None:
    assert [bounded_number(0.01, 1000.0)(text) for text in ("0.01", "10", "1e3")] == [0.01, 10.0, 1000.0]


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "1e9", "abc", ""])
def test_others_are_usage_errors(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=r"from 0\.01 to 1000 is expected"):
        bounded_number(0.01, 1000.0)(text)
