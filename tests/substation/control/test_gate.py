"""The gate over a field that misbehaves: two steps, journal first, one command per bay, confirmed positions (S21)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from models.command import Action, AddCause, Command
from models.point import Dbpos, PointName
from substation.control.request import Ending, GateResult, Request
from substation.tags import Tag, TagKind
from tests.substation.control.bench import FDIR, OTHER, PATIENT, PERSON, TIMERS, Bench, Device
from tests.substation.control.commanding import SWITCH, actions, closes, opens, run
from tests.substation.control.world import CB1, CB2, F1, TIE, isolated, pos


def test_select_operate_confirmed(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        selected = await made.gate.select(opens())
        assert selected.ending is Ending.ACCEPTED
        result = await made.gate.operate(opens())
        assert result.confirmed
        assert result.reason == "position confirmed"
        assert actions(made) == [Action.SELECT, Action.OPERATE]
        first, second = made.field.commands
        assert first.number == second.number == result.number > 0
        assert "Ada: open ST1/K1/E02/Q0 confirmed" in made.texts()

    run(tmp_path, work)


def test_direct_control_is_not_selected_at_the_device(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        block = Request(PointName(F1, "RREC1.BlkRec"), True, PERSON)
        assert (await made.gate.select(block)).ending is Ending.ACCEPTED
        assert actions(made) == []
        assert (await made.gate.operate(block)).confirmed
        assert actions(made) == [Action.OPERATE]

    run(tmp_path, work)


def test_a_selection_expires(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        await made.gate.select(opens())
        await asyncio.sleep(TIMERS.select_timeout_s * 1.5)
        result = await made.gate.operate(opens())
        assert result.add_cause is AddCause.OBJECT_NOT_SELECTED
        assert actions(made) == [Action.SELECT]
        assert (await made.gate.select(opens(who=OTHER))).ending is Ending.ACCEPTED

    run(tmp_path, work)


def test_a_selection_belongs_to_one_person_and_one_value(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        await made.gate.select(opens())
        assert (await made.gate.operate(opens(who=OTHER))).add_cause is AddCause.LOCKED_BY_OTHER_CLIENT
        assert (await made.gate.select(opens(who=OTHER))).add_cause is AddCause.COMMAND_ALREADY_IN_EXECUTION
        assert (await made.gate.operate(closes(SWITCH))).add_cause is AddCause.INCONSISTENT_PARAMETERS
        assert (await made.gate.cancel(opens(who=OTHER))).add_cause is AddCause.LOCKED_BY_OTHER_CLIENT
        assert (await made.gate.cancel(opens())).ending is Ending.ACCEPTED
        assert actions(made) == [Action.SELECT, Action.CANCEL]
        assert (await made.gate.operate(opens())).add_cause is AddCause.OBJECT_NOT_SELECTED

    run(tmp_path, work)


def test_permission_is_judged_again_at_execute(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        await made.gate.select(opens())
        await made.tags.place(TagKind.DO_NOT_OPERATE, [SWITCH], "Bo", 1)
        result = await made.gate.operate(opens())
        assert result.ending is Ending.REFUSED
        assert result.rules == ("S17",)
        assert actions(made) == [Action.SELECT]

    run(tmp_path, work)


def test_a_refused_command_sends_and_journals_nothing(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        result = await made.gate.execute(closes(TIE))
        assert result.rules == ("S8",)
        assert made.field.commands == []
        assert result.number == 0

    run(tmp_path, work)


@pytest.mark.parametrize(
    ("device", "ending"),
    [
        (Device.GOOD, Ending.CONFIRMED),
        (Device.SLOW, Ending.CONFIRMED),
        (Device.MOVES_SILENTLY, Ending.CONFIRMED),
        (Device.REFUSES_SELECT, Ending.REFUSED),
        (Device.REFUSES, Ending.REFUSED),
        (Device.STAYS, Ending.FAILED),
        (Device.WRONG, Ending.FAILED),
        (Device.SILENT, Ending.UNKNOWN),
    ],
)
def test_s21_success_is_the_confirmed_position(tmp_path: Path, device: Device, ending: Ending) -> None:
    async def work(made: Bench) -> None:
        made.field.devices[pos(SWITCH)] = device
        result = await made.gate.execute(opens())
        assert result.ending is ending
        assert bool(made.journal.unresolved) == (ending in (Ending.FAILED, Ending.UNKNOWN))
        assert made.journal.open_intents == ()

    run(tmp_path, work)


def test_s21_a_sample_of_before_the_command_confirms_nothing(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        made.field.devices[pos(SWITCH)] = Device.STAYS
        handle = made.field.image.register.handle(pos(SWITCH))
        made.field.world.qualities[pos(SWITCH)] = 1  # invalid: not known to be there already
        made.field.world.values[pos(SWITCH)] = Dbpos.OFF
        made.field.publish()
        result = await made.gate.execute(opens())
        assert handle is not None
        assert result.ending is Ending.FAILED
        assert "did not move" in result.reason

    run(tmp_path, work)


@pytest.mark.parametrize("device", [Device.SILENT, Device.STAYS, Device.LOST])
def test_s21_automation_never_repeats_an_unknown_outcome(tmp_path: Path, device: Device) -> None:
    async def first(made: Bench) -> None:
        made.field.devices[pos(SWITCH)] = Device.GOOD if device is Device.LOST else device
        if device is Device.LOST:
            made.field.devices[pos(SWITCH)] = Device.SILENT
        assert not (await made.gate.execute(opens(who=FDIR))).confirmed
        made.field.devices.clear()
        again = await made.gate.execute(opens(who=FDIR))
        assert again.rules == ("S21",)

    async def after_restart(made: Bench) -> None:
        assert (await made.gate.execute(opens(who=FDIR))).rules == ("S21",)
        assert made.field.commands == []
        (unresolved,) = made.journal.unresolved
        await made.gate.release((unresolved.number,), PERSON)
        assert (await made.gate.execute(opens(who=FDIR))).confirmed

    run(tmp_path, first)
    run(tmp_path, after_restart)


def test_a_lost_link_at_select_moves_nothing_and_is_unknown(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        made.field.devices[pos(SWITCH)] = Device.LOST
        result = await made.gate.execute(opens())
        assert result.ending is Ending.UNKNOWN
        assert result.add_cause is AddCause.ABORTION_BY_COMMUNICATION_LOSS
        assert actions(made) == [Action.SELECT]

    run(tmp_path, work)


def test_s19_one_command_in_flight_per_bay(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        made.field.hold = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            running = group.create_task(made.gate.execute(opens()))
            while not made.field.commands:
                await asyncio.sleep(0)
            second = await made.gate.execute(opens(who=OTHER))
            elsewhere = group.create_task(made.gate.execute(opens("ST3/K1/E01/Q0", OTHER)))
            made.field.hold.set()
        assert second.add_cause is AddCause.COMMAND_ALREADY_IN_EXECUTION
        assert "Ada" in second.reason
        assert running.result().confirmed
        assert elsewhere.result().confirmed

    run(tmp_path, work, timers=PATIENT)


def test_what_is_reached_already_is_not_commanded(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        opened = await made.gate.execute(opens(TIE))
        assert opened.confirmed
        assert not opened.moved
        assert made.texts() == f"Ada: open {TIE} confirmed: already in this position (test)"
        assert (await made.gate.execute(replace(opens(TIE), order="FDIR-1"))).confirmed
        assert len(made.events) == 1  # the order's own step tells it
        assert (await made.gate.execute(closes(CB2))).add_cause is AddCause.POSITION_REACHED
        assert (await made.gate.select(opens(TIE))).add_cause is AddCause.POSITION_REACHED
        assert made.field.commands == []

    run(tmp_path, work)


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (Request(PointName("ST9/K1/E01/Q0", "CSWI1.Pos"), Dbpos.OFF, PERSON), "no device has"),
        (Request(PointName(f"{F1}/Q8", "CSWI3.Pos"), Dbpos.ON, PERSON), "no remote control"),
        (Request(pos(CB1), True, PERSON), "(DPC) takes open or close, not True"),
        (Request(PointName(F1, "RREC1.BlkRec"), Dbpos.OFF, PERSON), "(SPC) takes true or false, not 1"),
    ],
)
def test_what_cannot_be_commanded_is_refused_in_words(tmp_path: Path, request_: Request, words: str) -> None:
    async def work(made: Bench) -> None:
        result = await made.gate.execute(request_)
        assert result.ending is Ending.REFUSED
        assert words in result.reason

    run(tmp_path, work)


def test_long_and_foreign_identities_do_not_reach_the_device(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        who = replace(PERSON, identity="Ödegård " * 9)
        await made.gate.execute(opens(who=who))
        identity = made.field.commands[0].originator.identity
        assert len(identity) == 24
        assert identity.isascii()

    run(tmp_path, work)


def test_numbers_go_on_after_a_restart(tmp_path: Path) -> None:
    numbers: list[int] = []

    async def work(made: Bench) -> None:
        numbers.append((await made.gate.execute(opens())).number)

    for _ in range(3):
        run(tmp_path, work)
    assert numbers == sorted(set(numbers))


def test_a_person_restores_a_dead_part_by_hand(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        await made.gate.select(closes(TIE))
        told: list[object] = []
        result: GateResult = await made.gate.operate(closes(TIE), told.append)
        assert result.confirmed
        assert len(told) == 1

    run(tmp_path, work, isolated())


def test_s21_a_command_in_test_moves_nothing_and_a_device_that_moves_is_found_out(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        made.field.devices[pos(SWITCH)] = Device.STAYS
        told = await made.gate.execute(replace(opens(), test=True))
        assert (told.ending, told.reason, told.moved) == (Ending.ACCEPTED, "accepted in test; nothing has moved", False)
        assert all(command.test for command in made.field.commands)
        made.field.devices[pos(SWITCH)] = Device.GOOD
        found = await made.gate.execute(replace(opens(), test=True))
        assert found.ending is Ending.FAILED
        assert "the device has acted on a command in test" in found.reason

    run(tmp_path, work)


def test_s21_what_was_selected_in_test_is_operated_in_test(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        assert (await made.gate.select(replace(opens(), test=True))).ending is Ending.ACCEPTED
        refused = await made.gate.operate(opens())
        assert (refused.ending, refused.add_cause) == (Ending.REFUSED, AddCause.INCONSISTENT_PARAMETERS)

    run(tmp_path, work)


def test_what_a_rule_refuses_between_select_and_operate_is_given_back_to_the_device(tmp_path: Path) -> None:
    async def work(made: Bench) -> None:
        def selected(command: Command) -> None:
            if command.action is Action.SELECT:
                made.tags._tags = {1: Tag(1, TagKind.DO_NOT_OPERATE, SWITCH, "Bo", 1)}  # noqa: SLF001 - at that instant

        made.field.before = selected
        result = await made.gate.execute(opens())
        assert (result.ending, result.rules) == (Ending.REFUSED, ("S17",))
        assert actions(made) == [Action.SELECT, Action.CANCEL]

    run(tmp_path, work)
