"""A device, or somebody between us and it, that sends what it should not. The link may end, nothing else may."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time

import pytest
from open61850 import ber
from open61850.data import BitStringData, IECData, IntData, UIntData, VisibleStringData, encode_data
from open61850.mms import MmsConnectionError, OptFlds
from open61850.mms.transport import IsoConnection
from open61850.server import protocol

from models.errors import LinkError
from models.point import Dbpos
from protocols.iec61850.association import Association

from .bench import Recorder, device, driver_of, running, until
from .proxy import proxy


def report(rpt_id: str, *fields: IECData) -> bytes:
    return protocol.information_report([VisibleStringData(rpt_id), *fields], list_name="RPT")


OPTIONS = OptFlds(data_set_name=True, sequence_number=True).to_bitstring()
ALL_EIGHT = BitStringData(b"\x80", 0)  # the first of eight members
OF_NOBODY = report("nobody", OPTIONS, UIntData(1), VisibleStringData("IED1LD0/LLN0$dsOther"), ALL_EIGHT, IntData(3))
WRONG_TYPE = report("status", OPTIONS, UIntData(9), VisibleStringData("IED1LD0/LLN0$dsStatus"), ALL_EIGHT, IntData(3))
TOO_LONG = report(
    "status",
    OPTIONS,
    UIntData(9),
    VisibleStringData("IED1LD0/LLN0$dsStatus"),
    BitStringData(b"\x00\x80", 0),
    IntData(3),
)
TRUNCATED = report("status", OPTIONS, UIntData(9))


def nested(depth: int) -> bytes:
    value = encode_data(IntData(1))
    for _ in range(depth):
        value = ber.encode_tlv(0xA2, value)
    head = [VisibleStringData("status"), OPTIONS, UIntData(9), VisibleStringData("IED1LD0/LLN0$dsStatus"), ALL_EIGHT]
    encoded = b"".join(encode_data(field) for field in head) + value
    return protocol.information_report([], list_name="RPT", encoded=encoded)


def play(spoken: bytes) -> None:
    """Connect through a proxy, say that, and expect an event of the device to come through all the same."""

    async def whole() -> None:
        sink = Recorder()
        with device() as ied, proxy(ied.port) as between:
            async with running(driver_of(between.port, integrity_s=5.0), sink):
                between.say(spoken)
                ied.position("CSWI1", "10", time.time_ns())
                await until(lambda: sink.of("CSWI1.Pos")[-1].value is Dbpos.ON, "an event after it")

    asyncio.run(whole())


@pytest.mark.parametrize(
    ("spoken", "warning"),
    [
        (OF_NOBODY, "report 'nobody' on data set IED1LD0/LLN0$dsOther belongs to no enabled block"),
        (WRONG_TYPE, "IED1LD0/CSWI1.Pos: "),
        (TOO_LONG, "member 9 of a report is not in its data set of 8 members"),
    ],
)
def test_what_makes_no_sense_is_told_and_the_rest_delivered(
    spoken: bytes, warning: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        play(spoken)
    assert warning in caplog.text


@pytest.mark.parametrize(
    ("spoken", "text"),
    [
        (TRUNCATED, "report truncated"),
        (nested(3000), "undecodable data"),
        (b"\xa3\x05\xff\xff\xff", "connection lost"),
        (b"\x99\x01\x00", "unsupported MMS PDU"),
    ],
)
def test_what_cannot_be_decoded_ends_the_link_at_once(spoken: bytes, text: str) -> None:
    async def whole() -> None:
        with device() as ied, proxy(ied.port) as between:
            async with running(driver_of(between.port, integrity_s=30.0), Recorder()) as task:
                began = time.monotonic()
                between.say(spoken)
                with pytest.raises(LinkError, match=text):
                    await asyncio.wait_for(task, 20)
                assert time.monotonic() - began < 2  # not by silence

    asyncio.run(whole())


def test_missing_report_is_told_and_made_good_by_an_interrogation(caplog: pytest.LogCaptureFixture) -> None:
    gap = report(
        "measurands", OPTIONS, UIntData(200), VisibleStringData("IED1LD0/LLN0$dsMeasurands"), BitStringData(b"\x00", 6)
    )

    async def whole() -> None:
        sink = Recorder()
        with device() as ied, proxy(ied.port) as between:
            async with running(driver_of(between.port, integrity_s=30.0), sink):
                before = len(sink.of("MMXU1.TotW"))
                between.say(gap)
                await until(lambda: len(sink.of("MMXU1.TotW")) > before, "the answer to an interrogation")

    with caplog.at_level(logging.WARNING):
        asyncio.run(whole())
    assert "events lost before report 200 of IED1LD0/LLN0$RP$urcbMeasurands01" in caplog.text


def test_overflow_of_the_device_buffer_is_told(caplog: pytest.LogCaptureFixture) -> None:
    async def whole() -> None:
        sink = Recorder()
        with device() as ied:
            driver = driver_of(ied.port)
            async with running(driver, sink):
                pass
            for i in range(1100):  # the device keeps 1000 entries
                ied.position("CSWI1", "10" if i % 2 else "01", 1_700_000_000_000_000_000 + i * 1_000_000)
            before = len(sink.of("CSWI1.Pos"))
            async with running(driver, sink):
                assert len(sink.of("CSWI1.Pos")) - before >= 1000
                assert sink.of("CSWI1.Pos")[-1].source_time_ns == 1_700_000_001_099_000_000

    with caplog.at_level(logging.WARNING):
        asyncio.run(whole())
    assert "events lost before report" in caplog.text


def test_abort_frees_a_thread_that_blocks_in_sending() -> None:
    ours, frozen = socket.socketpair()
    association = Association(IsoConnection(ours), request_timeout=30.0)
    failed: list[BaseException] = []

    def send_until_it_blocks() -> None:
        try:
            association.request(b"\xa4" + bytes(10_000_000))
        except MmsConnectionError as error:
            failed.append(error)

    sender = threading.Thread(target=send_until_it_blocks)
    sender.start()
    sender.join(0.3)
    assert sender.is_alive()  # the peer reads nothing
    association.abort("frozen")
    sender.join(5)
    frozen.close()
    assert not sender.is_alive()
    assert failed
