"""What advises in a running unit over the simulated grid: losses above expectation make OPF look."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from substation.application import Plain
from substation.forecast.weekly_profile import SLOT_NS
from substation.history.store import History
from substation.mv.losses.settings import LossSettings
from substation.mv.losses.state import LossState, dump_state
from substation.mv.opf.settings import ADVISORY, OpfSettings
from substation.mv.vos.state import VosState
from substation.mv.vos.state import dump_state as dump_vos
from tests.virtual.loop import START_NS, VirtualLoop, run
from tests.virtual.site import MEMORY, SMALL, VirtualSite, hurried, virtual_site
from tests.virtual.world import open_site

OPF = OpfSettings(mode=ADVISORY, look_s=10.0, period_s=86_400.0, saving_per_operation_w=10.0, least_saving_w=10.0)
LOSSES = LossSettings(mode=ADVISORY, period_s=5.0, for_s=20.0)
SLOTS = 3 * 7 * 96


def taught(site: VirtualSite, folder: Path, states: dict[str, Plain]) -> VirtualSite:
    """A unit that has run before, with these states of its applications."""
    shutil.copytree(site.data, folder / "data")
    history = History(folder / "data" / "history.sqlite")
    for application, state in states.items():
        asyncio.run(history.save_state(application, state))
    history.close()
    return replace(site, data=folder / "data")


def test_losses_above_expectation_make_opf_look() -> None:
    first = START_NS // SLOT_NS - SLOTS
    known = LossState(tuple((first + each, 1000 + each % 3, 500_000) for each in range(SLOTS)))
    with TemporaryDirectory(dir=MEMORY) as folder:
        site = taught(virtual_site(SMALL), Path(folder), {"losses": dump_state(known), "optimised": searched()})
        site = replace(site, config=replace(site.config, opf=OPF, losses=LOSSES))

        async def play(loop: VirtualLoop) -> None:
            async with open_site(loop, site, 3, hurried) as plant:
                await plant.run_until(lambda: bool(plant.said("losses", "were expected")), 120.0, "nothing above")
                assert not plant.said("opf", "preventive")
                await plant.run_until(lambda: bool(plant.said("opf", "corrective")), 30.0, "OPF is not asked")
                given = plant.station.optimising.state.given
                assert given is not None
                assert any("at this time of the week" in line for line in given.explanation)

        run(play, 3)


def searched() -> Plain:
    """OPF has searched just now, so that its period does not make it look."""
    opf: Plain = {"version": 1, "searched_ns": START_NS, "given": None, "blocked": ""}
    return {"version": 1, "opf": opf, "vos": dump_vos(VosState())}
