"""Disturbance records over MMS: a simulated IED's files fetched by the driver, over breaks, beside commands."""

from __future__ import annotations

import asyncio
import io
import threading
import time
import zipfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from open61850.server import IedModel

from models.command import Action, Outcome
from models.errors import StorageError
from models.point import Dbpos
from models.record import Record
from protocols.iec61850.client import MmsDriver, create
from protocols.iec61850.files import fetching
from sim_ied.mms import file_units
from sim_ied.mms.files import SLICE, DeviceFiles, FileService
from sim_ied.mms.server import Server
from tests.protocols.iec61850.bench import ICD, Recorder, command, link, points, running, until

NS = 1_000_000_000
MADE_NS = 1_790_000_000 * NS
QUICK = {"file_settle_s": 0.05, "file_period_s": 60.0}
CFG = b"Station,Relay,1999\r\n2,1A,1D\r\n1,IL1,L1,,A,1,0,0,-9,9,1,1,P\r\n1,trip,,,0\r\n50\r\n1\r\n1000,2\r\n"
TIMES = b"20/11/2026,19:15:09.000000\r\n20/11/2026,20:15:09.250000\r\nBINARY\r\n1\r\n"
TRIGGER_NS = int(datetime(2026, 11, 20, 20, 15, 9, 250_000, tzinfo=UTC).timestamp() * 1000) * 1_000_000


class Device:
    """A server with files; what it was asked for can be looked at, changed, or held up."""

    def __init__(self, port: int = 0, files: DeviceFiles | None = None, may_delete: bool = False) -> None:
        self.files = files or DeviceFiles()
        self.server = Server(IedModel.from_scl(ICD), "127.0.0.1", port)
        FileService(self.files, may_delete).attach(self.server)
        self.asked: list[int] = []
        self.before: Callable[[int], None] = lambda service: None
        for number, service in list(self.server.services.items()):
            self.server.services[number] = lambda *given, number=number, service=service: self._answer(  # type: ignore[misc]
                number, service, *given
            )
        self.server.start()

    def _answer(self, number: int, service: Callable[..., bytes], *given: Any) -> bytes:
        self.asked.append(number)
        self.before(number)
        return service(*given)

    def record(self, stem: str, octets: int = 100, modified_ns: int = MADE_NS) -> bytes:
        data = bytes(index * 7 % 251 for index in range(octets))
        self.files.put(f"COMTRADE/{stem}.cfg", CFG + TIMES, modified_ns)
        self.files.put(f"COMTRADE/{stem}.dat", data, modified_ns)
        return data

    def driver(self, **settings: Any) -> MmsDriver:
        return create(link(self.server.port, **QUICK, **settings), points(), time.time_ns)


@asynccontextmanager
async def device(**given: Any) -> AsyncIterator[Device]:
    made = Device(**given)
    try:
        yield made
    finally:
        await asyncio.to_thread(made.server.stop)


def members(record: Record) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(record.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_set_of_files_is_one_record_with_its_trigger_time() -> None:
    async def scenario() -> None:
        sink = Recorder()
        async with device() as ied:
            data = ied.record("FRA00001", 3 * SLICE + 5)
            ied.files.put("COMTRADE/FRA00002.cfg", CFG, MADE_NS)  # its data are not there yet
            ied.files.put("COMTRADE/FRA00003.cff", b"--- file type: CFG ---\r\nwhole", MADE_NS)
            ied.files.put("settings/relay.xml", b"<x/>", MADE_NS)
            driver = ied.driver()
            async with running(driver, sink):
                await until(lambda: len(sink.records) == 2, "two records")
                first = next(each for each in sink.records if each.name == "COMTRADE/FRA00001")
                assert members(first) == {"FRA00001.cfg": CFG + TIMES, "FRA00001.dat": data}
                assert first.time_ns == TRIGGER_NS
                single = next(each for each in sink.records if each is not first)
                assert (single.name, single.content[-5:], single.time_ns) == (
                    "COMTRADE/FRA00003.cff", b"whole", MADE_NS
                )  # fmt: skip
                assert driver.counters()["records fetched"] == 2

    asyncio.run(scenario())


def test_what_was_fetched_is_not_fetched_again_even_after_a_restart() -> None:
    async def scenario() -> None:
        async with device() as ied:
            ied.record("A")
            sink, driver = Recorder(), ied.driver()
            async with running(driver, sink):
                await until(lambda: len(sink.records) == 1, "record")
            again = Recorder()
            later = ied.driver(**{k: v for k, v in driver.resume_points().items() if k == "fetched_files"})
            async with running(later, again):
                ied.record("B")
                await until(lambda: len(again.records) == 1, "the new record")
                assert again.records[0].name == "COMTRADE/B"

    asyncio.run(scenario())


def test_a_trip_makes_the_driver_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "EAGER_S", (0.05, 0.05, 0.05, 0.05))

    async def scenario() -> None:
        sink = Recorder()
        async with device() as ied, running(ied.driver(), sink):
            await until(lambda: file_units.DIRECTORY in ied.asked, "first look")
            ied.record("A")
            ied.server.model.set("IED1LD0/PTRC1.Tr.general[ST]", True)
            await until(lambda: len(sink.records) == 1, "record", 2.0)

    asyncio.run(scenario())


def test_a_break_keeps_what_has_arrived() -> None:
    async def scenario() -> None:
        sink = Recorder()
        files = DeviceFiles()
        async with device(files=files) as ied:
            data = ied.record("A", 10 * SLICE)
            reads = 0
            driver = ied.driver()

            def cut(service: int) -> None:
                nonlocal reads
                reads += service == file_units.READ
                if reads == 6:
                    raise OSError("the cable is cut")

            ied.before = cut
            task = asyncio.create_task(driver.run(sink))
            await asyncio.wait([task])
            assert reads == 6
            port = ied.server.port
        async with device(files=files, port=port) as ied, running(driver, sink):
            await until(lambda: len(sink.records) == 1, "record")
            assert members(sink.records[0])["A.dat"] == data
            assert ied.asked.count(file_units.READ) == 6  # of the configuration one had come, of the data four

    asyncio.run(scenario())


def test_a_command_waits_for_one_answer_of_a_file_at_most() -> None:
    async def scenario() -> None:
        sink = Recorder()
        gate = threading.Semaphore(0)
        async with device() as ied:
            ied.record("A", 8 * SLICE)

            def hold(service: int) -> None:
                if service == file_units.READ:
                    gate.acquire(timeout=1.0)

            ied.before = hold
            driver = ied.driver()
            async with running(driver, sink):
                await until(lambda: file_units.READ in ied.asked, "a read")
                order = asyncio.create_task(driver.execute(command("CSWI2.Pos", Action.OPERATE, Dbpos.ON)))
                await asyncio.sleep(0)
                seen = ied.asked.count(file_units.READ)
                gate.release()
                assert (await order).outcome is Outcome.ACCEPTED
                assert ied.asked.count(file_units.READ) <= seen + 1
                ied.before = lambda service: None
                for _ in range(20):
                    gate.release()
                await until(lambda: len(sink.records) == 1, "record")

    asyncio.run(scenario())


def test_a_record_that_cannot_be_stored_is_tried_again_and_told_once() -> None:
    class Full(Recorder):
        refused = 0

        async def record(self, record: Record) -> None:
            self.refused += 1
            if self.refused < 3:
                raise StorageError("the disk is full")
            await super().record(record)

    async def scenario() -> None:
        sink = Full()
        async with device() as ied:
            ied.record("A")
            async with running(ied.driver(), sink):
                await until(lambda: len(sink.records) == 1, "record")
            assert [text for text in sink.notices if "disk is full" in text][0].startswith("record COMTRADE/A")

    asyncio.run(scenario())


def test_stored_files_are_deleted_where_that_is_wanted() -> None:
    async def scenario() -> None:
        sink = Recorder()
        async with device(may_delete=True) as ied:
            ied.record("A")
            async with running(ied.driver(delete_files=True), sink):
                await until(lambda: ied.files.folder("COMTRADE") is None, "deleted")
                assert len(sink.records) == 1

    asyncio.run(scenario())


def test_never_and_too_large_leave_the_files_where_they_are() -> None:
    async def scenario() -> None:
        async with device() as ied:
            ied.record("A", 5000)
            never = Recorder()
            async with running(ied.driver(fetch_files="never"), never):
                assert file_units.DIRECTORY not in ied.asked
            sink = Recorder()
            async with running(ied.driver(largest_file=4000), sink):
                await until(lambda: any("more than 4000" in text for text in sink.notices), "told")
                assert file_units.OPEN not in ied.asked

    asyncio.run(scenario())


def test_a_device_without_file_service_is_asked_once() -> None:
    async def scenario() -> None:
        sink = Recorder()
        async with device() as ied:
            for number in (72, 73, 74, 76, 77):
                del ied.server.services[number]
            async with running(ied.driver(), sink):
                order = command("CSWI2.Pos", Action.OPERATE, Dbpos.ON)
                assert (await ied.driver().execute(order)).outcome is Outcome.REFUSED  # that one has no link
                assert not sink.notices

    asyncio.run(scenario())
