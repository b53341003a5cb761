"""The small grid as the files of a site, and a sink that remembers what a driver delivers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from models.difference import Difference
from models.network.writer import write_network
from models.point import Handle, PointSpec, Sample, SampleBatch, Value
from models.record import Record
from sim_ied.scd.world_file import write_world
from sim_ied.scd.writer import write_scd
from tests.sim_ied.small_grid import small_grid


def write_site(folder: Path) -> Path:
    """Write network, SCD and world of the small grid; returns world.toml."""
    network = small_grid()
    (folder / "network.json").write_text(write_network(network), encoding="utf-8")
    (folder / "scd.xml").write_bytes(write_scd(network))
    (folder / "world.toml").write_text(write_world(network), encoding="utf-8")
    return folder / "world.toml"


class Memory:
    """A models.driver.Sink: all samples in order of arrival; `until` waits for a condition with a time-out."""

    def __init__(self, points: list[tuple[Handle, PointSpec]]) -> None:
        self._names = {handle: str(spec.name) for handle, spec in points}
        self.samples: list[tuple[str, Sample]] = []
        self.is_connected = False
        self.records: list[Record] = []
        self.differing: tuple[Difference, ...] = ()
        self.told_differences = 0
        self.notices: list[str] = []
        self._news = asyncio.Event()

    async def events(self, batch: SampleBatch) -> None:
        self.measurands(batch)

    def measurands(self, batch: SampleBatch) -> None:
        self.samples += [(self._names[sample.handle], sample) for sample in batch]
        self._news.set()

    def connected(self) -> None:
        self.is_connected = True
        self._news.set()

    def notice(self, text: str) -> None:
        self.notices.append(text)
        self._news.set()

    def differences(self, found: tuple[Difference, ...]) -> None:
        self.differing = found
        self.told_differences += 1
        self._news.set()

    async def record(self, record: Record) -> None:
        self.records.append(record)
        self._news.set()

    def value(self, name: str) -> Value | None:
        return next((sample.value for known, sample in reversed(self.samples) if known == name), None)

    async def until(self, condition: Callable[[], bool], timeout_s: float = 20.0) -> None:
        async with asyncio.timeout(timeout_s):
            while not condition():
                self._news.clear()
                await self._news.wait()
