"""The programme of `tests.protocols.iec104.crash` in a size for every day."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from protocols.iec104.application.asdu import Asdu, Observation
from tests.protocols.iec104.crash import Books, LostError, crash
from tests.protocols.iec104.crash_child import STATION, update


def test_no_durable_event_is_lost_when_the_outstation_is_killed(tmp_path: Path) -> None:
    assert "none lost" in asyncio.run(crash(4, 7, tmp_path))


def test_the_books_notice_a_gap_and_a_difference() -> None:
    books = Books()
    observation = [Observation(*update(number)[1:]) for number in range(4)]  # type: ignore[arg-type]
    books.enter(Asdu(30, 3, STATION, tuple(observation[:2])))
    with pytest.raises(LostError, match="1 are lost"):
        books.enter(Asdu(30, 3, STATION, (observation[3],)))
    with pytest.raises(LostError, match="came as"):
        books.enter(Asdu(30, 3, STATION, (observation[1]._replace(quality=1),)))
