"""What a link does about reports that are missing, doubled, too many, or that a device does not have."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from open61850.data import BitStringData, BoolData, IntData, UIntData, VisibleStringData
from open61850.mms import OBJECT_CLASS_NAMED_VARIABLE_LIST, DataAccessError, MmsClient, OptFlds
from open61850.server import IedModel, protocol

from models.errors import LinkError
from models.point import Dbpos
from models.quality import Quality
from models.scl.expected import Dynamic, ExpectedDevice
from models.scl.expected_text import pack
from protocols.iec61850.client import MmsDriver
from sim_ied.mms.server import Server

from ..bench import HANDLES, ICD, Recorder, device, driver_of, running, until
from ..proxy import proxy

SPARE = """<ReportControl name="{name}" buffered="{buffered}" confRev="0" bufTime="0" intgPd="0">
              <TrgOps dchg="true" qchg="true" period="true" gi="true"/>
              <OptFields seqNum="true" timeStamp="true" dataSet="true" reasonCode="true" configRef="true"/>
              <RptEnabled max="1"/>
            </ReportControl>"""
STATUS_ONLY = {"reports": "LLN0.BR.brcbStatus"}


@contextmanager
def device_with_spare_blocks(folder: Path) -> Iterator[Server]:
    spare = SPARE.format(name="urcbSpare", buffered="false") + SPARE.format(name="brcbSpare", buffered="true")
    text = ICD.read_text().replace("</LN0>", spare + "</LN0>", 1)
    file = folder / "spare.icd"
    file.write_text(text)
    server = Server(IedModel.from_scl(str(file)), "127.0.0.1", 0)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def test_a_device_without_an_association_left_is_told_in_words(tmp_path: Path) -> None:
    async def scenario() -> None:
        with device_with_spare_blocks(tmp_path) as ied:
            ied.most_associations = 1
            async with running(driver_of(ied.port), Recorder()):
                with pytest.raises(LinkError, match="the device takes no further association, or none from this"):
                    await driver_of(ied.port).run(Recorder())

    asyncio.run(scenario())


def data_sets(port: int) -> list[str]:
    with MmsClient.connect("127.0.0.1", port) as client:
        return client.get_name_list(OBJECT_CLASS_NAMED_VARIABLE_LIST, "IED1LD0")


def test_points_without_a_report_get_a_data_set_that_ends_with_the_association(tmp_path: Path) -> None:
    async def scenario() -> None:
        sink = Recorder()
        with device_with_spare_blocks(tmp_path) as ied:
            before = data_sets(ied.port)
            async with running(driver_of(ied.port, **STATUS_ONLY), sink):
                await until(lambda: sink.handles == set(HANDLES.values()), "every point")
                assert not [text for text in sink.notices if "read every" in text]
                ied.model.set("IED1LD0/MMXU1.TotW.mag.f[MX]", 1250.0)
                await until(lambda: sink.of("MMXU1.TotW")[-1].value == 1250.0, "a change reported")
                assert data_sets(ied.port) == before

    asyncio.run(scenario())


def test_a_persistent_data_set_is_deleted_when_the_link_is_closed(tmp_path: Path) -> None:
    async def scenario() -> None:
        sink = Recorder()
        with device_with_spare_blocks(tmp_path) as ied:
            before = data_sets(ied.port)
            async with running(driver_of(ied.port, dynamic_data_sets="persistent", **STATUS_ONLY), sink):
                assert set(data_sets(ied.port)) - set(before) == {"LLN0$rmReads1"}
            assert data_sets(ied.port) == before

    asyncio.run(scenario())


def test_what_fits_into_no_data_set_is_read(tmp_path: Path) -> None:
    async def scenario() -> None:
        sink = Recorder()
        with device_with_spare_blocks(tmp_path) as ied:
            driver = driver_of(ied.port, dynamic_members=1, read_period_s=1.0, **STATUS_ONLY)
            async with running(driver, sink):
                await until(lambda: sink.handles == set(HANDLES.values()), "every point")
                assert [text for text in sink.notices if "read every 1 s" in text]
                assert driver.counters()["reads"] >= 1

    asyncio.run(scenario())


@pytest.mark.parametrize(("services", "made"), [(Dynamic(False), False), (Dynamic(True, 1, 1), True)])
def test_data_sets_are_made_within_what_the_scl_offers(tmp_path: Path, services: Dynamic, made: bool) -> None:
    async def scenario() -> None:
        sink = Recorder()
        offered = pack(ExpectedDevice(dynamic=services))
        with device_with_spare_blocks(tmp_path) as ied:
            before = data_sets(ied.port)
            driver = driver_of(ied.port, dynamic_data_sets="persistent", scl_device=offered, **STATUS_ONLY)
            async with running(driver, sink):
                assert (set(data_sets(ied.port)) - set(before) == {"LLN0$rmReads1"}) is made
                await until(lambda: sink.handles == set(HANDLES.values()), "every point")
                assert [text for text in sink.notices if "so read every" in text]

    asyncio.run(scenario())


def test_lost_reports_are_told_counted_and_asked_for() -> None:
    options = OptFlds(data_set_name=True, sequence_number=True).to_bitstring()
    name = VisibleStringData("IED1LD0/LLN0$dsMeasurands")
    gap = [VisibleStringData("measurands"), options, UIntData(200), name, BitStringData(b"\x00", 6)]

    async def scenario() -> None:
        sink = Recorder()
        with device() as ied, proxy(ied.port) as between:
            driver = driver_of(between.port, integrity_s=30.0)
            async with running(driver, sink):
                before = len(sink.of("MMXU1.TotW"))
                between.say(protocol.information_report(gap, list_name="RPT"))
                await until(lambda: len(sink.of("MMXU1.TotW")) > before, "the answer to an interrogation")
                told, *_ = [text for text in sink.notices if "events lost" in text]  # then the true numbers go on
                assert told.startswith("events lost before report 200 of IED1LD0/LLN0$RP$urcbMeasurands01: ")
                assert "reports are missing; its whole data set is asked for" in told
                assert driver.counters()["gaps"] >= 1
                assert driver.counters()["reports lost"] > 190

    asyncio.run(scenario())


def test_an_entry_that_comes_twice_is_one_event() -> None:
    async def scenario() -> None:
        sink = Recorder()
        with device() as ied, proxy(ied.port) as between:
            driver = driver_of(between.port, integrity_s=30.0)
            async with running(driver, sink):
                for bits in ("01", "10"):
                    ied.position("CSWI1", bits, time.time_ns())
                await until(lambda: sink.of("CSWI1.Pos")[-1].value is Dbpos.ON, "two events")
                events = len(sink.committed)
                for packet in between.reports[-2:]:
                    between.repeat(packet)
                await until(lambda: driver.counters().get("duplicates", 0) == 2, "the same entries again")
                ied.position("CSWI1", "00", time.time_ns())
                await until(lambda: sink.of("CSWI1.Pos")[-1].value is Dbpos.INTERMEDIATE, "a third event")
                assert len(sink.committed) == events + 1
                assert not [text for text in sink.notices if "lost" in text]

    asyncio.run(scenario())


def spoken(number: int, value: BitStringData | DataAccessError | BoolData, conf_rev: int = 7) -> bytes:
    """A report of the first member of dsStatus, which is a whole data object, by a device that lies about it."""
    options = OptFlds(data_set_name=True, sequence_number=True, conf_revision=True).to_bitstring()
    name = VisibleStringData("IED1LD0/LLN0$dsStatus")
    head = [VisibleStringData("status"), options, UIntData(number), name, UIntData(conf_rev), BitStringData(b"\x80", 0)]
    fields = [*head, value.code] if isinstance(value, DataAccessError) else [*head, value]
    return protocol.information_report(fields, list_name="RPT")  # type: ignore[arg-type]


def test_an_access_error_inside_a_report_makes_its_own_point_invalid() -> None:
    async def scenario() -> None:
        sink = Recorder()
        with device() as ied, proxy(ied.port) as between:
            async with running(driver_of(between.port, integrity_s=30.0), sink):
                ied.position("CSWI1", "10", time.time_ns())
                await until(lambda: sink.of("CSWI1.Pos")[-1].value is Dbpos.ON, "position")
                others = len(sink.committed) - len(sink.of("CSWI1.Pos"))
                between.say(spoken(60_000, DataAccessError(1)))
                invalid = int(Quality.INVALID | Quality.FAILURE)
                await until(lambda: invalid in [s.quality for s in sink.of("CSWI1.Pos")], "invalid")
                assert [text for text in sink.notices if text.startswith("IED1LD0/CSWI1.Pos: ")]
                assert len(sink.committed) - len(sink.of("CSWI1.Pos")) == others

    asyncio.run(scenario())


def test_another_configuration_revision_inside_a_report_ends_the_link() -> None:
    async def scenario() -> None:
        with device() as ied, proxy(ied.port) as between:
            async with running(driver_of(between.port, integrity_s=30.0), Recorder()) as task:
                between.say(spoken(1, BoolData(True), conf_rev=8))
                with pytest.raises(LinkError, match="config mismatch: confRev of .* is 7 in the SCL, 8 in the device"):
                    await asyncio.wait_for(task, 20)

    asyncio.run(scenario())


def test_a_flood_is_told_and_delays_no_other_link() -> None:
    async def scenario() -> None:
        sink, other = Recorder(), Recorder()
        with device() as ied, device() as calm, proxy(ied.port) as between:
            flooded: MmsDriver = driver_of(between.port, integrity_s=30.0, flood_reports=100)
            async with running(flooded, sink), running(driver_of(calm.port, integrity_s=30.0), other):
                flood = asyncio.create_task(asyncio.to_thread(_flood, between.say))
                await until(lambda: flooded.counters().get("floods", 0) == 1, "the flood noticed")
                began_s = time.monotonic()
                calm.position("CSWI1", "10", time.time_ns())
                await until(lambda: other.of("CSWI1.Pos")[-1].value is Dbpos.ON, "an event of the other device")
                assert time.monotonic() - began_s < 1.0
                await flood
                ied.position("CSWI1", "10", time.time_ns())
                await until(lambda: sink.of("CSWI1.Pos")[-1].value is Dbpos.ON, "an event after the flood")
                assert len([text for text in sink.notices if "the device floods" in text]) == 1

    asyncio.run(scenario())


def _flood(say: object) -> None:
    assert callable(say)
    options = OptFlds(data_set_name=True).to_bitstring()
    name, none = VisibleStringData("IED1LD0/LLN0$dsStatus"), BitStringData(b"\x00", 0)
    said = protocol.information_report([VisibleStringData("status"), options, name, none], list_name="RPT")
    for _ in range(2000):
        say(said)


def test_the_decoder_meets_the_type_that_the_device_said_it_has_not() -> None:
    async def scenario() -> None:
        sink = Recorder()
        with device() as ied, proxy(ied.port) as between:
            async with running(driver_of(between.port, integrity_s=30.0), sink):
                between.say(protocol.information_report([IntData(1)], list_name="other"))  # no report at all
                ied.position("CSWI1", "10", time.time_ns())
                await until(lambda: sink.of("CSWI1.Pos")[-1].value is Dbpos.ON, "an event after it")

    asyncio.run(scenario())
