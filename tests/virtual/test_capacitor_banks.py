"""Capacitor banks in a running unit over the simulated grid: switched by voltage control, with their charge."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from models.command import Originator, OriginatorCategory
from models.network.capacitor_bays import CapacitorBay
from models.point import PointName
from sim_ied.regulator_settings import VoltageRegulator
from sim_ied.site_change import SiteChange
from substation.control.regulation import RegulatingRequest, StepCommand
from substation.control.request import Ending
from substation.image import Mode
from substation.mv.vvc.settings import VvcSettings
from tests.virtual.loop import VirtualLoop, run
from tests.virtual.site import VirtualSite, changed_site
from tests.virtual.world import Plant, open_site

T1, T2, BANK = "OBR1/T1", "OBR2/T1", "OBR1/K1/E09/C1"
STEPS, CHARGE = "ARCO1.TapChg", "ARCO1.DschBlk"
SETTINGS = VvcSettings(Mode.AUTOMATIC, period_s=60.0, least_saving_w=50.0, follow_s=150.0, bank_step_wh=200.0)
PERSON = Originator(OriginatorCategory.STATION_CONTROL, "Ada")
DISCHARGE_S = 60.0

_SITES: list[VirtualSite] = []


def site() -> VirtualSite:
    """24 stations with four steps of 500 kvar at the busbar of the first substation; made once."""
    if not _SITES:
        bay = CapacitorBay("OBR1/K1/E09", "OBR1/K1/BB1/N1", 500e3, 4, DISCHARGE_S)
        _SITES.append(changed_site("24 stations with a bank", SiteChange(stations=24, capacitors=(bay,)), {}))
    return _SITES[0]


def control(
    play: Callable[[Plant], Coroutine[Any, Any, None]],
    settings: VvcSettings = SETTINGS,
) -> None:
    base = site()
    regulators = dict.fromkeys((T1, T2), VoltageRegulator(20_400.0, delay_s=5.0))
    measurements = replace(base.settings.measurements, period_s=5.0)
    world = replace(base.settings, voltage_regulators=regulators, measurements=measurements)
    adapted = replace(base, config=replace(base.config, vvc=settings), settings=world)

    async def main(loop: VirtualLoop) -> None:
        async with open_site(loop, adapted, 5) as plant:
            await play(plant)

    run(main, 5)


async def step(plant: Plant, command: StepCommand) -> tuple[Ending, str]:
    """By a person."""
    request = RegulatingRequest(PointName(BANK, STEPS), command, PERSON, why="test")
    result = await plant.station.gate.execute(request)
    return result.ending, result.reason


def test_it_switches_the_steps_that_save_losses_one_after_the_other() -> None:
    async def play(plant: Plant) -> None:
        before_var = abs(float(plant.value("OBR1/K1/E01", "MMXU1.TotVAr")))
        await plant.run_until(lambda: int(plant.value(BANK, STEPS)) > 0, 180.0, "no step is switched on")
        await plant.forward(70.0)
        steps = int(plant.value(BANK, STEPS))
        assert (
            len(plant.said(BANK, "VVC: raise", "confirmed")) - len(plant.said(BANK, "VVC: lower", "confirmed")) == steps
        )
        assert abs(float(plant.value("OBR1/K1/E01", "MMXU1.TotVAr"))) < before_var
        assert plant.station.voltage_control.locked == {}

    control(play)


def test_a_charged_step_is_not_switched_on_by_anybody() -> None:
    async def play(plant: Plant) -> None:
        for _ in range(4):
            assert (await step(plant, StepCommand.RAISE))[0] is Ending.CONFIRMED
        ending, reason = await step(plant, StepCommand.RAISE)
        assert (ending, "its positions are 0 to 4" in reason) == (Ending.REFUSED, True)
        plant.disturb("transformer off", T1)  # without voltage it opens by itself
        await plant.run_until(lambda: plant.value(BANK, STEPS) == 0 and plant.value(BANK, CHARGE) is True, 10.0)
        plant.disturb("transformer on", T1)
        await plant.forward(10.0)
        ending, reason = await step(plant, StepCommand.RAISE)
        assert (ending, "S5" in reason, "not discharged" in reason) == (Ending.REFUSED, True, True)
        await plant.run_until(lambda: plant.value(BANK, CHARGE) is False, DISCHARGE_S, "never discharged")
        await plant.forward(1.0)
        assert (await step(plant, StepCommand.RAISE))[0] is Ending.CONFIRMED

    control(play, replace(SETTINGS, mode=Mode.DISABLED))


def test_a_bank_that_does_not_move_is_locked_until_a_person_releases_it() -> None:
    async def play(plant: Plant) -> None:
        plant.disturb("bank does not move", BANK)
        await plant.run_until(lambda: bool(plant.station.voltage_control.locked), 240.0, "never locked")
        assert "was not carried out" in plant.station.voltage_control.locked[BANK]
        (line,) = plant.said(BANK, "voltage control is locked")
        assert "VVC.Release" in line
        plant.disturb("bank sound", BANK)
        tried = len(plant.said(BANK, "VVC"))
        await plant.forward(70.0)
        assert len(plant.said(BANK, "VVC")) == tried
        await plant.write("VVC.Release", BANK, "contactor renewed")
        await plant.run_until(lambda: bool(plant.said(BANK, "S21")), 120.0, "a step without outcome is repeated")
        (number,) = {int(each) for line in plant.said(BANK, "S21") for each in re.findall(r"number (\d+)", line)}
        await plant.write("Commands.Release", plant.site.config.name, [number])
        await plant.run_until(lambda: int(plant.value(BANK, STEPS)) > 0, 180.0, "not switched after its release")

    control(play)
