"""Fixtures of the history's tests."""

from __future__ import annotations

import pytest

from substation.history import writer


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed write is tried again soon; measurands go along with the next group."""
    monkeypatch.setattr(writer, "MEASURANDS_S", 0.0)
    monkeypatch.setattr(writer, "RETRY_S", 0.02)
