"""A unit whose file of tags, orders and commands has gone: at its start, and while it runs (SAFETY S17, S21)."""

from __future__ import annotations

import asyncio
from pathlib import Path

from models.policy import Policy
from models.wire.messages import Code
from substation.history.settings import CONTROL_FILE
from substation.lost_control import FORGOTTEN
from substation.unit import Unit
from tests.substation.test_unit_data import client, substation


def _told(unit: Unit) -> int:
    return sum(event.text == FORGOTTEN for _, event in unit.parts.events.newest)


def test_a_start_without_the_control_file_of_before_is_an_alarm(tmp_path: Path) -> None:
    async def main() -> None:
        async with substation(tmp_path) as unit:
            assert _told(unit) == 0
            file = unit.parts.config.data / CONTROL_FILE
        file.unlink()
        async with substation(tmp_path) as unit:
            assert _told(unit) == 1
        async with substation(tmp_path) as unit:
            assert _told(unit) == 1  # of the last start, from history

    asyncio.run(main())


def test_who_writes_what_cannot_be_kept_is_told_which_file_has_gone(tmp_path: Path) -> None:
    async def main() -> None:
        async with substation(tmp_path) as unit, client(unit, "C017") as customer:
            file = unit.parts.config.data / CONTROL_FILE
            aside = file.rename(tmp_path / "aside")
            answer = await customer.write("DemandTarget", "CMU017", 2000, policy=Policy())
            assert answer.code is Code.FAILED
            assert "restart the unit" in answer.text
            aside.rename(file)

    asyncio.run(main())
