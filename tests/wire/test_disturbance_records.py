"""A fault's disturbance records on their way: station, unit, control centre; the same octets everywhere."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import ringmain
from models.driver import LinkConfig
from models.point import Handle, SampleBatch
from models.record import Record
from protocols.iec104.master import create
from tests.sim_ied.records.comtrade_reader import read
from tests.wire.addresses import specs_of
from tests.wire.aftermath import is_normal
from tests.wire.conftest import Scenario
from tests.wire.scene import Scene

WITHIN_S = 20.0


class ProtectionDesk:
    """A control centre that fetches disturbance records: our own controlling station."""

    def __init__(self, folder: Path, port: int) -> None:
        points = [(Handle(number), spec) for number, spec in enumerate(specs_of(folder).values(), 1)]
        link = LinkConfig("unit", "iec104", "unit", "127.0.0.1", port, {"fetch_files": "all"})
        self._driver = create(link, points, time.time_ns)
        self.records: list[Record] = []
        self.notices: list[str] = []

    async def events(self, batch: SampleBatch) -> None: ...

    def measurands(self, batch: SampleBatch) -> None: ...

    def connected(self) -> None: ...

    def notice(self, text: str) -> None:
        self.notices.append(text)

    async def record(self, record: Record) -> None:
        self.records.append(record)

    @property
    def sums(self) -> set[str]:
        return {sha256(each.content).hexdigest() for each in self.records}

    async def fetch(self, wanted: set[str]) -> None:
        """Connect until these records are here, by SHA-256."""
        link = asyncio.ensure_future(self._driver.run(self))
        try:
            async with asyncio.timeout(WITHIN_S):
                while not wanted <= self.sums and not link.done():
                    await asyncio.sleep(0.05)
        finally:
            link.cancel()
            with suppress(asyncio.CancelledError):
                await link


def kept(scene: Scene, since: datetime) -> dict[str, Path]:
    """The files by SHA-256 of what was recorded since then: other scenes on the same stage had faults of their own."""
    files = {path: path.read_bytes() for path in (scene.stage.site.data / "records").glob("*/*.cff")}
    return {sha256(each).hexdigest(): path for path, each in files.items() if read(each).trigger >= since}


async def all_records(scene: Scene, begun: int, since: datetime) -> dict[str, Path]:
    """As `kept`, once every station whose indicator has told a fault has delivered."""
    deadline_s = time.monotonic() + WITHIN_S
    while True:
        events = (await scene.stage.sim("events", since=begun))["events"]
        bays = {each["point"].rpartition("/")[0] for each in events if "/SFPI1." in each["point"] and each["value"]}
        stored = kept(scene, since)
        if len(bays) > 1 and len(stored) == len(bays) <= len(scene.said("disturbance record")):
            return stored
        assert time.monotonic() < deadline_s, f"{len(stored)} records of {len(bays)} indicators"
        await scene.stage.pause()


def test_records_of_a_fault_reach_unit_and_control_centre(play: Callable[[Scenario], None]) -> None:
    async def scenario(scene: Scene) -> None:
        stage = scene.stage
        begun, since = len((await stage.sim("events"))["events"]), datetime.now(UTC)
        await scene.fault(permanent=False)
        line = await scene.hears("disturbance record")
        assert " octets, from 20" in line
        stored = await all_records(scene, begun, since)
        shown = await stage.unit.query("Records", stage.site.name)
        listed = shown[-1].value["records"]  # type: ignore[call-overload, index]
        everything = {each["sha256"] for each in listed}
        assert stored.keys() <= everything
        for path in stored.values():
            made = read(path.read_bytes())
            assert path.parent.name == made.station
            assert max(max(channel.values) for channel in made.analogues if channel.unit == "A") > 400.0
        desk = ProtectionDesk(stage.site.folder, stage.site.ports.protection)
        await desk.fetch(everything)
        assert everything <= desk.sums
        out = stage.site.folder / "one.cff"
        number = str(listed[0]["number"])
        arguments = ["records", str(stage.site.folder / "unit.toml"), "--get", number, "--out", str(out)]
        assert await asyncio.to_thread(ringmain.main, arguments) == 0
        assert sha256(out.read_bytes()).hexdigest() == listed[0]["sha256"]
        for fault in scene.faults:
            await stage.sim("repair", fault)
        await is_normal(stage)

    play(scenario)
