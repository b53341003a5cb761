"""What advises in a running unit over the simulated grid: losses, prevention, DER power flows."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from models.wire.condition import And
from substation.application import Plain
from substation.exchange.variables import Selection
from substation.forecast.weekly_profile import SLOT_NS
from substation.history.store import History
from substation.mv.der.settings import DerSettings
from substation.mv.losses.settings import LossSettings
from substation.mv.losses.state import LossState, dump_state
from substation.mv.opf.settings import ADVISORY, OpfSettings
from substation.mv.prevention.settings import PreventionSettings
from substation.mv.vos.state import VosState
from substation.mv.vos.state import dump_state as dump_vos
from tests.virtual.loop import START_NS, VirtualLoop, run
from tests.virtual.site import MEMORY, SMALL, VirtualSite, hurried, virtual_site
from tests.virtual.world import Plant, open_site

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
    """OPF has searched not long ago, so that its period does not make it look."""
    opf: Plain = {"version": 1, "searched_ns": START_NS - 400_000_000_000, "given": None, "blocked": ""}
    return {"version": 1, "opf": opf, "vos": dump_vos(VosState())}


async def shown(plant: Plant, variable: str) -> dict[str, Any]:
    """What the unit publishes."""
    [instance] = await plant.unit.parts.publication.read(Selection(variable, plant.site.config.name, And(())))
    return instance.value  # type: ignore


def test_generation_is_summed_up_and_others_calculate_with_it() -> None:
    async def play(loop: VirtualLoop) -> None:
        site = virtual_site(SMALL)
        on = DerSettings(mode=ADVISORY, period_s=2.0, smoothing_s=0.0)
        site = replace(site, config=replace(site.config, der=on, losses=LOSSES))
        async with open_site(loop, site, 3, hurried) as plant:
            await plant.forward(20.0)
            found = await shown(plant, "DERPF")
            produced = plant.station.optimising.look().produced
            assert found["totals"]["all"]["power_w"] == pytest.approx(sum(produced.values()))
            assert set(produced) == {each.id for each in site.network.generators}
            assert found["totals"]["all"]["unknown_w"] == 0.0
            assert found["effects"]["rise_pu"] is not None
            losses = await shown(plant, "Losses")
            assert losses["state"] == "learns"
            assert sum(each["load_w"] + each["no_load_w"] for each in losses["assets"]) > 0
            metered = [each["loss_w"] for each in losses["by_meters"].values()]
            assert all(each is not None for each in metered)

    run(play, 3)


def test_prevention_learns_and_says_what_it_lacks() -> None:
    async def play(loop: VirtualLoop) -> None:
        site = virtual_site(SMALL)
        site = replace(site, config=replace(site.config, prevention=PreventionSettings(mode=ADVISORY, period_s=10.0)))
        async with open_site(loop, site, 3, hurried) as plant:
            await plant.forward(20.0)
            found = await shown(plant, "Prevention")
            assert found["state"] == "no outlook"
            assert "two weeks" in found["reasons"][0]
            told = (await shown(plant, "Status"))["applications"]
            assert told["prevention"]["evaluated_ns"] > START_NS
            assert (told["prevention"]["mode"], told["prevention"]["trouble"]) == ("advisory", "")
            assert {each["mode"] for name, each in told.items() if name in ("optimised", "losses", "derpf")} == {"off"}

    run(play, 3)
