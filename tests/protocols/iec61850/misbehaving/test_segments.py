"""Reports in segments over the wire (IEC 61850-8-1): whole, with holes, doubled, without end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest
from open61850.data import BitStringData, BoolData, IECData, IntData, StructureData, UIntData, VisibleStringData
from open61850.mms import OptFlds
from open61850.server import protocol

from models.point import Dbpos
from protocols.iec61850.client import MmsDriver
from protocols.iec61850.reports.heading import read_heading, report_at

from ..bench import HANDLES, Recorder, driver_of, running, until
from .device import NO_ANSWER, SOUND, Script, ScriptedDevice, bit_string, scripted, stamp

SMALL_PDU = 420
"""Octets: a report of all of dsStatus takes several."""
Scenario = Callable[[ScriptedDevice, MmsDriver, Recorder], Awaitable[None]]


def play(scenario: Scenario, script: Script = SOUND, **settings: float) -> None:
    async def whole() -> None:
        with scripted(script) as ied:
            ied.max_pdu_size = SMALL_PDU
            await scenario(ied, driver_of(ied.port, **settings), Recorder())

    asyncio.run(whole())


def segment_of(report: bytes) -> int | None:
    """SubSqNum of a report as the server sends it, None where it has none."""
    from open61850.mms import pdu

    octets = pdu.wrap(report)
    return read_heading(octets, report_at(octets)).segment if report_at(octets) >= 0 else None


class Watch:
    """What a script does with reports, and how many segments there were."""

    def __init__(self, change: Callable[[bytes, int | None], list[bytes]]) -> None:
        self.change, self.most = change, 0

    def report(self, report: bytes) -> list[bytes]:
        segment = segment_of(report)
        self.most = max(self.most, segment or 0)
        return self.change(report, segment)


def test_a_picture_in_segments_is_whole_and_its_events_are_one_each() -> None:
    watch = Watch(lambda report, segment: [report])

    async def scenario(ied: ScriptedDevice, driver: MmsDriver, sink: Recorder) -> None:
        async with running(driver, sink):
            assert watch.most >= 2
            assert sink.handles == set(HANDLES.values())
            before = len(sink.committed)
            for bits, value in (("10", Dbpos.ON), ("01", Dbpos.OFF)):
                ied.position("CSWI1", bits)
                await until(lambda value=value: sink.of("CSWI1.Pos")[-1].value is value, "an event")  # type: ignore[misc]
            assert len(sink.committed) == before + 2
            assert not sink.notices

    play(scenario, Script(report=watch.report))


def test_a_segment_that_stays_away_is_told_and_asked_for() -> None:
    async def scenario(ied: ScriptedDevice, driver: MmsDriver, sink: Recorder) -> None:
        async with running(driver, sink):
            gone: list[bytes] = []

            def lose_one(report: bytes, segment: int | None) -> list[bytes]:
                if segment == 1 and not gone:
                    gone.append(report)
                    return NO_ANSWER
                return [report]

            watch = Watch(lose_one)
            ied.script = Script(report=watch.report)
            await until(lambda: bool(gone), "a segment lost")
            await until(lambda: any("segments of a report are missing" in text for text in sink.notices), "told")
            (text,) = [text for text in sink.notices if "missing" in text]
            assert text.endswith("its whole data set is asked for")
            ied.position("CSWI1", "10")
            await until(lambda: sink.of("CSWI1.Pos")[-1].value is Dbpos.ON, "an event after it")
            assert driver.counters()["gaps"] == 1

    play(scenario, integrity_s=0.3)


def test_segments_that_come_twice_are_one_report() -> None:
    watch = Watch(lambda report, segment: [report, report] if segment is not None else [report])

    async def scenario(ied: ScriptedDevice, driver: MmsDriver, sink: Recorder) -> None:
        async with running(driver, sink):
            assert watch.most >= 2
            assert len({each.handle for each in sink.committed}) == len(sink.committed)
            assert driver.counters()["duplicates"] >= 3
            assert not [text for text in sink.notices if "lost" in text]

    play(scenario, Script(report=watch.report))


OPTIONS = OptFlds(data_set_name=True, sequence_number=True, segmentation=True).to_bitstring()
FIRST_OF_EIGHT = BitStringData(b"\x80", 0)


def piece(sequence: int, segment: int, more: bool) -> bytes:
    """A segment with the position of CSWI1, by a device that lies about what follows."""
    origin = StructureData([IntData(0), bit_string("0" * 8)])
    value: list[IECData] = [origin, UIntData(0), bit_string("10"), bit_string("0" * 13), stamp(time.time_ns())]
    head = [VisibleStringData("status"), OPTIONS, UIntData(sequence), VisibleStringData("IED1LD0/LLN0$dsStatus")]
    fields: list[IECData] = [*head, UIntData(segment), BoolData(more), FIRST_OF_EIGHT, StructureData(value)]
    return protocol.information_report(fields, list_name="RPT")  # type: ignore[arg-type]


LIES = {
    "without end": [(40_000, number, True) for number in range(1500)],
    "each the first": [(40_000, 0, True)] * 300,
    "each another report's": [(40_000 + number, 1, True) for number in range(300)],
    "numbers that jump": [(40_000, number * 250 % 65_536, True) for number in range(300)],
}


@pytest.mark.parametrize("name", LIES)
def test_segments_that_lie_take_neither_memory_nor_the_link(name: str) -> None:
    async def scenario(ied: ScriptedDevice, driver: MmsDriver, sink: Recorder) -> None:
        async with running(driver, sink):
            entries = driver.resume_points()
            for said in LIES[name]:
                ied.say(piece(*said))
            ied.position("CSWI2", "10")
            await until(lambda: sink.of("CSWI2.Pos")[-1].value is Dbpos.ON, "an event after them")
            assert driver._connection is not None  # noqa: SLF001 - what it keeps is the question
            (block,) = [each for each in driver._connection._reporting._blocks if each.buffered]  # noqa: SLF001
            assert len(block.stream._recent) <= 256  # noqa: SLF001
            assert len(sink.notices) < 10
            assert set(driver.resume_points()) == set(entries)

    play(scenario)
