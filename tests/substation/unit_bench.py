"""A whole unit over the small grid: real files, stores, gate, data interface, control centres; a field without devices.

The field stands at the seam where front ends stand otherwise: it delivers what a test tells it, and moves what the gate
commands.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from models.command import Action, Command, CommandResult, Outcome
from models.driver import LinkConfig
from models.network.elements import SwitchKind
from models.point import Cdc, Dbpos, Handle, PointName, PointSpec, Sample, SampleBatch, Value
from substation.config import read_unit
from substation.field.listener import FieldListener
from substation.site import Site, read_site
from substation.station import Station
from substation.unit import Unit, open_unit
from tests.substation.commands.small_site import network, small_site

FIRST_NS = 1_795_000_000_000_000_000
_NORMAL: dict[Cdc, Value] = {
    **dict.fromkeys((Cdc.SPS, Cdc.SPC, Cdc.ACT, Cdc.ACD), False),
    **dict.fromkeys((Cdc.INS, Cdc.ENS, Cdc.INC, Cdc.ISC, Cdc.BSC, Cdc.BCR), 1),
    Cdc.DPC: Dbpos.ON,
    Cdc.DPS: Dbpos.ON,
    Cdc.MV: 0.0,
    Cdc.APC: 0.0,
}
_OTHERS: dict[str, Value] = {
    **{"XCBR1.CBOpCap": 5, "LCCH1.ChLiv": True, "ATCC1.Auto": True},
    **dict.fromkeys(("CILO1.EnaOpn", "CILO1.EnaCls"), True),
}


class OwnField:
    """A `substation.field.processes.Field`. Events get times of their own, a millisecond apart."""

    def __init__(
        self, links: Sequence[LinkConfig], points: Sequence[tuple[Handle, PointSpec]], listener: FieldListener
    ) -> None:
        self._links, self._listener = [link.name for link in links], listener
        self._points = dict(points)
        self._handles = {spec.name: handle for handle, spec in points}
        self._open = {switch.id for switch in network().switches if switch.normally_open}
        self._voltages = {
            spec.name for _, spec in points if ".PPV." in spec.name.variable or spec.name.variable.endswith("Vol")
        }
        self._ms = 0
        self.commands: list[Command] = []
        self.tap = 1
        self.told: list[tuple[PointName, Value, int]] = []

    async def run(self) -> None:
        events, measurands = SampleBatch(), SampleBatch()
        for handle, spec in self._points.items():
            sample = Sample(handle, self._first(spec), 0, None, FIRST_NS)
            (events if spec.cdc.is_event else measurands).append(sample)
        self._listener.measurands(measurands)
        await self._listener.events(events)
        for link in self._links:
            self._listener.link(link, True, "")
        await asyncio.get_running_loop().create_future()

    def _first(self, spec: PointSpec) -> Value:
        if spec.name.location in self._open and spec.cdc is Cdc.DPC:
            return Dbpos.OFF
        if spec.name in self._voltages:
            return 20_000.0
        return _OTHERS.get(spec.name.variable, _NORMAL.get(spec.cdc, 0))

    async def tell(self, name: PointName, value: Value) -> None:
        """An event with a time tag of the field; returns when history has it."""
        self._ms += 1
        time_ns = FIRST_NS + self._ms * 1_000_000
        self.told.append((name, value, time_ns))
        batch = SampleBatch()
        batch.append(Sample(self._handles[name], value, 0, time_ns, time_ns))
        await self._listener.events(batch)

    def lose(self, link: str) -> None:
        self._listener.link(link, False, "cut by the test")

    async def execute(self, command: Command) -> CommandResult:
        self.commands.append(command)
        if command.action is Action.OPERATE:
            await self.tell(self._points[command.handle].name, self._result(command))
        return CommandResult(Outcome.ACCEPTED)

    def _result(self, command: Command) -> Value:
        """A tap changer goes one position further, everything else where it is told."""
        if self._points[command.handle].cdc is not Cdc.BSC:
            return command.value
        self.tap += 1 if command.value is Dbpos.ON else -1
        return self.tap


class Running:
    """A unit that runs."""

    def __init__(self, unit: Unit, site: Site) -> None:
        self.unit, self.site = unit, site

    @property
    def station(self) -> Station:
        assert self.unit.station is not None
        return self.unit.station

    @property
    def field(self) -> OwnField:
        assert isinstance(self.station.field, OwnField)
        return self.station.field

    def texts(self) -> list[str]:
        return [event.text for _, event in self.unit.parts.events.newest]

    @property
    def centre(self) -> tuple[str, int]:
        return "127.0.0.1", self.station.northbound.ports["NCC"]


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Running]:
    """The unit of small_site; it may be started again in the same folder."""
    file = folder / "unit.toml"
    config = read_unit(file if file.exists() else small_site(folder))
    site = read_site(config)
    assert site is not None
    async with open_unit(config, site, field=OwnField) as unit:
        task = asyncio.create_task(unit.run())
        try:
            made = Running(unit, site)
            async with asyncio.timeout(20):
                await made.station.northbound.listening.wait()
                while made.station.links.up < len(site.links):
                    await asyncio.sleep(0.005)
            yield made
            assert not task.done()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def earthing_switches() -> list[str]:
    return [switch.id for switch in network().switches if switch.kind is SwitchKind.EARTHING_SWITCH]
