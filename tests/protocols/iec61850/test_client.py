"""The MMS driver against a device in a process of its own, over loopback."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import threading
import time
from typing import Any

import pytest

from models.errors import LinkError
from models.point import Dbpos
from models.quality import Quality
from protocols.iec61850.mailbox import Mailbox

from .bench import HANDLES, Recorder, device, driver_of, running, until

SECOND_NS = 1_000_000_000


def now_ns() -> int:
    return time.time_ns() // 1_000_000 * 1_000_000  # what a device gives: whole milliseconds


def positions(sink: Recorder) -> list[tuple[object, int | None]]:
    return [(sample.value, sample.source_time_ns) for sample in sink.of("CSWI1.Pos")]


def test_first_picture_has_every_point_before_connected() -> None:
    async def scenario() -> None:
        sink = Recorder()
        with device() as ied:
            ied.tell(set=[("IED1LD0/MMXU1.A.phsC.cVal.mag.f[MX]", 231.5), ("IED1LD0/LLN0.Loc.stVal[ST]", True)])
            async with running(driver_of(ied.port), sink):
                await until(lambda: sink.handles == set(HANDLES.values()), "every point")
                assert sink.of("MMXU1.A.phsC")[-1].value == pytest.approx(231.5)
                assert sink.of("MMXU1.A.phsA")[-1].value == 0.0
                assert sink.of("LLN0.Loc")[-1].value is True
                assert sink.of("CSWI1.Pos")[-1].value is Dbpos.INTERMEDIATE
                assert sink.of("CSWI1.Pos")[-1].source_time_ns is None  # never stamped

    asyncio.run(scenario())


def test_event_carries_source_time_quality_and_clock() -> None:
    async def scenario() -> None:
        sink = Recorder()
        with device() as ied:
            async with running(driver_of(ied.port), sink):
                stamp = now_ns() - 3 * SECOND_NS
                ied.position("CSWI1", "10", stamp, quality="0100001000010", clock=0x20)
                await until(lambda: sink.of("CSWI1.Pos")[-1].value is Dbpos.ON, "position")
                sample = sink.of("CSWI1.Pos")[-1]
                expected = Quality.INVALID | Quality.FAILURE | Quality.TEST | Quality.CLOCK_NOT_SYNCHRONISED
                assert sample.quality == expected
                assert sample.source_time_ns == stamp
                assert abs(sample.arrival_time_ns - time.time_ns()) < 5 * SECOND_NS

    asyncio.run(scenario())


def test_integrity_reports_are_no_events_but_refresh_measurands() -> None:
    async def scenario() -> None:
        sink = Recorder()
        with device() as ied:
            async with running(driver_of(ied.port, integrity_s=0.1), sink):
                events, measured = len(sink.committed), len(sink.of("MMXU1.TotW"))
                await until(lambda: len(sink.of("MMXU1.TotW")) > measured + 3, "integrity reports")
                assert len(sink.committed) == events

    asyncio.run(scenario())


def test_no_event_is_lost_over_a_break_and_only_uncommitted_ones_repeat() -> None:
    async def scenario() -> None:
        sink = Recorder()
        with device() as ied:
            driver = driver_of(ied.port)
            stamps = [now_ns() + i * 1_000_000 for i in range(6)]
            async with running(driver, sink):
                ied.position("CSWI1", "01", stamps[0])
                ied.position("CSWI1", "10", stamps[1])
                await until(lambda: positions(sink)[-1] == (Dbpos.ON, stamps[1]), "two events committed")
                committed = len(sink.committed)
                sink.history.clear()  # history stalls: what comes now is delivered, never committed
                ied.position("CSWI1", "01", stamps[2])
                ied.position("CSWI1", "10", stamps[3])
                await until(lambda: sink.offered > committed, "offered to history")
            ied.position("CSWI1", "01", stamps[4])
            ied.position("CSWI1", "10", stamps[5])
            sink.history.set()
            before = len(sink.of("CSWI1.Pos"))
            async with running(driver, sink):
                expected = [(Dbpos.OFF if i % 2 == 0 else Dbpos.ON, stamp) for i, stamp in enumerate(stamps)]
                assert positions(sink)[before:] == expected[2:]
            assert positions(sink)[1:] == expected

    asyncio.run(scenario())


def test_resume_points_carry_over_a_restart_of_the_front_end() -> None:
    async def scenario() -> None:
        first, second = Recorder(), Recorder()
        with device() as ied:
            driver = driver_of(ied.port)
            stamp = now_ns()
            async with running(driver, first):
                ied.position("CSWI1", "01", stamp)
                await until(lambda: positions(first)[-1] == (Dbpos.OFF, stamp), "event committed")
            ied.position("CSWI1", "10", stamp + 1_000_000)
            async with running(driver_of(ied.port, **driver.resume_points()), second):
                assert positions(second) == [(Dbpos.ON, stamp + 1_000_000)]

    asyncio.run(scenario())


def test_killed_device_is_a_link_error_at_once_and_comes_back_with_its_new_self(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def scenario() -> None:
        sink = Recorder()
        with device() as ied:
            driver = driver_of(ied.port, integrity_s=30.0)
            async with running(driver, sink) as task:
                began = time.monotonic()
                ied.kill()
                with pytest.raises(LinkError, match=r"link IED1 \(IED1 at 127\.0\.0\.1:\d+\): connection"):
                    await asyncio.wait_for(task, 20)
                assert time.monotonic() - began < 2
            with device(ied.port) as fresh:
                async with running(driver, sink):
                    fresh.position("CSWI2", "10", now_ns())
                    await until(lambda: sink.of("CSWI2.Pos")[-1].value is Dbpos.ON, "event of the new process")

    with caplog.at_level(logging.WARNING):
        asyncio.run(scenario())
    assert re.search(r"events may be lost: the device forgot entry 0{14}\w\w", caplog.text)


def test_a_link_leaves_no_thread_behind() -> None:
    async def scenario() -> None:
        with device() as ied:
            async with running(driver_of(ied.port), Recorder()):
                assert any(thread.name == "mms-IED1" for thread in threading.enumerate())
        with socket.create_server(("127.0.0.1", 0)) as mute:
            mute_port = mute.getsockname()[1]
            given_up = asyncio.create_task(driver_of(mute_port, timeout_s=0.5).run(Recorder()))
            mute.setblocking(False)
            connection, _ = await asyncio.get_running_loop().sock_accept(mute)
            given_up.cancel()  # while it waits for the answer
            await asyncio.gather(given_up, return_exceptions=True)
            await until(lambda: not [t for t in threading.enumerate() if t.name.startswith("mms-")], "threads ended")
            connection.close()

    asyncio.run(scenario())


def test_frozen_device_ends_the_link_and_never_holds_up_the_loop() -> None:
    async def scenario() -> None:
        sink = Recorder()
        with device() as ied:
            driver = driver_of(ied.port, integrity_s=0.5)
            async with running(driver, sink) as task:
                ied.freeze()
                longest_s = 0.0
                while not task.done():
                    began = time.monotonic()
                    await asyncio.wait({task}, timeout=0.01)
                    longest_s = max(longest_s, time.monotonic() - began)
                assert longest_s < 0.6
                with pytest.raises(LinkError, match="silent for .* frozen"):
                    task.result()

    asyncio.run(scenario())


def test_device_that_is_not_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(LinkError, match="cannot connect"):
        asyncio.run(driver_of(port).run(Recorder()))


def test_device_that_accepts_and_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute, pytest.raises(LinkError, match="link IED1"):
        asyncio.run(driver_of(mute.getsockname()[1], timeout_s=0.2).run(Recorder()))


GARBAGE = [
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
    b"\x03\x00\x00\x04",
    b"\x03\x00\x00\x0b\x06\xd0\x00\x01\x00\x02\x00" + b"\x03\x00\x00\x0a\x02\xf0\x80\x0e\xff\xff",
    b"\x03\x00\x00\x0b\x06\xd0\x00\x01\x00\x02\x00" + b"\x03\x00\x00\x07\x02\xf0\x80" * 3,
    b"\x03\x00\x00\x0b\x06\xd0\x00\x01\x00\x02\x00" + b"\x03\x00\x00\x0f\x02\xf0\x80\x0e\x06\xc1\x04\x31\x82\xff\xff",
]


@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_is_a_link_error(garbage: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1024)
                connection.sendall(garbage)

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(LinkError, match="link IED1"):
            asyncio.run(driver_of(server.getsockname()[1], timeout_s=0.3).run(Recorder()))
        thread.join()


def test_chosen_reports_and_a_second_client_gets_the_next_instance(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        chosen = {"reports": "LLN0.BR.brcbStatus, IED1LD0/LLN0.RP.urcbMeasurands", "conf_rev:LLN0.BR.brcbStatus": 7}
        with device() as ied:
            one, two = driver_of(ied.port, **chosen), driver_of(ied.port, **chosen)
            async with running(one, Recorder()), running(two, Recorder()):
                pass
            assert set(one.resume_points()) == {"entry_id:IED1LD0/LLN0$BR$brcbStatus01"}
            assert set(two.resume_points()) == {"entry_id:IED1LD0/LLN0$BR$brcbStatus02"}

    with caplog.at_level(logging.WARNING):
        asyncio.run(scenario())
    assert re.search(r"in no enabled report, so read every 5 s: .*IED1LD0/LLN0.Loc", caplog.text)


def test_where_all_instances_are_taken_the_reason_is_told_and_the_points_are_read() -> None:
    async def scenario() -> None:
        with device() as ied:
            exact = {"reports": "LLN0.BR.brcbStatus01"}
            second = Recorder()
            async with (
                running(driver_of(ied.port, **exact), Recorder()),
                running(driver_of(ied.port, read_period_s=1.0, **exact), second),
            ):
                told = "; ".join(second.notices)
                assert "LLN0.BR.brcbStatus01: no instance is free: IED1LD0/LLN0$BR$brcbStatus01 is enabled" in told
                await until(lambda: second.handles == set(HANDLES.values()), "every point")
                stamp = now_ns()
                ied.position("CSWI1", "10", stamp)
                await until(lambda: positions(second)[-1] == (Dbpos.ON, stamp), "a position that was read")

    asyncio.run(scenario())


def test_flood_of_reports_while_history_stalls_ends_the_link_and_loses_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[Mailbox] = []

    def bounded(*arguments: Any) -> Mailbox:
        made.append(Mailbox(*arguments, capacity=20))
        return made[-1]

    async def scenario() -> None:
        sink = Recorder()
        with device() as ied:
            driver = driver_of(ied.port)
            stamps = [now_ns() + i * 1_000_000 for i in range(60)]
            with monkeypatch.context() as patch:
                patch.setattr("protocols.iec61850.reports.reporting.Mailbox", bounded)
                async with running(driver, sink) as task:
                    sink.history.clear()
                    for i, stamp in enumerate(stamps):
                        ied.position("CSWI1", "10" if i % 2 else "01", stamp)
                    await until(lambda: made[-1].failure is not None, "more events than may wait")
                    sink.history.set()
                    with pytest.raises(LinkError, match="20 events wait for history"):
                        await asyncio.wait_for(task, 20)
            async with running(driver, sink):
                await until(lambda: positions(sink)[-1][1] == stamps[-1], "last event")
            seen = [stamp for _, stamp in positions(sink)]
            assert sorted(set(seen) - {None}) == stamps

    asyncio.run(scenario())
