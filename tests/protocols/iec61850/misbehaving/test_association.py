"""Groups Ass and AssN of IEC 61850-10: no association, a strange one, one that ends. Each is one clear line, and the
same driver connects as soon as the device behaves."""

from __future__ import annotations

import asyncio
import time

import pytest
from open61850.mms.transport import send_tpkt

from models.errors import LinkError
from models.point import Dbpos

from ..bench import HANDLES, Recorder, driver_of, running, until
from .device import NO_ANSWER, SOUND, Script, scripted

TIMEOUT_S = 1.0
SESSION_REFUSE, SESSION_ABORT = b"\x0c\x03\x32\x01\x02", b"\x19\x03\x11\x01\x03"
CONNECT_CONFIRM, DISCONNECT = 0xD0, 0x80


def cotp(code: int, *parameters: bytes, option: int = 0) -> bytes:
    body = bytes([code, 0, 1, 0, 2, option]) + b"".join(parameters)
    return bytes([len(body)]) + body


def in_place_of(found: bytes, wanted: bytes) -> Script:
    """The same answer to the association but for some octets of equal length."""

    def changed(accept: bytes) -> list[bytes]:
        assert accept.count(found) == 1, accept.hex()
        return [accept.replace(found, wanted)]

    return Script(accept=changed)


def says(*octets: bytes) -> Script:
    return Script(accept=lambda accept: list(octets))


def cut(accept: bytes) -> list[bytes]:
    return [accept[: len(accept) // 2]]


ACCEPTED, REJECTED = b"\xa2\x03\x02\x01\x00\xa3", b"\xa2\x03\x02\x01\x01\xa3"
TRANSIENT = b"\xa2\x03\x02\x01\x02\xa3"
INITIATE_RESPONSE, INITIATE_ERROR = b"\xa0\x28\xa9\x26", b"\xa0\x28\xaa\x26"

REFUSED = {
    "COTP: disconnect request": (Script(confirm=cotp(DISCONNECT)), "COTP|closed|further association"),
    "COTP: something else": (Script(confirm=cotp(0x70)), "COTP"),
    "COTP: no octet at all": (Script(confirm=b""), "no association response|timed out"),
    "COTP: confirmed, then silence": (Script(accept=lambda accept: NO_ANSWER), "no association response|timed out"),
    "session: refused": (says(SESSION_REFUSE), r"session refused \(reason 02\)"),
    "session: aborted": (says(SESSION_ABORT), "session aborted by the server"),
    "session: unknown SPDU": (says(b"\x77\x00"), "unexpected association response SPDU 0x77"),
    "session: cut off": (Script(accept=cut), "truncated"),
    "session: empty": (says(b""), "empty|closed"),
    "presentation: refused": (says(b"\x0e\x04\xc1\x02\x30\x00"), "presentation connection refused"),
    "ACSE: rejected for good": (in_place_of(ACCEPTED, REJECTED), r"ACSE association rejected \(permanent\)"),
    "ACSE: rejected for now": (in_place_of(ACCEPTED, TRANSIENT), r"ACSE association rejected \(transient\)"),
    "MMS: initiate error": (in_place_of(INITIATE_RESPONSE, INITIATE_ERROR), "MMS initiate refused"),
    "closed during the association": (Script(requests=0), "closed"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_no_association_is_one_clear_line_and_is_tried_again(name: str) -> None:
    script, words = REFUSED[name]

    async def scenario() -> None:
        with scripted(script) as ied:
            driver, sink = driver_of(ied.port, timeout_s=TIMEOUT_S), Recorder()
            began_s = time.monotonic()
            with pytest.raises(LinkError, match=words) as told:
                await driver.run(sink)
            assert time.monotonic() - began_s < 4 * TIMEOUT_S + 0.5
            assert str(told.value).startswith("link IED1 (IED1 at 127.0.0.1:")
            assert "\n" not in str(told.value)
            assert (sink.connections, sink.committed, sink.measured) == (0, [], [])
            ied.script = SOUND
            async with running(driver, sink):
                assert sink.connections == 1

    asyncio.run(scenario())


SIZE, OUTSTANDING = b"\x80\x03\x00\xfd\xe8", b"\x81\x01\x05\x82\x01\x05"
STRANGE = {
    "a PDU size of nothing": (SIZE, b"\x80\x03\x00\x00\x00"),
    "a PDU size below zero": (SIZE, b"\x80\x03\xff\xff\xff"),
    "a tiny PDU": (SIZE, b"\x80\x03\x00\x00\x40"),
    "no request may be outstanding": (OUTSTANDING, b"\x81\x01\x00\x82\x01\x00"),
    "outstanding requests below zero": (OUTSTANDING, b"\x81\x01\xff\x82\x01\xff"),
    "another application context": (b"\x28\xca\x22\x02\x03", b"\x28\xca\x22\x09\x09"),
    "presentation contexts rejected": (b"\x80\x01\x00\x81\x02\x51\x01", b"\x80\x01\x02\x81\x02\x51\x01"),
}


@pytest.mark.parametrize("name", STRANGE)
def test_strange_parameters_of_a_device_that_works_all_the_same_are_lived_with(name: str) -> None:
    found, wanted = STRANGE[name]

    def changed(accept: bytes) -> list[bytes]:
        assert found in accept
        return [accept.replace(found, wanted)]

    async def scenario() -> None:
        with scripted(Script(accept=changed)) as ied:
            sink = Recorder()
            async with running(driver_of(ied.port, timeout_s=TIMEOUT_S), sink):
                ied.position("CSWI1", "10")
                await until(lambda: sink.of("CSWI1.Pos")[-1].value is Dbpos.ON, "an event")

    asyncio.run(scenario())


ENDINGS = {
    "session abort": (SESSION_ABORT, "lost|undecodable|abort"),
    "disconnect request": (None, "closed"),
    "a second association answer": (b"\x0e\x00", "lost|undecodable"),
    "session finish": (b"\x09\x00", "lost|undecodable"),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_an_association_that_the_device_ends_is_told_at_once(name: str) -> None:
    octets, words = ENDINGS[name]

    async def scenario() -> None:
        with scripted() as ied:
            driver, sink = driver_of(ied.port, integrity_s=30.0), Recorder()
            async with running(driver, sink) as task:
                (connection,) = ied.connections
                if octets is None:
                    send_tpkt(connection.iso._sock, cotp(DISCONNECT))  # noqa: SLF001 - below the library's level
                else:
                    connection.iso.send(octets)
                with pytest.raises(LinkError, match=words):
                    await asyncio.wait_for(task, 2.0)
            async with running(driver, sink):
                assert sink.connections == 2

    asyncio.run(scenario())


@pytest.mark.parametrize("requests", [1, 5, 20, 40])
def test_an_association_lost_during_the_set_up_is_one_line_and_the_next_one_serves(requests: int) -> None:
    async def scenario() -> None:
        with scripted(Script(requests=requests)) as ied:
            driver, sink = driver_of(ied.port, timeout_s=TIMEOUT_S), Recorder()
            with pytest.raises(LinkError, match="closed"):
                await asyncio.wait_for(driver.run(sink), 3.0)
            assert sink.connections == 0
            ied.script = SOUND
            async with running(driver, sink):
                assert sink.handles == set(HANDLES.values())

    asyncio.run(scenario())
