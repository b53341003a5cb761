"""The walk-through of docs/iec104.md#tls: simulated RTU <- TLS -> unit <- TLS -> control centre."""

from __future__ import annotations

import asyncio
import re
import shlex
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

import ringmain
from models.driver import LinkConfig
from models.point import Handle, PointSpec
from sim_ied.server import Simulator
from sim_ied.site import read_site as read_world
from substation.config import read_unit
from substation.field.listener import FieldListener
from substation.field.processes import FrontEnds
from substation.site import read_site
from substation.unit import Unit, open_unit
from tests.peers.iec104 import control_centre
from tests.sim_ied.site_files import write_site
from tests.substation.commands.small_site import change, small_site

PAGE = (Path(__file__).parents[3] / "docs" / "iec104.md").read_text(encoding="utf-8").partition("\n## TLS\n")[2]


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


class OneFrontEnd(FrontEnds):
    """That of IEC 104 alone."""

    def __init__(
        self, links: Sequence[LinkConfig], points: Sequence[tuple[Handle, PointSpec]], listener: FieldListener
    ) -> None:
        super().__init__([link for link in links if link.protocol == "iec104"], points, listener)


def test_walk_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for line in blocks("sh")[0].splitlines():
        assert ringmain.main(shlex.split(line)[1:]) == 0, line
    unit_part, world_part = blocks("toml")
    world = write_site(tmp_path)
    with world.open("a", encoding="utf-8") as stream:
        stream.write(world_part)
    file = small_site(tmp_path)
    change(file, '[[control_centre]]\nname = "NCC"\nport = 0\n', unit_part.replace("port = 19998", "port = 0"))
    assert ringmain.main(["check", str(file)]) == 0
    asyncio.run(live(file, world))


async def live(file: Path, world: Path) -> None:
    simulator = Simulator(read_world(world), time.time_ns)
    try:
        await simulator.open()
        simulator.write_addresses(file.parent / "addresses.json")
        change(file, "[data_interface]", '[links]\naddresses = "addresses.json"\n[data_interface]')
        config = read_unit(file)
        async with open_unit(config, read_site(config), field=OneFrontEnd) as unit:
            running = asyncio.create_task(unit.run())
            try:
                await watch(unit, file.parent / "utility")
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
    finally:
        await simulator.close()


async def watch(unit: Unit, utility: Path) -> None:
    """The link comes up, the control centre sees the RTU's points; a revoked RTU is lost."""
    assert unit.station is not None
    await until(partial(is_up, unit, "ST1", True), 20)
    files = [utility / "authority.pem", utility / "issued" / "NCC.pem", utility / "issued" / "NCC.key"]
    async with control_centre("127.0.0.1", unit.station.northbound.ports["NCC"], files) as centre:
        points = [spec for _, spec in unit.parts.image.register.items() if spec.link == "ST1" and spec.monitor]
        assert points[0].monitor is not None
        picture = await centre.order("interrogate", points[0].monitor.common_address)
        assert 20 < picture["objects"] <= len(points)  # totals have an interrogation of their own
    revoke = ["authority", str(utility), "revoke", "ST1", "--reason", "keyCompromise"]
    assert await asyncio.to_thread(ringmain.main, revoke) == 0
    await until(partial(is_up, unit, "ST1", False), 8)
    await until(partial(is_said, unit, "CERT_REVOKED: TLS with 127.0.0.1:"), 8)
    assert is_said(unit, "SESSION_ENDED: TLS with 127.0.0.1:")


def is_said(unit: Unit, text: str) -> bool:
    """In the event list, or as the reason of a link."""
    assert unit.station is not None
    reasons = [health.reason for health in unit.station.links.links]
    return any(text in line for line in (*reasons, *(event.text for _, event in unit.parts.events.newest)))


def is_up(unit: Unit, link: str, up: bool) -> bool:
    assert unit.station is not None
    return any(health.name == link and health.up is up for health in unit.station.links.links)


async def until(condition: partial[bool], patience_s: float) -> None:
    async with asyncio.timeout(patience_s):
        while not condition():
            await asyncio.sleep(0.02)
