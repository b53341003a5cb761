"""Children that are not what they should be: each ends with its reason in words, and is tried again."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable
from pathlib import Path

import pytest

from models.driver import LinkConfig
from models.point import Cdc, Handle, PointName, PointSpec, Sample, SampleBatch
from models.record import Record
from substation.field import front_end
from substation.field.front_end import FrontEnd
from substation.field.processes import FrontEnds

POINTS = [(Handle(1), PointSpec(PointName("ST1", "LLN0.Loc"), Cdc.SPS, "ST1"))]
BEGIN = """
import socket, sys, time, os
from models.front_end import *
from models.front_end_codec import encode
from models.point import Handle, Sample, SampleBatch
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[-1])
def say(*messages):
    for message in messages: s.sendall(message if isinstance(message, bytes) else encode(message))
hello = Hello(VERSION, "iec104", os.getpid())
def batch(handle): b = SampleBatch(); b.append(Sample(Handle(handle), True, 0, None, 1)); return b
"""
STAY = "\ntime.sleep(60)"


class Listener:
    """What the unit would hear."""

    def __init__(self) -> None:
        self.reasons: asyncio.Queue[str] = asyncio.Queue()
        self.heard: list[Sample] = []
        self.error: Exception | None = None

    def events(self, batch: SampleBatch) -> Awaitable[None]:
        self.heard += batch
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self.error is None:
            future.set_result(None)
        else:
            future.set_exception(self.error)
        return future

    def measurands(self, batch: SampleBatch) -> None:
        if self.error is not None:
            raise self.error
        self.heard += batch

    def resume_points(self, link: str, settings: dict[str, str]) -> None: ...

    def resume_settings(self, link: str) -> dict[str, str]:
        return {}

    def record(self, link: str, record: Record) -> Awaitable[None]:
        raise AssertionError("no record is expected here")

    def notice(self, link: str, text: str) -> None: ...

    def counters(self, link: str, counters: dict[str, int]) -> None: ...

    def link(self, link: str, up: bool, reason: str) -> None:
        self.reasons.put_nowait(reason.removeprefix("front end iec104 is away: "))


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Programs to be run in place of front ends, one life after the other; the last one again and again."""
    programs: list[str] = []
    start = asyncio.create_subprocess_exec

    async def instead(*arguments: str) -> asyncio.subprocess.Process:
        program = programs.pop(0) if len(programs) > 1 else programs[0]
        return await start(sys.executable, "-c", program, arguments[-1], cwd=Path(__file__).parents[3])

    monkeypatch.setattr(asyncio, "create_subprocess_exec", instead)
    monkeypatch.setattr(front_end, "LONGEST_PAUSE_S", 0.01)
    monkeypatch.setattr(front_end, "END_S", 0.05)
    return programs


async def reasons(folder: Path, listener: Listener, count: int) -> list[str]:
    child = FrontEnd("iec104", [LinkConfig("ST1", "iec104", "ST1", "127.0.0.1", 1)], POINTS, listener)
    running = asyncio.create_task(child.run(folder))
    try:
        async with asyncio.timeout(30):
            return [await listener.reasons.get() for _ in range(count)]
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("import sys; sys.exit(3)", "the process ended with status 3"),
        ("import os; os.kill(os.getpid(), 11)", "the process was ended by SIGSEGV"),
        (BEGIN + "s.close()" + STAY, "it closed the connection"),
        (BEGIN + "say(b'\\x00\\x00\\x00\\x01\\xff')" + STAY, "front end frame of 1 bytes is not understood"),
        (BEGIN + "say(Hello(99, 'iec104', 1))" + STAY, "it speaks another version: Hello(version=99"),
        (BEGIN + "say(Heartbeat())" + STAY, "it speaks another version: Heartbeat()"),
        (BEGIN + "say(hello, b'\\xff' * 9)" + STAY, "front end frame of 4294967295 bytes is longer than"),
        (BEGIN + "say(hello, hello)" + STAY, "Hello is not for the unit server"),
        (BEGIN + "say(hello, Events(1, batch(2)))" + STAY, "it speaks of handle 2, which it was not given"),
        (BEGIN + "say(hello, Measurands(batch(0)))" + STAY, "it speaks of handle 0, which it was not given"),
        (BEGIN + "say(hello, LinkState('ST9', True, ''))" + STAY, "it speaks of link 'ST9', which it was not given"),
        (BEGIN + "say(hello); s.shutdown(socket.SHUT_WR)" + STAY, "it closed the connection"),
    ],
    ids=lambda value: value.rpartition("\n")[2][:40] if "\n" in value else None,
)
def test_reasons(short: str, script: list[str], program: str, reason: str) -> None:
    script.append(program)
    listener = Listener()
    (said,) = asyncio.run(reasons(Path(short), listener, 1))
    assert said.startswith(reason)
    assert listener.heard == []


def test_a_child_that_never_says_hello(short: str, script: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_end, "START_S", 0.5)
    script.append("import time; time.sleep(60)")
    assert asyncio.run(reasons(Path(short), Listener(), 2)) == ["it has not said hello within 0.5 s"] * 2


def test_what_the_unit_cannot_take_ends_the_connection_with_its_reason(short: str, script: list[str]) -> None:
    """Not acknowledged, so the device tells it again; nothing hangs in silence."""
    listener = Listener()
    listener.error = ZeroDivisionError("oops")
    script += [BEGIN + f"say(hello, {what}(batch(1)))" + STAY for what in ("Measurands", "lambda b: Events(1, b)")]
    script[1] = script[1].replace("lambda b: Events(1, b)(batch(1))", "Events(1, batch(1))")
    first, second = asyncio.run(reasons(Path(short), listener, 2))
    assert first == "its message could not be taken: ZeroDivisionError: oops"
    assert second == "its events could not be taken: ZeroDivisionError: oops"


def test_a_machine_that_starts_no_process_is_waited_for(
    short: str, script: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*arguments: str) -> asyncio.subprocess.Process:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(asyncio, "create_subprocess_exec", refused)
    said = asyncio.run(reasons(Path(short), Listener(), 2))
    assert said == ["it cannot be started: [Errno 11] Resource temporarily unavailable"] * 2


def test_the_children_and_their_directory_end_with_the_unit(short: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", short)
    monkeypatch.setattr("tempfile.tempdir", None)

    async def main() -> None:
        links = [LinkConfig(name, "iec104", name, "127.0.0.1", 1) for name in ("ST1", "ST2")]
        listener = Listener()
        fields = FrontEnds(links, POINTS, listener)
        assert list(Path(short).iterdir()) == []  # nothing is left behind by a unit that never ran
        running = asyncio.create_task(fields.run())
        assert "is the device up?" in await asyncio.wait_for(listener.reasons.get(), 20)
        (directory,) = Path(short).iterdir()
        assert [path.name for path in directory.iterdir()] == ["front-end-iec104.sock"]
        assert directory.stat().st_mode & 0o077 == 0
        process_id = fields.front_ends[0].process_id
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert list(Path(short).iterdir()) == []
        assert not Path(f"/proc/{process_id}").exists()

    asyncio.run(main())


def test_no_child_is_left_behind_by_a_unit_that_stops_while_it_waits_for_its_end(
    short: str, script: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(front_end, "END_S", 30.0)
    started: list[asyncio.subprocess.Process] = []
    instead = asyncio.create_subprocess_exec

    async def noted(*arguments: str) -> asyncio.subprocess.Process:
        started.append(await instead(*arguments))
        return started[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)
    script.append(BEGIN + "say(hello, hello)" + STAY)
    asyncio.run(reasons(Path(short), Listener(), 1))
    assert [process.returncode for process in started] == [-9]
