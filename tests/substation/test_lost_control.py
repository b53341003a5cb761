"""A unit whose file of tags, orders and commands has gone: at its start, and while it runs (SAFETY S17, S21)."""

from __future__ import annotations

import asyncio
from pathlib import Path

from models.policy import Policy
from models.wire.messages import Code
from protocols.exchange.client import Client
from substation.history.settings import CONTROL_FILE
from substation.lost_control import FORGOTTEN, has_lost_control_file
from substation.unit import Unit
from tests.substation.test_unit_data import client, enrol, substation
from tests.substation.unit_bench import Running, running


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


def test_s22_after_the_loss_nothing_is_commanded_until_a_person_says_so(tmp_path: Path) -> None:
    """Also not after another restart, nor after a kill between the alarm and what holds the commands."""

    async def tried(bench: Running, operator: Client) -> str:
        switch = next(each.id for each in bench.site.network.switches if not each.normally_open)
        selected = await operator.write("CSWI1.Pos.SBOw", switch, 1)
        return "" if selected.code is Code.OK else selected.text

    async def main() -> None:
        async with running(tmp_path) as bench:
            enrol(bench.unit)
            file = bench.unit.parts.config.data / CONTROL_FILE
            async with client(bench.unit, "Olga") as operator:
                assert "S22" not in await tried(bench, operator)
        file.unlink()
        assert has_lost_control_file(file.parent)
        file.touch()
        async with running(tmp_path) as bench, client(bench.unit, "Olga") as operator:
            refused = await tried(bench, operator)
            assert "S22: the outcome of commands before control.sqlite was lost (number 1) was never" in refused
        async with running(tmp_path) as bench, client(bench.unit, "Olga") as operator:
            assert bench.station.view().open_intents == (1,)
            assert (await operator.write("Commands.Release", bench.unit.parts.config.name, [1])).code is Code.OK
            assert "S22" not in await tried(bench, operator)

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
