"""Fixtures of the unit's tests."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import TemporaryDirectory

import pytest


@pytest.fixture
def short() -> Iterator[str]:
    """A folder whose name leaves room in the 107 bytes of a socket's path, unlike those that are named after tests."""
    with TemporaryDirectory(prefix="rm-") as folder:
        yield folder
