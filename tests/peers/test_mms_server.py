"""libiec61850's server behind TLS, and our driver: reports over a break, records, setting groups, controls."""

from __future__ import annotations

import asyncio
import io
import time
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from models.command import Action, AddCause, CommandResult, Outcome
from models.driver import LinkConfig
from models.errors import LinkError
from models.point import Cdc, ControlModel, Dbpos
from protocols.iec61850.client import create
from protocols.tls.link import settings_of
from tests.peers.mms import mms_files_server
from tests.protocols.iec61850.bench import (
    GROUP,
    HANDLES,
    Recorder,
    command,
    group_point,
    link,
    running,
    spec,
    until,
)
from tests.protocols.tls.ends import parameters
from tests.substation.trust.pki import Clocks, Pki

POINTS = [
    (HANDLES["CSWI1.Pos"], spec("CSWI1.Pos", Cdc.DPC, ControlModel.SBO_ENHANCED)),
    (HANDLES["MMXU1.TotW"], spec("MMXU1.TotW", Cdc.MV)),
    group_point(),
]
REPORTS = {
    "reports": "IED1LD0/LLN0.BR.brcbStatus,IED1LD0/LLN0.RP.urcbMeasurands",
    "data_set:IED1LD0/LLN0.BR.brcbStatus": "LLN0.dsStatus",
    "file_settle_s": 0.05,
}
ACCEPTED = CommandResult(Outcome.ACCEPTED)
ATTEMPTS = 20


class Cable:
    """Between two ends, to be cut."""

    def __init__(self, far: int) -> None:
        self._far, self.port = far, 0
        self._writers: list[asyncio.StreamWriter] = []
        self._pumps: set[asyncio.Task[None]] = set()

    async def plug(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._far)
        self._writers += [writer, far_writer]
        for source, target in ((reader, far_writer), (far_reader, writer)):
            self._pumps.add(asyncio.create_task(_pump(source, target)))

    async def cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*self._pumps)
        self._writers, self._pumps = [], set()


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await source.read(65536):
            target.write(data)
    target.transport.abort()


@asynccontextmanager
async def cable(far: int) -> AsyncIterator[Cable]:
    made = Cable(far)
    async with await asyncio.start_server(made.plug, "127.0.0.1", 0) as listener:
        made.port = int(listener.sockets[0].getsockname()[1])
        try:
            yield made
        finally:
            await made.cut()


class Site:
    """An authority, the device's certificate and ours, and a folder of files."""

    def __init__(self, folder: Path) -> None:
        self.pki = Pki(folder / "authority", Clocks(time.time_ns()), algorithm="p256")
        for name in ("IED1", "OBR"):
            self.pki.issue(name, role=None, hosts=("127.0.0.1",), algorithm="p256")
        own = self.pki.authority.file_of
        self.device = own("IED1"), own("IED1", ".key"), self.pki.folder / "authority.pem"
        self.files = folder / "files"
        (self.files / "COMTRADE").mkdir(parents=True)

    def link(self, port: int, oldest: str = "1.2") -> LinkConfig:
        files = settings_of(parameters(self.pki, "OBR"))
        return link(port, **REPORTS, **{"tls": "mutual", **files, "tls_minimum": oldest})


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@pytest.mark.parametrize("newest", ["1.2", "1.3"])
def test_reports_go_on_after_a_break_over_tls(tmp_path: Path, newest: str) -> None:
    site, sink = Site(tmp_path), Recorder()

    async def whole() -> None:
        with mms_files_server(site.files, *site.device, newest=newest) as (peer, port):
            async with cable(port) as between:
                driver = create(site.link(between.port, newest), POINTS, site.pki.clock)
                stamps_ms = [now_ms() + number for number in range(4)]
                async with running(driver, sink) as task:
                    peer.order("position", "CSWI1", int(Dbpos.ON), stamps_ms[0], 0)
                    await until(lambda: sink.of("CSWI1.Pos")[-1].value is Dbpos.ON, "an event")
                    await between.cut()
                    with pytest.raises(LinkError):
                        await task
                seen = len(sink.of("CSWI1.Pos"))
                for number in (1, 2, 3):
                    peer.order("position", "CSWI1", 2 - number % 2, stamps_ms[number], 0)
                await again(driver, sink)
                after = [(each.value, each.source_time_ns) for each in sink.of("CSWI1.Pos")[seen:]]
                values = (Dbpos.OFF, Dbpos.ON, Dbpos.OFF)
                assert after == [(value, stamp * 1_000_000) for value, stamp in zip(values, stamps_ms[1:], strict=True)]

    asyncio.run(whole())


async def again(driver: object, sink: Recorder) -> None:
    """The server needs a moment to see that the old association is gone; the caller of a driver tries again."""
    for _ in range(ATTEMPTS):
        with suppress(LinkError):
            async with running(driver, sink):  # type: ignore[arg-type]
                return
        await asyncio.sleep(0.1)
    raise AssertionError(f"no link after {ATTEMPTS} attempts")


def test_records_setting_groups_and_controls_over_tls(tmp_path: Path) -> None:
    site, sink = Site(tmp_path), Recorder()
    content = bytes(range(256)) * 400
    (site.files / "COMTRADE" / "A.cfg").write_bytes(b"S,D,1999")
    (site.files / "COMTRADE" / "A.dat").write_bytes(content)

    async def whole() -> None:
        with mms_files_server(site.files, *site.device) as (peer, port):
            driver = create(site.link(port), POINTS, site.pki.clock)
            async with running(driver, sink):
                await until(lambda: bool(sink.of(GROUP)), "the active group")
                assert sink.of(GROUP)[-1].value == 1
                assert await driver.execute(command(GROUP, Action.OPERATE, 3)) == ACCEPTED
                assert peer.order("group") == 3
                refused = await driver.execute(command(GROUP, Action.OPERATE, 4))
                assert (refused.outcome, refused.add_cause) == (Outcome.REFUSED, AddCause.INCONSISTENT_PARAMETERS)
                for action in (Action.SELECT, Action.OPERATE):
                    assert await driver.execute(command("CSWI1.Pos", action, Dbpos.ON)) == ACCEPTED
                await until(lambda: len(sink.records) == 1, "record")
        with zipfile.ZipFile(io.BytesIO(sink.records[0].content)) as archive:
            assert archive.read("A.dat") == content

    asyncio.run(whole())
