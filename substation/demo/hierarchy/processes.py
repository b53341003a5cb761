"""The processes of the hierarchy: units in three of them, all customers in one; started together, killed one by one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

from models.errors import RingmainError
from substation.demo.children import Children
from substation.demo.hierarchy.census import Census
from substation.demo.hierarchy.site import HierarchySite
from substation.demo.hierarchy.windows import WINDOWS
from substation.neighbour_address import LISTENING

START_S = 240.0
LOOK_S = 0.2
CUSTOMERS = "customers"


class Processes:
    """census: what they use; looked at in `watch`."""

    def __init__(self, site: HierarchySite, children: Children) -> None:
        self._site, self._children = site, children
        self.census = Census()

    async def start(self) -> None:
        """RingmainError when that takes too long, or a process has ended.

        Units in any order, they find each other; customers once all units listen: to start takes what there is.
        """
        for name in self._site.processes:
            await self._serve(name)
        await self._listen([unit.name for unit in self._site.plan.units])
        arguments = ["customers", str(self._site.customers_file), "--control", str(self._site.control_socket)]
        await self._children.start(CUSTOMERS, arguments)

    async def kill(self, name: str) -> set[str]:
        """kill -9; the units that were in it. They tell no address any more."""
        units = {file.parent.name for file in self._site.processes[name]}
        self.take_census()
        await self._children.kill(name)
        for unit in units:
            (self._site.data(unit) / LISTENING).unlink(missing_ok=True)
        return units

    async def start_again(self, name: str) -> None:
        """Returns when its units listen."""
        await self._serve(name)
        await self._listen([file.parent.name for file in self._site.processes[name]])

    async def watch(self) -> None:
        """Until cancelled; RingmainError when a process ends that nobody has killed."""
        while True:
            self._children.check()
            self.take_census()
            await asyncio.sleep(1.0)

    def take_census(self) -> None:
        self.census.take(self._named(), WINDOWS)

    def _named(self) -> Mapping[int, str]:
        return {process: name for name, process in self._children.process_ids.items()}

    async def _serve(self, name: str) -> None:
        await self._children.start(name, ["serve", *map(str, self._site.processes[name])])

    async def _listen(self, units: list[str]) -> None:
        deadline_s = time.monotonic() + START_S
        waiting = [self._site.data(unit) / LISTENING for unit in units]
        while waiting := [file for file in waiting if not file.exists()]:
            self._children.check()
            if time.monotonic() > deadline_s:
                text = f"{len(waiting)} of {len(units)} units did not start within {START_S:g} s"
                raise RingmainError(f"{text}; see the logs in {self._site.folder.parent}")
            await asyncio.sleep(LOOK_S)
