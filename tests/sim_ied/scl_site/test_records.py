"""RDRE of any SCL file: its record is a set of files of its device, and our driver fetches it when RDRE says so."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest
from open61850.mms import operate

from models.point import Handle
from models.scl.links import links
from models.scl.points import points
from models.scl.reader import read_scl
from protocols.iec61850.client import create
from protocols.iec61850.files import fetching
from tests.sim_ied.scl_site.sites import connect, simulated
from tests.sim_ied.site_files import Memory

FILE = Path(__file__).with_name("recorder.icd")


def test_a_record_that_was_asked_for_is_fetched_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "EAGER_S", (0.05,) * 20)
    scl = read_scl(FILE.read_bytes(), FILE.name)
    specs = [(Handle(number), spec) for number, spec in enumerate(points(scl), 1)]
    memory = Memory(specs)

    async def scenario() -> None:
        async with simulated(FILE) as simulator:
            host, port = simulator.addresses["REC1"]
            link = replace(links(scl)[0], host=host, port=port)
            link = replace(link, settings={**link.settings, "file_settle_s": 0.05})
            running = asyncio.create_task(create(link, specs, time.time_ns).run(memory))
            await memory.until(lambda: memory.is_connected or running.done())
            client = await asyncio.to_thread(connect, simulator.addresses["REC1"])
            await asyncio.to_thread(operate, client, "REC1LD0/RDRE1.RcdTrg", True)
            await memory.until(lambda: bool(memory.records))
            await asyncio.to_thread(client.close)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            assert memory.records[0].name.startswith("COMTRADE/")
            assert any(name.endswith("RDRE1.RcdMade") and sample.value for name, sample in memory.samples)

    asyncio.run(scenario())
