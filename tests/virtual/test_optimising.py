"""OPF in a running unit over the simulated grid: it advises in normal operation, is silent while there is a fault."""

from __future__ import annotations

from dataclasses import replace

from sim_ied.fault import FaultKind
from substation.mv.opf.settings import ADVISORY, OpfSettings
from tests.virtual.loop import VirtualLoop, run
from tests.virtual.site import SMALL, hurried, virtual_site
from tests.virtual.world import open_site

LINE = "L041/W041"
SETTINGS = OpfSettings(mode=ADVISORY, look_s=10.0, period_s=60.0, saving_per_operation_w=10.0, least_saving_w=10.0)


def test_it_advises_until_there_is_a_fault() -> None:
    async def play(loop: VirtualLoop) -> None:
        site = virtual_site(SMALL)
        advised = replace(site, config=replace(site.config, opf=SETTINGS))
        async with open_site(loop, advised, 3, hurried) as plant:
            await plant.run_until(lambda: bool(plant.said("opf", "preventive")), 120.0, "no advice")
            assert plant.station.optimising.state.given is not None
            assert plant.truth().unfed_loads == ()
            plant.fault(LINE, FaultKind.THREE_PHASE)
            await plant.run_until(lambda: bool(plant.said("opf", "is withdrawn")), 60.0, "it still advises")
            assert plant.station.optimising.state.given is None
            assert plant.station.optimising.state.blocked

    run(play, 3)
