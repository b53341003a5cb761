"""Group Ctl of IEC 61850-10, the negative cases: every model with every AddCause, and answers that do not fit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from open61850.data import IntData, OctetStringData, StructureData, UIntData, VisibleStringData
from open61850.mms import ObjectName, pdu
from open61850.server import protocol
from open61850.server.control import Command as Received
from open61850.server.control import ControlEngine

from models.command import Action, AddCause, CommandResult, Originator, OriginatorCategory, Outcome
from models.control_causes import in_words
from models.point import Dbpos
from protocols.iec61850.client import MmsDriver
from protocols.iec61850.controls import controller

from ..bench import Recorder, command, driver_of, running, until
from .device import NO_ANSWER, SOUND, Request, Script, ScriptedDevice, scripted

ACCEPTED = CommandResult(Outcome.ACCEPTED)
Scenario = Callable[[ScriptedDevice, MmsDriver, Recorder], Awaitable[None]]
SBO_ENHANCED, DIRECT_NORMAL, SBO_NORMAL, DIRECT_ENHANCED = "CSWI1.Pos", "CSWI2.Pos", "CSWI3.Pos", "CSWI5.Pos"
MODELS = {
    SBO_ENHANCED: (Action.SELECT, Action.OPERATE),
    DIRECT_NORMAL: (Action.OPERATE,),
    SBO_NORMAL: (Action.SELECT, Action.OPERATE),
    DIRECT_ENHANCED: (Action.OPERATE,),
}


def play(scenario: Scenario, script: Script = SOUND, **settings: float) -> None:
    async def whole() -> None:
        with scripted(script) as ied:
            driver, sink = driver_of(ied.port, **settings), Recorder()
            async with running(driver, sink):
                ied.requests.clear()
                await scenario(ied, driver, sink)

    asyncio.run(whole())


def controls(ied: ScriptedDevice) -> ControlEngine:
    assert ied.controls is not None
    return ied.controls


def check(ied: ScriptedDevice, variable: str, verdict: Callable[[Received], int | None]) -> None:
    controls(ied).set_check(f"IED1LD0/{variable}", verdict)


def end(ied: ScriptedDevice, variable: str, verdict: Callable[[Received], int | None]) -> None:
    controls(ied).set_handler(f"IED1LD0/{variable}", verdict)


def writes(ied: ScriptedDevice) -> int:
    return sum(request.service == pdu.SERVICE_WRITE for request in ied.requests)


async def commanded(driver: MmsDriver, variable: str, number: int, until_action: Action) -> CommandResult:
    """The services of the model in their order; the result of the last one that was sent."""
    result = ACCEPTED
    for action in MODELS[variable]:
        result = await driver.execute(command(variable, action, Dbpos.ON, number=number))
        if not result.accepted or action is until_action:
            break
    return result


@pytest.mark.parametrize("variable", MODELS)
def test_every_cause_of_a_refusal_is_told_and_nothing_is_repeated(variable: str) -> None:
    async def scenario(ied: ScriptedDevice, driver: MmsDriver, sink: Recorder) -> None:
        for cause in AddCause:
            check(ied, variable, lambda received, cause=cause: int(cause))  # type: ignore[misc]
            ied.requests.clear()
            result = await commanded(driver, variable, int(cause) + 1, Action.OPERATE)
            assert (result.outcome, result.add_cause) == (Outcome.REFUSED, cause)
            name = in_words(cause)
            assert name and name != "unknown" or cause is AddCause.UNKNOWN
            assert " refused: " in result.reason
            assert writes(ied) == 1  # no retry
            if variable == SBO_NORMAL:
                await driver.execute(command(variable, Action.CANCEL, Dbpos.ON, number=int(cause) + 1))
        assert {each.value for each in sink.of(variable)} == {Dbpos.INTERMEDIATE}  # it never moved

    play(scenario)


@pytest.mark.parametrize("variable", [SBO_ENHANCED, DIRECT_ENHANCED])
def test_every_cause_of_a_negative_termination_is_told_as_a_failure(variable: str) -> None:
    async def scenario(ied: ScriptedDevice, driver: MmsDriver, sink: Recorder) -> None:
        for cause in AddCause:
            end(ied, variable, lambda received, cause=cause: int(cause))  # type: ignore[misc]
            ied.requests.clear()
            result = await commanded(driver, variable, int(cause) + 1, Action.OPERATE)
            assert (result.outcome, result.add_cause) == (Outcome.FAILED, cause)
            assert result.reason.startswith("terminated: ")
            assert writes(ied) == len(MODELS[variable])
        assert {each.value for each in sink.of(variable)} == {Dbpos.INTERMEDIATE}

    play(scenario)


def test_a_cause_that_the_standard_does_not_have_is_unknown_and_told_as_it_came() -> None:
    async def scenario(ied: ScriptedDevice, driver: MmsDriver, _: Recorder) -> None:
        for strange in (28, 99, -1, 2**31 - 1):
            check(ied, DIRECT_ENHANCED, lambda received, strange=strange: strange)  # type: ignore[misc]
            result = await driver.execute(command(DIRECT_ENHANCED, Action.OPERATE, Dbpos.ON))
            assert (result.outcome, result.add_cause) == (Outcome.REFUSED, AddCause.UNKNOWN)
            assert str(strange) in result.reason

    play(scenario)


BY_THE_DEVICE = {
    "the category of automation": (
        lambda got: 20 if got.origin.members[0].value >= 4 else None,
        {"originator": Originator(OriginatorCategory.AUTOMATIC_STATION, "FDIR")},
        AddCause.NO_ACCESS_AUTHORITY,
    ),
    "the category of a remote centre": (
        lambda got: 2 if got.origin.members[0].value == 3 else None,
        {"originator": Originator(OriginatorCategory.REMOTE_CONTROL, "centre")},
        AddCause.BLOCKED_BY_SWITCHING_HIERARCHY,
    ),
    "the position that it has": (lambda got: None if got.ctl_val.value else 5, {}, AddCause.POSITION_REACHED),
    "a command in test": (lambda got: 8 if got.test else None, {"test": True}, AddCause.BLOCKED_BY_MODE),
    "without the interlocking asked": (
        lambda got: None if got.interlock_check else 26,
        {"interlock_check": False},
        AddCause.INCONSISTENT_PARAMETERS,
    ),
}


@pytest.mark.parametrize("name", BY_THE_DEVICE)
def test_what_a_device_does_not_want_is_refused_once_and_other_commands_go(name: str) -> None:
    verdict, change, cause = BY_THE_DEVICE[name]

    async def scenario(ied: ScriptedDevice, driver: MmsDriver, _: Recorder) -> None:
        check(ied, DIRECT_ENHANCED, verdict)
        value = Dbpos.OFF if cause is AddCause.POSITION_REACHED else Dbpos.ON
        refused = await driver.execute(replace(command(DIRECT_ENHANCED, Action.OPERATE, value), **change))
        assert (refused.outcome, refused.add_cause) == (Outcome.REFUSED, cause)
        assert writes(ied) == 1
        assert await driver.execute(command(DIRECT_ENHANCED, Action.OPERATE, Dbpos.ON, number=2)) == ACCEPTED

    play(scenario)


def test_a_selection_that_the_device_forgets_early_is_refused_and_not_selected_anew() -> None:
    async def scenario(ied: ScriptedDevice, driver: MmsDriver, _: Recorder) -> None:
        assert (await driver.execute(command(SBO_ENHANCED, Action.SELECT, Dbpos.ON))).accepted
        controls(ied)._selections.clear()  # noqa: SLF001 - the device forgets
        ied.requests.clear()
        result = await driver.execute(command(SBO_ENHANCED, Action.OPERATE, Dbpos.ON))
        assert (result.outcome, result.add_cause) == (Outcome.REFUSED, AddCause.OBJECT_NOT_SELECTED)
        assert writes(ied) == 1

    play(scenario)


# --- answers that do not fit ---


def answering(made: Callable[[Request], list[bytes]]) -> Script:
    """What the device says to writes of controls, in place of its answer."""

    def answer(request: Request, sound: bytes) -> list[bytes]:
        is_control = request.service == pdu.SERVICE_WRITE and b"$CO$" in request.content
        return made(request) if is_control else [sound]

    return Script(answer=answer)


def write_answer(invoke: int, *codes: int | None) -> bytes:
    return protocol.confirmed_response(invoke, pdu.SERVICE_WRITE, protocol.write_response(list(codes)))


UNFIT: dict[str, tuple[Callable[[Request], list[bytes]], Outcome, str]] = {
    "no answer": (lambda asked: NO_ANSWER, Outcome.UNKNOWN, "no answer to Oper"),
    "of another request": (lambda asked: [write_answer(asked.invoke_id + 7, None)], Outcome.UNKNOWN, "no answer"),
    "of a read": (
        lambda asked: [protocol.confirmed_response(asked.invoke_id, pdu.SERVICE_READ, protocol.read_response([]))],
        Outcome.UNKNOWN,
        "no answer to Oper",
    ),
    "without a result": (lambda asked: [write_answer(asked.invoke_id)], Outcome.UNKNOWN, "no answer to Oper"),
    "cut off": (lambda asked: [write_answer(asked.invoke_id, None)[:-1]], Outcome.UNKNOWN, "no answer to Oper"),
    "a service error": (
        lambda asked: [protocol.confirmed_error(asked.invoke_id, 3, 0)],
        Outcome.REFUSED,
        "the device gives no cause",
    ),
    "a reject": (
        lambda asked: [protocol.reject(asked.invoke_id, reason=1, code=1)],
        Outcome.REFUSED,
        "the device gives no cause",
    ),
    "an access error alone": (
        lambda asked: [write_answer(asked.invoke_id, 3)],
        Outcome.REFUSED,
        "the device gives no cause",
    ),
    "twice": (lambda asked: [write_answer(asked.invoke_id, 3)] * 2, Outcome.REFUSED, "the device gives no cause"),
}


@pytest.mark.parametrize("name", UNFIT)
def test_an_answer_that_does_not_fit_is_never_taken_for_a_yes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made, outcome, words = UNFIT[name]
    monkeypatch.setattr(controller, "LAST_APPL_ERROR_GRACE_S", 0.02)

    async def scenario(ied: ScriptedDevice, driver: MmsDriver, _: Recorder) -> None:
        result = await driver.execute(command(DIRECT_NORMAL, Action.OPERATE, Dbpos.ON))
        assert (result.outcome, result.add_cause) == (outcome, AddCause.UNKNOWN)
        assert words in result.reason
        assert not result.reason.endswith(": ")
        assert writes(ied) == 1

    async def tolerant() -> None:
        with scripted() as ied:
            driver, sink = driver_of(ied.port, timeout_s=1.0), Recorder()
            task = asyncio.create_task(driver.run(sink))
            await until(lambda: sink.connections == 1, "connected")
            ied.requests.clear()
            ied.script = answering(made)
            await scenario(ied, driver, sink)
            task.cancel()  # the link may have ended: what cannot be decoded ends it
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(tolerant())


def spoken_of(ied: ScriptedDevice, node: str, number: int, cause: int | None) -> bytes:
    """A CommandTermination (cause: a negative one) of that object and ctlNum."""
    name = ObjectName(f"{node}$CO$Pos$Oper", "IED1LD0")
    oper = ied.model.get("IED1LD0/CSWI5$CO$Pos$Oper")
    assert isinstance(oper, StructureData)
    oper.members[2] = UIntData(number)
    if cause is None:
        return protocol.information_report([oper], variables=[name])
    error = error_of(node, number, cause)
    return protocol.information_report([error, oper], variables=[ObjectName("LastApplError"), name])


def error_of(node: str, number: int, cause: int) -> StructureData:
    """LastApplError."""
    origin = StructureData([IntData(2), OctetStringData(b"")])
    name = VisibleStringData(f"IED1LD0/{node}$CO$Pos$Oper")
    return StructureData([name, IntData(1), origin, UIntData(number), IntData(cause)])


def last_appl_error(cause: int) -> bytes:
    """On CSWI5, ctlNum 1."""
    return protocol.information_report([error_of("CSWI5", 1, cause)], variables=[ObjectName("LastApplError")])


OF_OTHERS = {
    "a positive one of another object": ("CSWI4", 1, None),
    "a positive one of another command": ("CSWI5", 77, None),
    "a negative one of another object": ("CSWI4", 1, 16),
    "a negative one of another command": ("CSWI5", 77, 16),
}


@pytest.mark.parametrize("name", OF_OTHERS)
def test_a_termination_of_something_else_ends_nothing(name: str) -> None:
    node, number, cause = OF_OTHERS[name]

    async def scenario(ied: ScriptedDevice, driver: MmsDriver, _: Recorder) -> None:
        def says_of_another(received: Received) -> int:
            ied.say(spoken_of(ied, node, number, cause))
            return -1  # in execution, for ever

        end(ied, DIRECT_ENHANCED, says_of_another)
        result = await driver.execute(command(DIRECT_ENHANCED, Action.OPERATE, Dbpos.ON, number=1))
        assert (result.outcome, result.add_cause) == (Outcome.UNKNOWN, AddCause.UNKNOWN)
        assert "no CommandTermination" in result.reason
        assert writes(ied) == 1

    play(scenario, termination_timeout_s=0.1)


@pytest.mark.parametrize("alone", [True, False])
def test_a_last_appl_error_after_the_refusal_still_names_its_cause(alone: bool) -> None:
    """Alone as it should be, or as a negative termination of a command that never began."""

    async def scenario(ied: ScriptedDevice, driver: MmsDriver, _: Recorder) -> None:
        late = last_appl_error(10) if alone else spoken_of(ied, "CSWI5", 1, 10)
        ied.script = answering(lambda asked: [write_answer(asked.invoke_id, 3), late])
        result = await driver.execute(command(DIRECT_ENHANCED, Action.OPERATE, Dbpos.ON, number=1))
        assert (result.outcome, result.add_cause) == (Outcome.REFUSED, AddCause.BLOCKED_BY_INTERLOCKING)

    play(scenario)


def test_a_selection_by_read_that_answers_with_nothing_selects_nothing() -> None:
    def answer(request: Request, sound: bytes) -> list[bytes]:
        if request.service == pdu.SERVICE_READ and b"$SBO" in request.content:
            content = protocol.read_response([VisibleStringData("")])
            return [protocol.confirmed_response(request.invoke_id, pdu.SERVICE_READ, content)]
        return [sound]

    async def scenario(ied: ScriptedDevice, driver: MmsDriver, _: Recorder) -> None:
        ied.script = Script(answer=answer)
        refused = await driver.execute(command(SBO_NORMAL, Action.SELECT, Dbpos.ON))
        assert refused.outcome is Outcome.REFUSED
        operated = await driver.execute(command(SBO_NORMAL, Action.OPERATE, Dbpos.ON))
        assert (operated.outcome, operated.add_cause) == (Outcome.REFUSED, AddCause.OBJECT_NOT_SELECTED)
        assert writes(ied) == 0

    play(scenario)
