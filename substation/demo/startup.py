"""Starts simulator and units of a demonstration and waits for each to be ready."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

from models.errors import RingmainError
from protocols.exchange.client import Client
from substation.demo import steering
from substation.demo.children import Children
from substation.demo.control_centre import NAME, ControlCentre
from substation.demo.narrator import Narrator
from substation.demo.site import DemoSite, write_unit

START_S = 120.0


class Startup:
    """One site's processes. centre: once the unit serves, who may connect to it as its control centre."""

    def __init__(self, site: DemoSite, children: Children, narrator: Narrator) -> None:
        self._site, self._children, self._narrator = site, children, narrator
        self.centre: ControlCentre | None = None

    async def simulator(self, speed: float) -> None:
        folder = self._site.folder
        addresses = folder / "addresses.json"
        arguments = ["sim", str(folder / "world.toml"), "--speed", f"{speed:g}"]
        arguments += ["--addresses", str(addresses), "--control", str(self._site.control_socket)]
        await self._children.start("simulator", arguments)
        await self._file("simulated devices", addresses)
        status = await steering.ask(self._site.control_socket, {"kind": "status"})
        text = f"{len(status['addresses'])} simulated devices serve {status['points']} points, seed {status['seed']}"
        self._narrator.say("demo", text)

    async def units(self) -> str:
        """The URL of the unit's data interface."""
        await self.above()
        return await self.unit()

    async def above(self) -> None:
        await self._children.start("above", ["serve", str(self._site.above_toml)])
        above = json.loads(await self._file("the unit above", self._site.folder / "above" / "listening.json"))
        write_unit(self._site, above["data_interface"][1])

    async def unit(self) -> str:
        await self._children.start("unit", ["serve", str(self._site.unit_toml)])
        listening = json.loads(await self._file("the unit", self._site.folder / "data" / "listening.json"))
        host, port = listening["data_interface"]
        centre_host, centre_port = listening["control_centres"][NAME]
        self._narrator.say("demo", f"unit {self._site.name} serves operators on ws://{host}:{port}")
        self.centre = ControlCentre(self._site.folder / "scd.xml", centre_host, centre_port, self._narrator)
        return f"ws://{host}:{port}"

    async def _file(self, what: str, file: Path) -> str:
        """Wait until a process tells by this file that it is ready."""
        deadline_s = time.monotonic() + START_S
        while not file.exists():
            self._children.check()
            if time.monotonic() > deadline_s:
                raise RingmainError(f"{what} did not start within {START_S:g} s; see the logs in {self._site.folder}")
            self._narrator.progress(f"waiting for {what} ...")
            await asyncio.sleep(0.05)
        self._narrator.progress("")
        return file.read_text(encoding="utf-8")

    async def whole_picture(self, unit: Client) -> dict[str, Any]:
        """Wait until every link is up; the unit's status then."""
        deadline_s = time.monotonic() + START_S
        while (status := await status_of(unit, self._site.name))["links_up"] < status["links"]:
            self._children.check()
            if time.monotonic() > deadline_s:
                raise RingmainError(f"only {status['links_up']} of {status['links']} links came up in {START_S:g} s")
            self._narrator.progress(f"links up: {status['links_up']} of {status['links']}")
            await asyncio.sleep(0.2)
        self._narrator.progress("")
        self._narrator.say("unit", f"{status['links']} links up, {status['points']} points in the process image")
        return status


async def status_of(unit: Client, name: str) -> dict[str, Any]:
    """The unit's `Status`; no link is up while it has none."""
    found = await unit.query("Status", name)
    status: Any = found[0].value if found else {"links_up": 0, "links": 1, "points": 0}
    return dict(status)
