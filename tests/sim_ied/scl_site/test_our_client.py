"""Our driver at an IED of an SCL file: the same file gives both sides their points, and nothing is typed twice."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

from models.command import Action, Command, CommandResult, Originator, OriginatorCategory
from models.driver import Driver
from models.point import Dbpos, Handle
from models.scl.links import links
from models.scl.points import points
from protocols.iec61850 import client
from sim_ied.scl_site.simulator import SclSimulator
from tests.sim_ied.scl_site.sites import simulated
from tests.sim_ied.site_files import Memory

SCD = Path(__file__).parents[3] / "examples" / "oberrhein" / "scd.xml"
IED = "OBR1E03"
POSITION = "OBR1/K1/E03/Q0/CSWI1.Pos"
OPERATOR = Originator(OriginatorCategory.STATION_CONTROL, "test")


class Link:
    """A driver at the simulated IED."""

    def __init__(self, simulator: SclSimulator) -> None:
        link = next(each for each in links(simulator.scl) if each.ied == IED)
        host, port = simulator.addresses[IED]
        specs = [spec for spec in points(simulator.scl) if spec.link == IED]
        self.points = [(Handle(number), spec) for number, spec in enumerate(specs, start=1)]
        self.memory = Memory(self.points)
        self.driver: Driver = client.create(replace(link, host=host, port=port), self.points, time.time_ns)

    async def send(self, action: Action, value: Dbpos) -> CommandResult:
        handle = next(handle for handle, spec in self.points if str(spec.name) == POSITION)
        return await self.driver.execute(Command(1, handle, action, value, OPERATOR, time.time_ns()))


def test_every_point_has_a_value_and_a_command_comes_back_as_an_event() -> None:
    async def scenario(simulator: SclSimulator) -> None:
        link = Link(simulator)
        running = asyncio.ensure_future(link.driver.run(link.memory))
        try:
            await link.memory.until(lambda: link.memory.is_connected or running.done())
            assert {name for name, _ in link.memory.samples} == {str(spec.name) for _, spec in link.points}
            target = Dbpos.OFF if link.memory.value(POSITION) is Dbpos.ON else Dbpos.ON
            for action in (Action.SELECT, Action.OPERATE):
                result = await link.send(action, target)
                assert result.accepted, result
            await link.memory.until(lambda: link.memory.value(POSITION) is target)
            travelled = [sample.value for name, sample in link.memory.samples if name == POSITION]
            assert Dbpos.INTERMEDIATE in travelled
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def whole() -> None:
        async with simulated(SCD, [IED], speed=20.0) as simulator, asyncio.timeout(20.0):
            await scenario(simulator)

    asyncio.run(whole())
