"""The journal of the gate: on disk before the wire, and what a crash leaves there (S21, S22)."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from models.command import Action, Command
from models.point import Dbpos
from substation.control.request import Ending
from tests.substation.control.bench import FDIR, PERSON, Bench
from tests.substation.control.commanding import SWITCH, opens, run
from tests.substation.control.world import pos


def rows(directory: Path) -> list[tuple[int, str, str | None]]:
    connection = sqlite3.connect(directory / "control.sqlite")
    try:
        return connection.execute("SELECT number, action, ending FROM intents ORDER BY id").fetchall()
    finally:
        connection.close()


def test_s21_the_intent_is_on_disk_before_the_wire(tmp_path: Path) -> None:
    """Looked at by another connection at the very moment when the device gets the command."""
    seen: list[tuple[int, str, str | None]] = []

    async def work(made: Bench) -> None:
        def look(command: Command) -> None:
            seen.append(rows(tmp_path)[-1])
            assert seen[-1][:2] == (command.number, command.action.value)

        made.field.before = look
        await made.gate.execute(opens())

    run(tmp_path, work)
    assert [ending for _, _, ending in seen] == [None, None]
    assert [ending for _, _, ending in rows(tmp_path)] == ["accepted", "confirmed"]


def test_s21_a_full_disk_lets_no_command_out(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        pages = await made.database.run(lambda connection: connection.exec_driver_sql("PRAGMA page_count").scalar_one())
        await made.database.run(lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count={pages}").close())
        for confirmed in range(200):
            result = await made.gate.execute(replace(opens(), why="x" * 3000))
            if result.ending is Ending.REFUSED:
                assert "cannot be journalled" in result.reason or result.rules == ("S22",)
                assert len(made.field.operated()) == confirmed
                return
            made.field.move(pos(SWITCH), Dbpos.ON)
        pytest.fail("the disk never got full")

    run(tmp_path, work)


@pytest.mark.parametrize("service", [Action.SELECT, Action.OPERATE])
def test_s22_a_crash_with_a_command_on_the_wire_blocks_until_released(tmp_path: Path, service: Action) -> None:
    async def killed(made: Bench) -> None:
        def die(command: Command) -> None:
            if command.action is service:
                raise KeyboardInterrupt  # nothing after this runs, as with kill -9

        made.field.before = die
        await made.gate.execute(opens())

    async def after_restart(made: Bench) -> None:
        assert len(made.journal.open_intents) == 1
        for who in (PERSON, FDIR):
            assert "S22" in (await made.gate.execute(opens(who=who))).rules
        assert made.field.commands == []
        await made.gate.release((made.journal.open_intents[0].number,), PERSON)
        assert made.journal.open_intents == ()
        assert (await made.gate.execute(opens())).confirmed

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, killed)
    run(tmp_path, after_restart)
    run(tmp_path, _nothing_is_open)


async def _nothing_is_open(made: Bench) -> None:
    assert made.journal.open_intents == ()
    assert made.journal.unresolved == ()


def test_s22_a_command_given_up_blocks_in_the_same_run(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        made.field.hold = asyncio.Event()
        running = asyncio.ensure_future(made.gate.execute(opens()))
        while not made.field.commands:
            await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        made.field.hold.set()
        result = await made.gate.execute(opens("ST3/K1/E01/Q0"))
        assert result.rules == ("S22",)

    run(tmp_path, work)
