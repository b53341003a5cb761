"""Two transformers at one busbar under voltage control: driven together, left alone as soon as they are apart."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

from sim_ied.regulator_settings import VoltageRegulator
from sim_ied.site_change import SiteChange
from substation.image import Mode
from substation.mv.vvc.settings import VvcSettings
from tests.virtual.loop import VirtualLoop, run
from tests.virtual.site import VirtualSite, changed_site
from tests.virtual.world import Plant, open_site

MASTER, FOLLOWER, SET_POINT, TAP = "OBR1/T1", "OBR1/T2", "AVCO1.VolSpt", "YLTC1.TapPos"
SETTINGS = VvcSettings(Mode.AUTOMATIC, period_s=60.0, look_s=10.0, least_saving_w=100.0, follow_s=150.0)

_SITES: list[VirtualSite] = []


def site() -> VirtualSite:
    """Made once."""
    if not _SITES:
        change = SiteChange(stations=24, second_transformers=(MASTER,))
        _SITES.append(changed_site("24 stations with two transformers at a busbar", change, {}))
    return _SITES[0]


def control(play: Callable[[Plant], Coroutine[Any, Any, None]]) -> None:
    """Both at 18.2 kV at first, which is too low."""
    base, alone = site(), VoltageRegulator(18_200.0, delay_s=5.0)
    regulators = {MASTER: alone, FOLLOWER: replace(alone, follows=MASTER), "OBR2/T1": VoltageRegulator(20_000.0)}
    measurements = replace(base.settings.measurements, period_s=5.0)
    world = replace(base.settings, voltage_regulators=regulators, measurements=measurements)
    adapted = replace(base, config=replace(base.config, vvc=SETTINGS), settings=world)

    async def main(loop: VirtualLoop) -> None:
        async with open_site(loop, adapted, 5) as plant:
            await play(plant)

    run(main, 5)


def taps(plant: Plant) -> tuple[int, int]:
    return int(plant.value(MASTER, TAP)), int(plant.value(FOLLOWER, TAP))


def given(plant: Plant, name: str) -> int:
    return len(plant.said(name, "VVC: set"))


def test_both_get_the_set_point_and_step_together() -> None:
    async def play(plant: Plant) -> None:
        await plant.run_until(lambda: given(plant, FOLLOWER) > 0, 120.0, "the follower gets no set-point")
        await plant.forward(100.0)
        assert plant.value(MASTER, SET_POINT) == plant.value(FOLLOWER, SET_POINT)
        assert float(plant.value(MASTER, SET_POINT)) > 18_700.0
        assert taps(plant)[0] == taps(plant)[1]
        assert float(plant.value("OBR1/K1/E01", "MMXU1.PPV.phsAB")) > 18_700.0
        assert plant.station.voltage_control.locked == {}
        assert plant.truth().fed_twice == 0

    control(play)


@pytest.mark.parametrize(
    ("kind", "why"), [("regulators apart", "but at tap"), ("regulator manual", "OBR1/T1 alone is in automatic")]
)
def test_nothing_is_given_while_they_are_apart_which_is_told(kind: str, why: str) -> None:
    async def play(plant: Plant) -> None:
        await plant.forward(1.0)
        plant.disturb(kind, FOLLOWER)
        await plant.run_until(lambda: bool(plant.said("voltage control waits", why)), 200.0, "not told")
        before = given(plant, MASTER), given(plant, FOLLOWER)
        await plant.forward(130.0)
        assert (given(plant, MASTER), given(plant, FOLLOWER)) == before
        report = plant.station.voltage_control.state.report
        assert isinstance(report, dict)
        assert report["state"] == "blocked"
        assert len(plant.said("voltage control waits")) == 1

    control(play)
