"""Controls against a device process: one service per command, its answer, its cause."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from models.command import Action, AddCause, CommandResult, Originator, OriginatorCategory, Outcome
from models.point import Dbpos, Value
from protocols.iec61850.client import MmsDriver

from .bench import DeviceProcess, Recorder, command, device, driver_of, running, until

ACCEPTED = CommandResult(Outcome.ACCEPTED)
Scenario = Callable[[DeviceProcess, MmsDriver, Recorder], Awaitable[None]]


def play(scenario: Scenario, **settings: float) -> None:
    async def whole() -> None:
        sink = Recorder()
        with device() as ied:
            driver = driver_of(ied.port, **settings)
            async with running(driver, sink):
                await scenario(ied, driver, sink)

    asyncio.run(whole())


def seen(ied: DeviceProcess) -> dict[str, Any]:
    """The last command on CSWI1."""
    return dict(json.loads(ied.tell(seen="IED1LD0/CSWI1.Pos")))


def causes(result: CommandResult) -> tuple[Outcome, AddCause]:
    return result.outcome, result.add_cause


SEQUENCES = [
    ("CSWI1.Pos", (Action.SELECT, Action.OPERATE), Dbpos.ON),
    ("CSWI1.Pos", (Action.SELECT, Action.OPERATE), Dbpos.OFF),
    ("CSWI2.Pos", (Action.OPERATE,), Dbpos.ON),
    ("CSWI3.Pos", (Action.SELECT, Action.OPERATE), Dbpos.ON),
    ("RREC1.BlkRec", (Action.OPERATE,), True),
]


@pytest.mark.parametrize(("variable", "actions", "value"), SEQUENCES)
def test_every_control_model_ends_in_the_confirmed_position(
    variable: str, actions: tuple[Action, ...], value: Value
) -> None:
    async def scenario(_: DeviceProcess, driver: MmsDriver, sink: Recorder) -> None:
        for action in actions:
            assert await driver.execute(command(variable, action, value)) == ACCEPTED
        await until(lambda: sink.of(variable)[-1].value == value, "confirmed by a report")
        assert isinstance(sink.of(variable)[-1].value, type(value))

    play(scenario)


def test_the_device_sees_who_commands_and_every_check_bit() -> None:
    async def scenario(ied: DeviceProcess, driver: MmsDriver, _: Recorder) -> None:
        ied.tell(check=["IED1LD0/CSWI1.Pos", None])
        assert await driver.execute(command("CSWI1.Pos", Action.SELECT, Dbpos.ON, number=300, test=True)) == ACCEPTED
        assert seen(ied) == {
            "value": True,
            "category": 2,
            "identity": "operator-1",
            "number": 300 % 256,
            "test": True,
            "interlock": True,
            "synchro": True,
        }
        unchecked = command("CSWI1.Pos", Action.SELECT, Dbpos.OFF, interlock_check=False, synchro_check=False)
        await driver.execute(unchecked)
        last = seen(ied)
        assert (last["value"], last["interlock"], last["synchro"]) == (False, False, False)

    play(scenario)


def test_refused_select_tells_the_add_cause() -> None:
    async def scenario(ied: DeviceProcess, driver: MmsDriver, _: Recorder) -> None:
        ied.tell(check=["IED1LD0/CSWI1.Pos", int(AddCause.BLOCKED_BY_INTERLOCKING)])
        result = await driver.execute(command("CSWI1.Pos", Action.SELECT, Dbpos.ON))
        assert causes(result) == (Outcome.REFUSED, AddCause.BLOCKED_BY_INTERLOCKING)
        assert result.reason == "SBOw refused: blocked-by-interlocking"

    play(scenario)


def test_operate_without_select_is_refused_by_the_device() -> None:
    async def scenario(_: DeviceProcess, driver: MmsDriver, sink: Recorder) -> None:
        for variable in ("CSWI1.Pos", "CSWI3.Pos"):
            result = await driver.execute(command(variable, Action.OPERATE, Dbpos.ON))
            assert causes(result) == (Outcome.REFUSED, AddCause.OBJECT_NOT_SELECTED)
        assert all(sample.value is Dbpos.INTERMEDIATE for sample in sink.of("CSWI1.Pos"))

    play(scenario)


OTHERS = [
    ("ctlVal", {"value": Dbpos.OFF}),
    ("ctlNum", {"number": 2}),
    ("origin", {"originator": Originator(OriginatorCategory.STATION_CONTROL, "somebody else")}),
    ("Test", {"test": True}),
    ("Check", {"interlock_check": False}),
]


@pytest.mark.parametrize(("member", "change"), OTHERS)
def test_nothing_is_operated_that_was_selected_otherwise(member: str, change: dict[str, Any]) -> None:
    async def scenario(ied: DeviceProcess, driver: MmsDriver, _: Recorder) -> None:
        ied.tell(check=["IED1LD0/CSWI1.Pos", None])
        chosen = command("CSWI1.Pos", Action.SELECT, Dbpos.ON)
        assert await driver.execute(chosen) == ACCEPTED
        ied.tell(forget="IED1LD0/CSWI1.Pos")
        result = await driver.execute(replace(chosen, action=Action.OPERATE, **change))
        assert causes(result) == (Outcome.REFUSED, AddCause.INCONSISTENT_PARAMETERS)
        assert result.reason.endswith(f"was selected with another {member}; nothing was sent")
        assert seen(ied) == {}

    play(scenario)


def test_the_time_of_the_select_stands_in_its_operate() -> None:
    async def scenario(ied: DeviceProcess, driver: MmsDriver, _: Recorder) -> None:
        chosen = command("CSWI1.Pos", Action.SELECT, Dbpos.ON)
        for action, later_ns in ((Action.SELECT, 0), (Action.OPERATE, 3_000_000_000)):
            wanted = replace(chosen, action=action, issued_ns=chosen.issued_ns + later_ns)
            assert await driver.execute(wanted) == ACCEPTED
        assert ied.tell(time="IED1LD0/CSWI1.Pos.Oper.T[CO]") == ied.tell(time="IED1LD0/CSWI1.Pos.SBOw.T[CO]")

    play(scenario)


def test_a_selection_that_the_device_has_let_go_is_not_operated() -> None:
    async def scenario(ied: DeviceProcess, driver: MmsDriver, _: Recorder) -> None:
        assert await driver.execute(command("CSWI4.Pos", Action.SELECT, Dbpos.ON)) == ACCEPTED
        await asyncio.sleep(0.06)  # its sboTimeout is 50 ms
        result = await driver.execute(command("CSWI4.Pos", Action.OPERATE, Dbpos.ON))
        assert causes(result) == (Outcome.REFUSED, AddCause.OBJECT_NOT_SELECTED)
        assert "has expired after 0.05 s (sboTimeout)" in result.reason

    play(scenario)


def test_a_termination_that_comes_late_or_twice_is_told_and_changes_nothing() -> None:
    async def scenario(ied: DeviceProcess, driver: MmsDriver, sink: Recorder) -> None:
        ied.tell(end=["IED1LD0/CSWI5.Pos", "never"])
        result = await driver.execute(command("CSWI5.Pos", Action.OPERATE, Dbpos.ON))
        assert causes(result) == (Outcome.UNKNOWN, AddCause.UNKNOWN)
        ied.tell(finish=["IED1LD0/CSWI5.Pos", None])
        await until(lambda: any("nobody waited for it" in notice for notice in sink.notices), "the late one is told")
        ied.tell(end=["IED1LD0/CSWI5.Pos", "twice"])
        assert await driver.execute(command("CSWI5.Pos", Action.OPERATE, Dbpos.ON, number=2)) == ACCEPTED
        await until(lambda: any("came twice" in notice for notice in sink.notices), "the second one is told")

    play(scenario, termination_timeout_s=0.2)


def test_a_termination_before_the_answer_counts() -> None:
    async def scenario(ied: DeviceProcess, driver: MmsDriver, _: Recorder) -> None:
        ied.tell(end=["IED1LD0/CSWI5.Pos", "early"])
        assert await driver.execute(command("CSWI5.Pos", Action.OPERATE, Dbpos.ON)) == ACCEPTED

    play(scenario, termination_timeout_s=0.5)


def test_cancel_releases_the_selection() -> None:
    async def scenario(_: DeviceProcess, driver: MmsDriver, __: Recorder) -> None:
        for action in (Action.SELECT, Action.CANCEL):
            assert await driver.execute(command("CSWI1.Pos", action, Dbpos.ON)) == ACCEPTED
        result = await driver.execute(command("CSWI1.Pos", Action.OPERATE, Dbpos.ON))
        assert causes(result) == (Outcome.REFUSED, AddCause.OBJECT_NOT_SELECTED)

    play(scenario)


def test_selected_by_another_client() -> None:
    async def scenario(ied: DeviceProcess, driver: MmsDriver, _: Recorder) -> None:
        other = driver_of(ied.port)
        async with running(other, Recorder()):
            for variable, cause in (("CSWI1.Pos", AddCause.OBJECT_ALREADY_SELECTED), ("CSWI3.Pos", AddCause.UNKNOWN)):
                assert await driver.execute(command(variable, Action.SELECT, Dbpos.ON)) == ACCEPTED
                result = await other.execute(command(variable, Action.SELECT, Dbpos.ON))
                assert causes(result) == (Outcome.REFUSED, cause)  # a refused read of SBO carries no cause

    play(scenario)


def test_negative_termination() -> None:
    async def scenario(ied: DeviceProcess, driver: MmsDriver, _: Recorder) -> None:
        ied.tell(end=["IED1LD0/CSWI1.Pos", int(AddCause.TIME_LIMIT_OVER)])
        assert await driver.execute(command("CSWI1.Pos", Action.SELECT, Dbpos.ON)) == ACCEPTED
        result = await driver.execute(command("CSWI1.Pos", Action.OPERATE, Dbpos.ON))
        assert causes(result) == (Outcome.FAILED, AddCause.TIME_LIMIT_OVER)  # it had begun
        assert result.reason == "terminated: time-limit-over"

    play(scenario)


def test_termination_that_never_comes_is_unknown() -> None:
    async def scenario(ied: DeviceProcess, driver: MmsDriver, _: Recorder) -> None:
        ied.tell(end=["IED1LD0/CSWI1.Pos", "never"])
        assert await driver.execute(command("CSWI1.Pos", Action.SELECT, Dbpos.ON)) == ACCEPTED
        result = await driver.execute(command("CSWI1.Pos", Action.OPERATE, Dbpos.ON))
        assert causes(result) == (Outcome.UNKNOWN, AddCause.UNKNOWN)
        assert "no CommandTermination" in result.reason
        again = await driver.execute(command("CSWI1.Pos", Action.SELECT, Dbpos.ON))
        assert causes(again) == (Outcome.REFUSED, AddCause.COMMAND_ALREADY_IN_EXECUTION)

    play(scenario, termination_timeout_s=0.2)


def test_device_dies_before_the_termination() -> None:
    async def whole() -> None:
        with device() as ied:
            driver = driver_of(ied.port, termination_timeout_s=30.0)
            async with running(driver, Recorder()):
                ied.tell(end=["IED1LD0/CSWI1.Pos", "never"])
                assert await driver.execute(command("CSWI1.Pos", Action.SELECT, Dbpos.ON, number=2)) == ACCEPTED
                operate = asyncio.create_task(driver.execute(command("CSWI1.Pos", Action.OPERATE, Dbpos.ON, number=2)))
                await until(lambda: seen(ied).get("number") == 2, "the device executes")
                ied.kill()
                result = await asyncio.wait_for(operate, 20)
            assert causes(result) == (Outcome.UNKNOWN, AddCause.UNKNOWN)
            assert "ended before the CommandTermination" in result.reason
            late = await driver.execute(command("CSWI1.Pos", Action.SELECT, Dbpos.ON))
            assert causes(late) == (Outcome.REFUSED, AddCause.UNKNOWN)
            assert late.reason == "the link IED1 is down; nothing was sent"

    asyncio.run(whole())


def test_frozen_device_leaves_the_outcome_unknown_and_the_loop_free() -> None:
    async def scenario(ied: DeviceProcess, driver: MmsDriver, _: Recorder) -> None:
        ied.freeze()
        began = time.monotonic()
        executing = asyncio.create_task(driver.execute(command("CSWI1.Pos", Action.SELECT, Dbpos.ON)))
        longest_s = 0.0
        while not executing.done():
            before = time.monotonic()
            await asyncio.wait({executing}, timeout=0.01)
            longest_s = max(longest_s, time.monotonic() - before)
        assert executing.result().outcome is Outcome.UNKNOWN
        assert longest_s < 0.6
        assert time.monotonic() - began < 4

    play(scenario, timeout_s=1.0, integrity_s=5.0)


IMPOSSIBLE = [
    ("CSWI2.Pos", Action.SELECT, Dbpos.ON, AddCause.NOT_SUPPORTED),
    ("CSWI1.Pos", Action.OPERATE, Dbpos.BAD, AddCause.INCONSISTENT_PARAMETERS),
    ("CSWI1.Pos", Action.OPERATE, 1, AddCause.INCONSISTENT_PARAMETERS),
    ("RREC1.BlkRec", Action.OPERATE, "on", AddCause.INCONSISTENT_PARAMETERS),
    ("XCBR1.EEHealth", Action.OPERATE, 1, AddCause.NOT_SUPPORTED),
]


@pytest.mark.parametrize(("variable", "action", "value", "cause"), IMPOSSIBLE)
def test_what_makes_no_sense_is_never_sent(variable: str, action: Action, value: Value, cause: AddCause) -> None:
    async def scenario(ied: DeviceProcess, driver: MmsDriver, _: Recorder) -> None:
        ied.tell(check=[f"IED1LD0/{variable}", None])
        result = await driver.execute(command(variable, action, value))
        assert causes(result) == (Outcome.REFUSED, cause)
        assert "nothing was sent" in result.reason

    play(scenario)
