"""The supervisor of a front end: real children before real outstations, killed, stopped, interrupted by strangers."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from models.alarm import Category
from models.command import Action, CommandResult, Outcome
from models.point import Cdc, Dbpos
from protocols.iec104.controlled_station.commands.control import CommandRequest
from protocols.iec104.server import Confirm
from substation.field import connection, front_end
from substation.history import writer
from tests.substation.field.bench import FLAG, POSITION, POWER, Bench, Rtu, field, until, watched
from tests.substation.history.disk import LARGE, line
from tests.substation.history.places import PageLimit


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that has ended is started again soon."""
    monkeypatch.setattr(front_end, "LONGEST_PAUSE_S", 0.1)


def kill(bench: Bench, number: int, what: signal.Signals) -> int:
    process_id = bench.front_ends[number].process_id
    assert process_id is not None
    os.kill(process_id, what)
    return process_id


def test_the_first_picture_is_complete_when_a_link_is_up(tmp_path: Path) -> None:
    async def main() -> None:
        one, two = Rtu(1), Rtu(2)
        async with field(tmp_path, [one, two]) as bench:
            for rtu in (one, two):
                assert [bench.value(rtu, number) for number in (POSITION, POWER, FLAG)] == [Dbpos.ON, 1000.0, False]
            one.tell(True)
            await until(lambda: bench.value(one, FLAG) is True)
            assert bench.value(two, FLAG) is False
            texts = [(event.location, event.text) for event in bench.lines()]
            assert ("ST1/K1/E01", "SFPI1: short circuit passed, forward") in texts
            assert [text for _, text in texts].count("link is up, complete picture received") == 2

    asyncio.run(main())


def test_kill_9_turns_points_invalid_and_loses_no_event(tmp_path: Path) -> None:
    """Again and again in the midst of a burst: every event that the device told is in history, in its order."""

    async def main() -> None:
        struck, other = Rtu(1), Rtu(2)
        async with field(tmp_path, [struck], [other]) as bench:
            with watched(bench, other) as others_states:
                for _ in range(3):
                    for number in range(200):
                        struck.tell(number % 2 == 0)
                    await until(lambda: bench.stored(struck, FLAG, Cdc.SPS))
                    kill(bench, 0, signal.SIGKILL)
                    await until(lambda: not bench.is_up(struck))
                    assert bench.is_stale(struck)
                    assert bench.value(other, POSITION) is Dbpos.ON
                    struck.tell(True)  # while nobody listens
                    struck.tell(False)
                    await until(lambda: bench.is_up(struck))
                    assert bench.value(struck, POSITION) is Dbpos.ON
                await until(lambda: struck.outstation.unacknowledged() == 0)
            assert others_states == []
            stored = bench.stored(struck, FLAG, Cdc.SPS)
            assert list(dict.fromkeys(stored)) == struck.told  # some twice, none missing, none out of order
            lost = [event.text for event in bench.lines() if event.category is Category.LINK and "lost" in event.text]
            assert lost == ["link lost: front end iec104 is away: the process was ended by SIGKILL"] * 3

    asyncio.run(main())


def test_a_child_that_hangs_is_taken_for_dead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "SILENCE_S", 2.0)
    monkeypatch.setattr(front_end, "END_S", 0.1)

    async def main() -> None:
        rtu = Rtu(1)
        async with field(tmp_path, [rtu]) as bench:
            stopped = kill(bench, 0, signal.SIGSTOP)
            pending = asyncio.create_task(bench.command(rtu, Dbpos.OFF))
            await until(lambda: not bench.is_up(rtu))
            assert bench.is_stale(rtu)
            assert (await pending).outcome is Outcome.UNKNOWN
            rtu.tell(True)
            await until(lambda: bench.is_up(rtu))
            assert bench.front_ends[0].process_id != stopped
            with pytest.raises(ProcessLookupError):
                os.kill(stopped, 0)
            assert bench.value(rtu, FLAG) is True
            assert any("silent for 2 s" in event.text for event in bench.lines())

    asyncio.run(main())


def test_commands_go_out_or_are_refused_while_it_is_away(tmp_path: Path) -> None:
    seen: list[Action] = []
    asked = asyncio.Event()

    async def handler(request: CommandRequest, confirm: Confirm) -> None:
        seen.append(request.action)
        if request.value is Dbpos.ON:
            asked.set()
            await asyncio.get_running_loop().create_future()  # no answer
        confirm(CommandResult(Outcome.ACCEPTED))
        if request.action is Action.OPERATE:
            rtu.tell(Dbpos.OFF)

    rtu = Rtu(1, handler)

    async def main() -> None:
        async with field(tmp_path, [rtu]) as bench:
            assert (await bench.command(rtu, Dbpos.OFF, Action.SELECT)).accepted
            assert (await bench.command(rtu, Dbpos.OFF, Action.OPERATE)).accepted
            await until(lambda: bench.value(rtu, POSITION) is Dbpos.OFF)
            selecting = asyncio.create_task(bench.command(rtu, Dbpos.ON, Action.SELECT, number=2))
            await asked.wait()
            again = await bench.command(rtu, Dbpos.ON, Action.SELECT, number=2)
            assert (again.outcome, again.reason) == (Outcome.REFUSED, "command 2 is under way already")
            kill(bench, 0, signal.SIGKILL)
            result = await selecting
            assert (result.outcome, result.reason) == (Outcome.UNKNOWN, "the front end went away before it answered")
            await until(lambda: not bench.is_up(rtu))
            result = await bench.command(rtu, Dbpos.OFF)
            assert (result.outcome, result.reason) == (Outcome.REFUSED, "front end iec104 is away; nothing was sent")
            assert seen == [Action.SELECT, Action.OPERATE, Action.SELECT]

    asyncio.run(main())


def test_strangers_on_the_socket_are_turned_away(tmp_path: Path) -> None:
    """Garbage, silence, a false hello: the child and its points are not touched."""

    async def main() -> None:
        rtu = Rtu(1)
        async with field(tmp_path, [rtu]) as bench:
            path = str(bench.directories[0] / "front-end-iec104.sock")
            writers = []
            for garbage in (b"", b"\xff" * 1000, b"\x00\x00\x00\x01\x80"):
                _, writer = await asyncio.open_unix_connection(path)
                writer.write(garbage)
                writers.append(writer)
            rtu.tell(True)
            await until(lambda: bench.value(rtu, FLAG) is True)
            assert bench.is_up(rtu)
            for writer in writers:
                writer.close()

    asyncio.run(main())


def test_a_full_disk_leaves_events_with_the_device_and_control_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "RETRY_S", 0.05)

    async def handler(request: CommandRequest, confirm: Confirm) -> None:
        confirm(CommandResult(Outcome.ACCEPTED))
        if request.action is Action.OPERATE:
            rtu.tell(Dbpos.OFF)

    rtu = Rtu(1, handler)

    async def main() -> None:
        alarms: list[str] = []
        async with field(tmp_path, [rtu]) as bench:
            bench.history.on_failure = alarms.append
            await until(lambda: rtu.outstation.unacknowledged() == 0)
            disk = PageLimit(bench.history)
            disk.full()
            bench.events.record(line(LARGE))
            await until(lambda: alarms)
            for number in range(50):
                rtu.tell(number % 2 == 0)
            await until(lambda: (bench.value(rtu, FLAG), len(bench.lines())) >= (False, 50))
            for action in (Action.SELECT, Action.OPERATE):
                assert (await bench.command(rtu, Dbpos.OFF, action)).accepted
            await until(lambda: bench.value(rtu, POSITION) is Dbpos.OFF)
            assert rtu.outstation.unacknowledged() >= 51
            assert len(alarms) == 1
            disk.free()
            await until(lambda: rtu.outstation.unacknowledged() == 0)
            assert alarms[1:] == [""]
            told = [each for each in rtu.told if isinstance(each[0], bool)]
            assert bench.stored(rtu, FLAG, Cdc.SPS) == told
            assert bench.is_up(rtu)

    asyncio.run(main())
