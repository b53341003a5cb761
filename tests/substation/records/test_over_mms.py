"""The walk-through of docs/iec61850.md#tls, and what it is for: a simulated IED trips, and the unit has its record."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import ringmain
from models.driver import LinkConfig
from models.point import Handle, PointSpec
from sim_ied.disturbance import Disturbance
from sim_ied.fault import Fault
from sim_ied.server import Simulator
from sim_ied.site import read_site as read_world
from substation.config import read_unit
from substation.field.listener import FieldListener
from substation.field.processes import FrontEnds
from substation.records.trips import load
from substation.site import read_site
from substation.unit import Unit, open_unit
from tests.sim_ied.site_files import write_site
from tests.substation.commands.small_site import change, small_site

PAGE = (Path(__file__).parents[3] / "docs" / "iec61850.md").read_text(encoding="utf-8").partition("\n## TLS\n")[2]
IED = "OBR1E03"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


class OneFrontEnd(FrontEnds):
    """That of IEC 61850 alone."""

    def __init__(
        self, links: Sequence[LinkConfig], points: Sequence[tuple[Handle, PointSpec]], listener: FieldListener
    ) -> None:
        super().__init__([link for link in links if link.ied == IED], points, listener)


def test_a_trip_becomes_a_record_of_the_unit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for line in blocks("sh")[0].splitlines():
        assert ringmain.main(shlex.split(line)[1:]) == 0, line
    unit_part, world_part = blocks("toml")[:2]
    world = write_site(tmp_path)
    with world.open("a", encoding="utf-8") as stream:
        stream.write(world_part)
    file = small_site(tmp_path)
    with file.open("a", encoding="utf-8") as stream:
        stream.write(f"\n{unit_part.replace('[field.iec61850]', f'[field.link.{IED}]')}file_settle_s = 0.1\n")
    assert ringmain.main(["check", str(file)]) == 0
    asyncio.run(live(file, world))
    capsys.readouterr()
    assert ringmain.main(["records", str(file), "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)["records"]
    assert (listed["link"], listed["file"][-4:]) == (IED, ".zip")
    assert (listed["trip"]["location"], listed["trip"]["text"]) == ("OBR1/K1/E03", "PTRC1: protection trip")
    assert ringmain.main(["records", str(file)]) == 0
    assert f"event {listed['trip']['event']}: OBR1/K1/E03 PTRC1: protection trip" in capsys.readouterr().out


async def live(file: Path, world: Path) -> None:
    simulator = Simulator(read_world(world), time.time_ns)
    tasks: list[asyncio.Task[None]] = []
    try:
        await simulator.open()
        simulator.write_addresses(file.parent / "addresses.json")
        change(file, "[data_interface]", '[links]\naddresses = "addresses.json"\n[data_interface]')
        config = read_unit(file)
        async with open_unit(config, read_site(config), field=OneFrontEnd) as unit:
            tasks += [asyncio.create_task(unit.run()), asyncio.create_task(simulator.run())]
            await watch(unit, simulator)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        await simulator.close()


async def watch(unit: Unit, simulator: Simulator) -> None:
    assert unit.station is not None
    records = unit.station.records
    await until(lambda: is_up(unit), 20)
    await simulator.disturb(Disturbance("fault", "F1", Fault("F1", "L02/W02")))
    await until(lambda: bool(records.records), 20)
    database = unit.parts.stores.control
    async with asyncio.timeout(20):
        while not await database.run(load):
            await asyncio.sleep(0.02)


async def until(condition: Callable[[], bool], patience_s: float) -> None:
    async with asyncio.timeout(patience_s):
        while not condition():
            await asyncio.sleep(0.05)


def is_up(unit: Unit) -> bool:
    assert unit.station is not None
    return any(health.name == IED and health.up for health in unit.station.links.links)
