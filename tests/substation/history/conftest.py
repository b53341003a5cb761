"""Fixtures of the history's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from substation.history import measurands, writer
from tests.substation.history.places import KEY, File, Place, Schema
from tests.substation.history.postgres import Server, binaries


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed write is tried again soon; measurands go along with the next group."""
    monkeypatch.setattr(measurands, "SOON_S", 1e-6)
    monkeypatch.setattr(measurands, "LATER_S", 1e-6)
    monkeypatch.setattr(writer, "RETRY_S", 0.02)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One PostgreSQL for all tests; none of them kills it."""
    if binaries() is None:
        pytest.skip("PostgreSQL is not installed (build-aux/postgresql says how)")
    server = Server("fsync=off", "max_connections=60")
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "sqlcipher", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Every engine in turn."""
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("server")
        return Schema(server.url)
    return File(tmp_path / "h", KEY if request.param == "sqlcipher" else None)
