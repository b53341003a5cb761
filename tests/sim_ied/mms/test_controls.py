"""Controls beyond the library's: modes and test, repeated parameters, selections that show, cancel, every class."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from open61850.data import BitStringData, FloatData, IECData, IntData, StructureData
from open61850.mms import MmsError
from open61850.mms.control import oper_value, operate
from open61850.mms.transport import TransportError
from open61850.server.control import IN_EXECUTION

from models.command import AddCause
from sim_ied.mms import host as host_module
from sim_ied.mms.host import Host
from sim_ied.mms.model_file import ModelFile
from tests.sim_ied.mms.small_device import ICD, LD, Client, client, served, until

SELECTED, DIRECT = "SPCSO1", "SPCSO2"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ABORTED = int(AddCause.ABORTION_BY_CANCEL)


def mode(asker: Client, number: int) -> None:
    asker.mms.write(f"{LD}/LLN0$CO$Mod$Oper", oper(IntData(number)))


def oper(value: IECData) -> StructureData:
    return oper_value(value, ctl_num=1)


def test_oper_repeats_what_was_selected_and_shows_in_the_object() -> None:
    with served() as server, client(server) as asker:
        assert asker.command(SELECTED, "SBOw", True, 7) is None
        assert asker.plain(f"GGIO1$ST${SELECTED}$stSeld") is True
        assert asker.command(SELECTED, "Oper", False, 7) is not None
        assert asker.cause() == AddCause.INCONSISTENT_PARAMETERS
        assert asker.command(SELECTED, "Oper", True, 7) is None
        assert asker.termination() is None
        assert asker.plain(f"GGIO1$ST${SELECTED}$stVal") is True
        assert asker.plain(f"GGIO1$ST${SELECTED}$stSeld") is False
        assert asker.plain(f"GGIO1$ST${SELECTED}$ctlNum") == 7
        assert asker.plain(f"GGIO1$ST${SELECTED}$origin$orCat") == 2


def test_a_selection_lapses_is_cancelled_and_ends_with_its_client() -> None:
    with served() as server, client(server) as asker:
        assert asker.command(SELECTED, "SBOw", True) is None
        until(lambda: asker.plain(f"GGIO1$ST${SELECTED}$stSeld") is False)  # sboTimeout is 400 ms
        assert asker.command(SELECTED, "Oper", True) is not None
        assert asker.cause() == AddCause.OBJECT_NOT_SELECTED
        assert asker.command(SELECTED, "SBOw", True) is None
        assert asker.command(SELECTED, "Cancel", True) is None
        assert asker.plain(f"GGIO1$ST${SELECTED}$stSeld") is False
        with client(server) as other:
            assert other.command(SELECTED, "SBOw", True) is None
        until(lambda: asker.plain(f"GGIO1$ST${SELECTED}$stSeld") is False)


def test_operate_many_keeps_the_selection() -> None:
    with served() as server, client(server) as asker:
        assert asker.plain("GGIO1$CO$Pos$SBO") == f"{LD}/GGIO1$CO$Pos"
        assert asker.command("Pos", "Oper", True) is None
        assert asker.command("Pos", "Oper", False, 2) is None
        assert asker.plain("GGIO1$ST$Pos$stSeld") is True
        assert asker.read("GGIO1$ST$Pos$stVal") == BitStringData(b"\x40", 6)


@pytest.mark.parametrize(
    ("number", "test", "passes", "moves"),
    [
        (1, False, True, True),
        (1, True, False, False),
        (2, False, True, False),
        (3, False, False, False),
        (3, True, True, True),
        (4, True, True, False),
        (5, False, False, False),
        (5, True, False, False),
    ],
)
def test_mode_and_test_bit(number: int, test: bool, passes: bool, moves: bool) -> None:
    with served() as server, client(server) as asker:
        server.model.set(f"{LD}/GGIO1.Beh.stVal[ST]", number)
        refused = asker.command(DIRECT, "Oper", True, test=test, oper_tm=EPOCH)
        assert (refused is None) is passes
        if passes:
            assert asker.termination() is None
        else:
            assert asker.cause() == AddCause.BLOCKED_BY_MODE
        assert asker.plain(f"GGIO1$ST${DIRECT}$stVal") is moves
        mode(asker, 1)  # whatever the mode, it can be left


def test_a_command_that_waits_for_its_time_is_cancelled_and_never_carried_out() -> None:
    with served() as server, client(server) as asker:
        now = datetime.now(UTC)
        soon, late = now + timedelta(seconds=1.2), now + timedelta(seconds=0.6)
        assert asker.command(DIRECT, "Oper", True, 3, oper_tm=late) is None
        assert asker.command(DIRECT, "Cancel", True, 3, oper_tm=late) is None
        assert asker.termination() == _ABORTED
        assert asker.command(DIRECT, "Oper", True, 4, oper_tm=soon) is None
        assert asker.plain(f"GGIO1$ST${DIRECT}$stVal") is False
        assert asker.termination() is None  # of the second, after the first one's time
        assert asker.plain(f"GGIO1$ST${DIRECT}$stVal") is True


def test_what_moves_cannot_be_called_back_and_another_client_cannot_call() -> None:
    with served() as server, client(server) as asker, client(server) as other:
        started = threading.Event()
        assert server.controls is not None

        def start(_: object) -> int:
            started.set()
            return IN_EXECUTION

        server.controls.set_handler(f"{LD}/GGIO1.{DIRECT}", start)
        assert asker.command(DIRECT, "Oper", True, oper_tm=EPOCH) is None
        assert started.wait(5.0)
        assert other.command(DIRECT, "Cancel", True, oper_tm=EPOCH) is not None
        assert other.cause() == AddCause.LOCKED_BY_OTHER_CLIENT
        assert asker.command(DIRECT, "Cancel", True, oper_tm=EPOCH) is not None
        assert asker.cause() == AddCause.COMMAND_ALREADY_IN_EXECUTION
        server.controls.finish(f"{LD}/GGIO1.{DIRECT}")
        assert asker.termination() is None


def test_a_command_whose_answer_finds_nobody_leaves_its_object_free() -> None:
    """As when the machine stands still while a client waits and goes away: nothing has begun, nothing may block."""
    with served() as server, client(server) as other, client(server) as asker:

        def gone(_: bytes) -> None:
            raise TransportError("broken pipe")

        server.connections[-1].send = gone  # type: ignore[method-assign]
        with pytest.raises((ConnectionError, MmsError, OSError)):
            asker.command(DIRECT, "Oper", True, oper_tm=EPOCH)
        until(lambda: len(server.connections) == 1)
        assert other.plain(f"GGIO1$ST${DIRECT}$stVal") is False
        assert other.command(DIRECT, "Oper", True, oper_tm=EPOCH) is None
        assert other.termination() is None
        assert other.plain(f"GGIO1$ST${DIRECT}$stVal") is True


def test_a_question_that_nobody_waits_for_any_more_is_not_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The device has refused by then: it must not do afterwards what it has refused."""
    monkeypatch.setattr(host_module, "_ANSWER_S", 0.05)
    asked: list[bool] = []

    async def main() -> None:
        built = ModelFile(ICD.read_bytes(), ICD.name).build("IED1")
        host = Host("IED1", built, lambda point: None, str, lambda server: None)
        await host.open("127.0.0.1", 0)
        refused = asyncio.create_task(asyncio.to_thread(host.ask, lambda: asked.append(True)))
        await asyncio.sleep(0)
        time.sleep(0.2)  # noqa: ASYNC251 - the loop stands still
        with pytest.raises(TimeoutError):
            await refused
        await asyncio.to_thread(host.ask, lambda: asked.append(False))
        await host.close()

    asyncio.run(main())
    assert asked == [False]


@pytest.mark.parametrize(
    ("name", "value", "shown", "expected"),
    [
        ("AnOut1", StructureData([FloatData(12.5)]), "MX$AnOut1$mxVal$f", 12.5),
        ("StepOut", BitStringData(b"\x80", 6), "ST$StepOut$valWTr$posVal", 1),
        ("StepOut", BitStringData(b"\x40", 6), "ST$StepOut$valWTr$posVal", -1),
        ("ISCSO1", IntData(-3), "ST$ISCSO1$stVal", -3),
    ],
)
def test_every_class_takes_its_command(name: str, value: IECData, shown: str, expected: object) -> None:
    with served() as server, client(server) as asker:
        operate(asker.mms, f"{LD}/GGIO1.{name}", value)
        assert asker.plain(f"GGIO1${shown}") == expected


def test_a_structure_of_another_type_is_refused() -> None:
    with served() as server, client(server) as asker:
        assert asker.command(DIRECT, "Oper", True) is not None  # operTm is missing
        assert asker.command("ISCSO1", "Oper", True) is not None
        assert asker.write("GGIO1$CO$ISCSO1$Oper", StructureData([])) is not None
