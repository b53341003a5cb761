"""Group Tm of IEC 61850-10 and what it leaves out: TimeQuality bits, times that cannot be, times that are absent."""

from __future__ import annotations

import asyncio
import time

import pytest
from open61850.data import RawData
from open61850.mms.pdu import SERVICE_WRITE

from models.command import Action
from models.point import Dbpos, Sample
from models.quality import Quality, is_actionable
from protocols.iec61850.client import create

from ..bench import Recorder, command, driver_of, group_point, link, points, running, until
from .device import Script, ScriptedDevice, scripted

HOUR_NS = 3_600_000_000_000
LEAP_SECONDS_KNOWN, CLOCK_FAILURE, NOT_SYNCHRONISED = 0x80, 0x40, 0x20
DOUBTFUL = Quality.TIME_DOUBTFUL | Quality.CLOCK_NOT_SYNCHRONISED

BITS = {
    "leap seconds known": (LEAP_SECONDS_KNOWN, Quality.GOOD),
    "clock failure": (CLOCK_FAILURE, Quality.CLOCK_FAILURE),
    "not synchronised": (NOT_SYNCHRONISED, Quality.CLOCK_NOT_SYNCHRONISED),
    "failure and not synchronised": (0x60, Quality.CLOCK_FAILURE | Quality.CLOCK_NOT_SYNCHRONISED),
    "accuracy of 1 ms": (10, Quality.GOOD),
    "accuracy of 250 ms": (2, Quality.TIME_INACCURATE),
    "accuracy unspecified": (31, Quality.GOOD),
}
OFFSETS = {
    "now": (0, Quality.GOOD),
    "an hour behind": (-HOUR_NS, Quality.GOOD),  # a buffered event may be as old as that
    "an hour ahead": (HOUR_NS, DOUBTFUL),
    "in seventy years": (70 * 366 * 24 * HOUR_NS, DOUBTFUL),
    "in 1970": (None, Quality.GOOD),
}


def moved(ied: ScriptedDevice, time_ns: int, clock: int = 0) -> Sample:
    async def scenario() -> Sample:
        sink = Recorder()
        async with running(driver_of(ied.port), sink):
            ied.position("CSWI1", "10", time_ns, clock=clock)
            await until(lambda: sink.of("CSWI1.Pos")[-1].value is Dbpos.ON, "an event")
            return sink.of("CSWI1.Pos")[-1]

    return asyncio.run(scenario())


@pytest.mark.parametrize("name", BITS)
def test_what_the_device_says_of_its_clock_travels_with_the_event(name: str) -> None:
    clock, bits = BITS[name]
    with scripted() as ied:
        time_ns = time.time_ns() // 1_000_000_000 * 1_000_000_000
        sample = moved(ied, time_ns, clock)
    assert (sample.source_time_ns, sample.quality) == (time_ns, int(bits))
    assert is_actionable(sample.quality)  # a doubtful clock makes the time doubtful, not the position


@pytest.mark.parametrize("name", OFFSETS)
def test_a_time_that_cannot_be_is_kept_marked_and_never_replaces_ours(name: str) -> None:
    offset_ns, bits = OFFSETS[name]
    now_ns = time.time_ns() // 1_000_000_000 * 1_000_000_000
    time_ns = 1_000_000_000 if offset_ns is None else now_ns + offset_ns
    with scripted() as ied:
        sample = moved(ied, time_ns)
    assert (sample.source_time_ns, sample.quality) == (time_ns, int(bits))
    assert 0 <= sample.arrival_time_ns - now_ns < HOUR_NS


def test_an_event_without_a_time_has_the_one_of_its_arrival_only() -> None:
    with scripted() as ied:
        assert moved(ied, 1).source_time_ns is None  # the epoch itself: never stamped


STRANGE_ENTRIES = {
    "all ones": b"\xff" * 6,
    "milliseconds of more than a day": b"\x7f\xff\xff\xff\x3c\x00",
    "four octets": b"\x00\x00\x00\x00",
    "eight octets of UTC time": b"\x00" * 8,
    "none": b"",
}


@pytest.mark.parametrize("name", STRANGE_ENTRIES)
def test_a_time_of_entry_that_cannot_be_read_costs_no_event(name: str) -> None:
    """TimeOfEntry says when the report was made; the events in it have times of their own."""
    tag = 0x91 if len(STRANGE_ENTRIES[name]) == 8 else 0x8C  # noqa: PLR2004 - octets of UtcTime

    def entry_time() -> RawData:
        return RawData(tag, STRANGE_ENTRIES[name])

    async def scenario() -> None:
        with scripted() as ied:
            sink = Recorder()
            async with running(driver_of(ied.port, integrity_s=0.5), sink):
                marked = Script(report=lambda report: [replaced(report, entry_time())])
                ied.script = marked
                ied.position("CSWI1", "10")
                await until(lambda: sink.of("CSWI1.Pos")[-1].value is Dbpos.ON, "an event")

    asyncio.run(scenario())


def replaced(report: bytes, entry_time: RawData) -> bytes:
    """The same report with another TimeOfEntry."""
    from open61850 import ber

    def inside(octets: bytes, depth: int) -> bytes:
        made = b""
        for each in ber.iter_tlvs(octets):
            value = inside(each.value, depth + 1) if each.tag in (0xA3, 0xA0) and depth < 4 else each.value
            is_time = each.tag == 0x8C and depth == 3
            made += ber.encode_tlv(entry_time.tag, entry_time.value) if is_time else ber.encode_tlv(each.tag, value)
        return made

    changed = inside(report, 0)
    assert changed != report
    return changed


def test_a_clock_that_jumps_keeps_every_event_in_the_order_of_its_arrival() -> None:
    async def scenario() -> None:
        with scripted() as ied:
            sink, now_ns = Recorder(), time.time_ns() // 1_000_000_000 * 1_000_000_000
            async with running(driver_of(ied.port), sink):
                before = len(sink.of("CSWI1.Pos"))
                for number, jump_ns in enumerate((0, HOUR_NS, -HOUR_NS, 1_000_000_000)):
                    ied.position("CSWI1", ("10", "01")[number % 2], now_ns + jump_ns)
                await until(lambda: len(sink.of("CSWI1.Pos")) == before + 4, "four events")
                samples = sink.of("CSWI1.Pos")[before:]
                assert [each.source_time_ns for each in samples] == [
                    now_ns, now_ns + HOUR_NS, now_ns - HOUR_NS, now_ns + 1_000_000_000,
                ]  # fmt: skip
                assert [bool(each.quality & Quality.TIME_DOUBTFUL) for each in samples] == [False, True, False, False]

    asyncio.run(scenario())


@pytest.mark.parametrize("jump_ns", [HOUR_NS, -HOUR_NS])
def test_our_own_clock_may_jump_without_a_link_lost_or_a_command_repeated(jump_ns: int) -> None:
    """Timers are monotonic: neither the silence of a block nor a selection ends by the time of day."""
    offset_ns = 0

    def clock() -> int:
        return time.time_ns() + offset_ns

    async def scenario() -> None:
        nonlocal offset_ns
        with scripted() as ied:
            sink, driver = Recorder(), create(link(ied.port, integrity_s=0.3), [*points(), group_point()], clock)
            async with running(driver, sink) as task:
                assert (await driver.execute(command("CSWI1.Pos", Action.SELECT, Dbpos.ON))).accepted
                offset_ns = jump_ns
                assert (await driver.execute(command("CSWI1.Pos", Action.OPERATE, Dbpos.ON))).accepted
                await until(lambda: sink.of("CSWI1.Pos")[-1].value is Dbpos.ON, "confirmed")
                await asyncio.sleep(0.7)  # more than two integrity periods
                assert not task.done()
                written = [each for each in ied.requests if b"$CO$" in each.content and each.service == SERVICE_WRITE]
                assert len(written) == 2  # one select, one operate

    asyncio.run(scenario())
