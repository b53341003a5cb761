"""File services that answer wrongly, endlessly or not at all: it is told, and reports and commands go on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest
from open61850.server import protocol

from models.command import Action, Outcome
from models.point import Dbpos
from protocols.iec61850.client import MmsDriver
from sim_ied.mms import file_units
from sim_ied.mms.file_units import CLOSE, DELETE, DIRECTORY, OPEN, READ, Attributes
from tests.protocols.iec61850.bench import Recorder, command, running, until
from tests.protocols.iec61850.files.test_fetching import MADE_NS, Device, device

Answer = Callable[[bytes], bytes]

WRONG: dict[str, tuple[int, Answer, str]] = {
    "a directory of rubbish": (DIRECTORY, lambda _: b"\xa0\x7f\x30", "cannot be read"),
    "a directory without end": (
        DIRECTORY,
        lambda _: file_units.page([file_units.entry("A.txt", Attributes(1, MADE_NS))], True),
        "goes on without another file",
    ),
    "no handle": (OPEN, lambda _: b"\xa1\x03\x80\x01\x64", "has no handle"),
    "another size": (OPEN, lambda _: file_units.opened(1, Attributes(99, MADE_NS)), "its directory says"),
    "no data": (READ, lambda _: b"\x81\x01\x00", "has no data"),
    "too little": (READ, lambda _: file_units.piece(b"x", False), "ends after 1 of"),
    "too much": (READ, lambda _: file_units.piece(bytes(10_000), True), "is longer than"),
    "nothing without end": (READ, lambda _: file_units.piece(b"", True), "goes on without another octet"),
}


def answer_with(ied: Device, service: int, answer: Answer) -> None:
    ied.server.services[service] = lambda connection, request: protocol.confirmed_response(
        request.invoke_id, service, answer(request.content)
    )


async def still_lives(ied: Device, driver: MmsDriver, sink: Recorder) -> None:
    order = command("CSWI2.Pos", Action.OPERATE, Dbpos.ON)
    assert (await driver.execute(order)).outcome is Outcome.ACCEPTED
    ied.server.model.set("IED1LD0/LLN0.Loc.stVal[ST]", True)
    await until(lambda: sink.of("LLN0.Loc")[-1].value is True, "a report")


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_answer_is_told_and_nothing_else_suffers(name: str) -> None:
    service, answer, words = WRONG[name]

    async def scenario() -> None:
        sink = Recorder()
        async with device() as ied:
            ied.record("A")
            answer_with(ied, service, answer)
            driver = ied.driver()
            async with running(driver, sink):
                await until(lambda: any(words in text for text in sink.notices), "told")
                await still_lives(ied, driver, sink)
                await asyncio.sleep(0.3)  # three attempts are over
                assert len([text for text in sink.notices if words in text]) <= 2  # each subject once
                assert not sink.records

    asyncio.run(scenario())


def test_silence_costs_one_request_and_the_device_is_left_alone() -> None:
    async def scenario() -> None:
        sink = Recorder()
        async with device() as ied:
            ied.record("A")
            ied.before = lambda service: time.sleep(0.5) if service == READ else None
            driver = ied.driver(timeout_s=0.3, integrity_s=1.0)
            async with running(driver, sink):
                await until(lambda: any("does not answer the file service" in text for text in sink.notices), "told")
                reads = ied.asked.count(READ)
                await asyncio.sleep(0.6)
                assert ied.asked.count(READ) == reads == 1
                await still_lives(ied, driver, sink)

    asyncio.run(scenario())


def refused(request: protocol.ConfirmedRequest) -> bytes:
    return protocol.confirmed_error(request.invoke_id, 11, 7)


def unknown(request: protocol.ConfirmedRequest) -> bytes:
    return protocol.reject(request.invoke_id, 1)


def another(request: protocol.ConfirmedRequest) -> bytes:
    """The answer of another service."""
    return protocol.confirmed_response(request.invoke_id, DIRECTORY, b"", constructed=False)


@pytest.mark.parametrize("answer", [refused, unknown, another])
def test_a_device_that_closes_its_files_itself_is_fine(answer: Callable[[protocol.ConfirmedRequest], bytes]) -> None:
    async def scenario() -> None:
        sink = Recorder()
        async with device() as ied:
            ied.record("A")
            ied.record("B")
            ied.server.services[CLOSE] = lambda _, request: answer(request)
            async with running(ied.driver(), sink):
                await until(lambda: len(sink.records) == 2, "records")
                assert not sink.notices

    asyncio.run(scenario())


@pytest.mark.parametrize("answer", [refused, unknown, another])
def test_a_device_that_deletes_no_files_is_read_on(answer: Callable[[protocol.ConfirmedRequest], bytes]) -> None:
    async def scenario() -> None:
        sink = Recorder()
        async with device() as ied:
            ied.record("A")
            ied.record("B")
            ied.server.services[DELETE] = lambda _, request: answer(request)
            driver = ied.driver(delete_files=True)
            async with running(driver, sink):
                await until(lambda: len(sink.records) == 2, "records")
                assert any("is not deleted in the device" in text for text in sink.notices)
                await still_lives(ied, driver, sink)

    asyncio.run(scenario())
