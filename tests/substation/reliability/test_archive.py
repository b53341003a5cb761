"""Interruptions on the disk: read back as they were, changed in place, found by period."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from models.errors import StorageError
from substation.control.database import Database
from substation.reliability.archive import InterruptionArchive
from substation.reliability.document import from_plain, to_plain
from substation.reliability.indices import Period
from substation.reliability.interruption import Cause, Interruption, LoadOutage, Span

LASTING = Interruption(
    "I2", 500, Cause.UNKNOWN, "OBR1/K1/E03", "C1", "seen", (LoadOutage("B", 5, 2, 1.5, (Span(500, None, 7, 600),)),)
)
OVER = Interruption(
    "I1", 100, Cause.FAULT, "", "", "", (LoadOutage("A", 5, 0, 1.0, (Span(100, 200), Span(300, 400))),), "Ada"
)


def test_what_is_kept_is_read_back(tmp_path: Path) -> None:
    async def story() -> None:
        database = await Database.open(tmp_path / "control.sqlite")
        archive = await InterruptionArchive.open(database)
        assert await archive.closed() is None
        await archive.keep([LASTING, OVER], {"Q2", "Q1"})
        await archive.keep([LASTING])
        await database.close()
        database = await Database.open(tmp_path / "control.sqlite")
        archive = await InterruptionArchive.open(database)
        assert await archive.within(Period(0, 1000)) == (OVER, LASTING)
        assert await archive.within(Period(450, 501)) == (LASTING,)
        assert await archive.within(Period(700, 800)) == (LASTING,)
        assert await archive.within(Period(401, 500)) == ()
        assert await archive.closed() == {"Q1", "Q2"}
        assert await archive.get("I1") == OVER
        assert await archive.get("I9") is None
        await database.close()

    asyncio.run(story())


def test_what_is_damaged_is_refused() -> None:
    assert from_plain(to_plain(LASTING)) == LASTING
    with pytest.raises(StorageError, match="cannot be read"):
        from_plain({**to_plain(OVER), "cause": "witchcraft"})
